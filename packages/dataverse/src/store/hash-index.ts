/** HashIndex: the rows of a table by the value of one column. */
import type { Guid } from '../records/guid.ts';
import { keyOf } from './cell.ts';
import type { Row } from './row.ts';

/** Rows by the value of a column. Those without one are found nowhere here. */
export class HashIndex {
  readonly column: string;
  readonly #ids = new Map<unknown, Set<Guid>>();

  constructor(column: string, rows: Iterable<Row>) {
    this.column = column;
    for (const row of rows) this.add(row);
  }

  /** How many different values there are. */
  get size(): number {
    return this.#ids.size;
  }

  /** The ids of the rows that have a value, by the key that `keyOf` gives for it. */
  find(key: unknown): ReadonlySet<Guid> | undefined {
    return this.#ids.get(key);
  }

  add({ id, cells }: Row): void {
    const cell = cells[this.column];
    if (cell === undefined) return;
    const key = keyOf(cell);
    const ids = this.#ids.get(key);
    if (ids) ids.add(id);
    else this.#ids.set(key, new Set([id]));
  }

  delete({ id, cells }: Row): void {
    const cell = cells[this.column];
    if (cell === undefined) return;
    const key = keyOf(cell);
    const ids = this.#ids.get(key);
    ids?.delete(id);
    if (ids?.size === 0) this.#ids.delete(key);
  }
}
