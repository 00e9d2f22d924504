/** cellIdentity: a text that is the same for cells which the service takes for the same value. */
import { EntityReference } from '../records/entity-reference.ts';
import { Money } from '../records/money.ts';
import { OptionSetValue, OptionSetValueCollection } from '../records/option-set-value.ts';
import { Bytes, type Cell, folded, Instant } from '../store/cell.ts';

/** Values of different kinds are never the same. Case does not count. */
export function cellIdentity(cell: Cell | undefined): string {
  if (cell === undefined) return '';
  if (typeof cell === 'string') return `s${folded(cell)}`;
  if (typeof cell === 'number' || typeof cell === 'bigint') return `n${cell}`;
  if (typeof cell === 'boolean') return `b${cell}`;
  if (cell instanceof Instant) return `d${cell.ms}`;
  if (cell instanceof OptionSetValue) return `o${cell.value}`;
  if (cell instanceof Money) return `m${cell.value}`;
  if (cell instanceof EntityReference) return `r${cell.logicalName} ${cell.id}`;
  if (cell instanceof OptionSetValueCollection) return `c${cell.values.join(',')}`;
  if (cell instanceof Bytes) return `y${cell.copy().join(',')}`;
  return `i${cell.rows.map(({ logicalName, id }) => `${logicalName} ${id}`).join(',')}`;
}

/** The same for several cells in their order. */
export function cellsIdentity(cells: readonly (Cell | undefined)[]): string {
  return cells.length === 1 ? cellIdentity(cells[0]) : JSON.stringify(cells.map(cellIdentity));
}
