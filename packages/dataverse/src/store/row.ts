/** Row: a record as the store keeps it; one that changes is another row. */
import type { Guid } from '../records/guid.ts';
import type { Cell } from './cell.ts';

/** A record. Nothing of it ever changes. */
export interface Row {
  readonly id: Guid;
  /** Grows with every change in the whole organization. */
  readonly version: number;
  /** By column; those that are empty are not here. */
  readonly cells: Readonly<Record<string, Cell>>;
}

/** A row with these cells, which must not be changed afterwards. */
export function rowOf(id: Guid, version: number, cells: Record<string, Cell>): Row {
  return Object.freeze({ id, version, cells: Object.freeze(cells) });
}
