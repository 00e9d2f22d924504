/** Alternate keys: no two records of a table have the same values of one. */
import type { OrganizationContext } from '../context/request-context.ts';
import { DataverseFault } from '../faults/dataverse-fault.ts';
import type { Cell } from '../store/cell.ts';
import { rowWithCells } from '../store/find-record.ts';

/** A record as it is to be. */
export interface Keyed {
  readonly logicalName: string;
  readonly id: string;
  readonly cells: Readonly<Record<string, Cell>>;
}

/**
 * Looks for another record with the same values of a key. Where one of them is empty, the key says nothing.
 *
 * @throws DataverseFault if there is one
 */
export function checkKeys(
  { logicalName, id, cells }: Keyed,
  { store, metadata }: OrganizationContext,
  isTouched: (column: string) => boolean = () => true,
): void {
  for (const key of metadata.entity(logicalName)?.keys ?? []) {
    const { keyAttributes } = key;
    if (!keyAttributes.some(isTouched)) continue;
    const wanted = keyAttributes.flatMap((name) => {
      const cell = cells[name];
      return cell === undefined ? [] : [[name, cell] as const];
    });
    if (wanted.length < keyAttributes.length) continue;
    const other = rowWithCells(store.table(logicalName), wanted, id);
    if (!other) continue;
    throw new DataverseFault(
      'DuplicateRecordEntityKey',
      `Entity Key ${key.logicalName} violated. A record with the same value for ${keyAttributes.join(', ')} already exists. A duplicate record cannot be created. Select one or more unique values and try again.`,
    );
  }
}
