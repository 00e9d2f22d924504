/** compareCells: the order of cells, and whether two are the same. */
import { EntityReference } from '../records/entity-reference.ts';
import { Money } from '../records/money.ts';
import { OptionSetValue, OptionSetValueCollection } from '../records/option-set-value.ts';
import { Bytes, type Cell, folded, InnerRows, Instant } from '../store/cell.ts';

/** What a cell is compared by: text without its case, numbers, ids. */
export function scalarOf(cell: Cell): string | number | bigint | boolean {
  if (typeof cell === 'string') return folded(cell);
  if (typeof cell !== 'object') return cell;
  if (cell instanceof Instant) return cell.ms;
  if (cell instanceof OptionSetValue || cell instanceof Money) return cell.value;
  if (cell instanceof EntityReference) return cell.id;
  if (cell instanceof OptionSetValueCollection) return cell.values.join(',');
  if (cell instanceof InnerRows) return cell.rows.length;
  return cell instanceof Bytes ? '' : String(cell);
}

/** Less than 0 if the first comes first, more than 0 if the second does, 0 if they are the same. */
export function compareCells(one: Cell, other: Cell): number {
  return compareScalars(scalarOf(one), scalarOf(other));
}

/** The same for what cells are compared by. Things of different kinds are in an order, too, though it means nothing. */
export function compareScalars(
  one: string | number | bigint | boolean,
  other: string | number | bigint | boolean,
): number {
  if (typeof one === typeof other || (isNumber(one) && isNumber(other))) {
    return one < other ? -1 : one > other ? 1 : 0;
  }
  return typeof one < typeof other ? -1 : 1;
}

const isNumber = (value: unknown): boolean =>
  typeof value === 'number' || typeof value === 'bigint';
