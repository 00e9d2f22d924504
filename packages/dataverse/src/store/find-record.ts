/** Records found by what a reference says of them: an id, or the values of an alternate key. */
import { DataverseFault } from '../faults/dataverse-fault.ts';
import type { MetadataBook } from '../metadata/metadata-book.ts';
import { EntityReference, type KeyAttributes } from '../records/entity-reference.ts';
import { EMPTY_GUID, type Guid, parseGuid } from '../records/guid.ts';
import { OptionSetValue } from '../records/option-set-value.ts';
import { type Cell, cellOf, keyOf } from './cell.ts';
import type { Row } from './row.ts';
import type { Store } from './store.ts';
import type { Table } from './table.ts';

/** Where records are looked for. */
export interface RecordScope {
  readonly store: Store;
  readonly metadata: MetadataBook;
}

/** What says which record is meant. */
export interface RecordPlace {
  readonly logicalName: string;
  readonly id: Guid;
  readonly keyAttributes?: KeyAttributes | undefined;
}

/** The row that is meant, if there is one. */
export function findRow({ store, metadata }: RecordScope, place: RecordPlace): Row | undefined {
  const { logicalName, id, keyAttributes } = place;
  const table = store.table(logicalName);
  if (id !== EMPTY_GUID) return table.get(id);
  if (!keyAttributes) return undefined;
  const wanted = keyCells(metadata, logicalName, keyAttributes);
  return wanted.length ? rowWithCells(table, wanted) : undefined;
}

/**
 * The row that is meant.
 *
 * @throws DataverseFault if there is none
 */
export function recordRow(scope: RecordScope, place: RecordPlace): Row {
  scope.metadata.checkEntity(place.logicalName);
  const row = findRow(scope, place);
  if (row) return row;
  const { logicalName, id, keyAttributes } = place;
  if (id === EMPTY_GUID && keyAttributes) {
    throw new DataverseFault(
      'RecordNotFoundByEntityKey',
      `A record with the specified key values does not exist in ${logicalName} entity`,
    );
  }
  throw new DataverseFault('ObjectDoesNotExist', `${logicalName} With Id = ${id} Does Not Exist`);
}

/**
 * The cells of the values of a key. A table that nobody has described has any key.
 *
 * @throws DataverseFault for columns that are no key of the table, or values that no key has
 */
export function keyCells(
  metadata: MetadataBook,
  logicalName: string,
  keyAttributes: KeyAttributes,
): readonly (readonly [name: string, cell: Cell])[] {
  const names = Object.keys(keyAttributes);
  const entity = metadata.entity(logicalName);
  const isKey = entity?.keys?.some(
    (key) =>
      key.keyAttributes.length === names.length &&
      key.keyAttributes.every((name) => names.includes(name)),
  );
  if (!names.length || (entity && !isKey)) {
    throw new DataverseFault(
      'InvalidArgument',
      `The requested key attributes do not exist for the entity ${logicalName}`,
    );
  }
  return names.map((name) => {
    const cell = keyCell(keyAttributes[name], metadata.attribute(logicalName, name)?.type, name);
    if (cell !== undefined && keyOf(cell) !== undefined) return [name, cell] as const;
    throw new DataverseFault(
      'InvalidArgument',
      `The key attribute ${name} of the entity ${logicalName} has no value.`,
    );
  });
}

/** Keys come from addresses too, where a choice is a number and a reference an id. */
function keyCell(value: unknown, type: string | undefined, name: string): Cell | undefined {
  if (typeof value === 'number' && (type === 'Picklist' || type === 'State' || type === 'Status')) {
    return Number.isInteger(value) ? new OptionSetValue(value) : undefined;
  }
  try {
    return cellOf(value, name);
  } catch (error) {
    throw new DataverseFault('InvalidArgument', (error as Error).message, { cause: error });
  }
}

/** The row with these cells, but not the one that has the id. */
export function rowWithCells(
  table: Table,
  wanted: readonly (readonly [name: string, cell: Cell])[],
  notId?: Guid,
): Row | undefined {
  const [first, ...others] = wanted.map(([name, cell]) => [name, searched(cell)] as const);
  if (!first) return undefined;
  const [name, key] = first;
  for (const id of key === undefined ? [] : table.index(name).idsOf(key)) {
    if (id === notId) continue;
    const row = table.get(id) as Row;
    const fits = others.every(([column, other]) => {
      const cell = row.cells[column];
      return cell !== undefined && searched(cell) === other;
    });
    if (fits) return row;
  }
  return undefined;
}

/** References are found by their ids, be they given as references or as ids. */
function searched(cell: Cell): ReturnType<typeof keyOf> {
  if (cell instanceof EntityReference) return cell.id;
  return typeof cell === 'string' ? (parseGuid(cell) ?? keyOf(cell)) : keyOf(cell);
}

/** The row that has all of these values; none if there are no values. */
export function rowByValues(table: Table, values: KeyAttributes): Row | undefined {
  const wanted = Object.entries(values).flatMap(([name, value]) => {
    const cell = keyCell(value, undefined, name);
    return cell === undefined ? [] : [[name, cell] as const];
  });
  return wanted.length ? rowWithCells(table, wanted) : undefined;
}
