/** HashIndex: the rows of a table by the value of one column. */
import type { Guid } from '../records/guid.ts';
import { type Key, keyOf } from './cell.ts';
import type { Row } from './row.ts';

const NONE: ReadonlySet<Guid> = new Set();

/** Rows by the value of a column. Those without one, or with one that cannot be looked for, are found nowhere here. */
export class HashIndex {
  readonly column: string;
  /** One id, or a set where there are several: most values of many columns are in one row only. */
  readonly #ids = new Map<Key, Guid | Set<Guid>>();
  #rows = 0;

  constructor(column: string, rows: Iterable<Row>) {
    this.column = column;
    for (const row of rows) this.#add(row);
  }

  /** How many different values there are. */
  get size(): number {
    return this.#ids.size;
  }

  /** How many rows have a value. */
  get rows(): number {
    return this.#rows;
  }

  /** The ids of the rows that have a value, by the key that `keyOf` gives for it. */
  find(key: Key): ReadonlySet<Guid> | undefined {
    const ids = this.#ids.get(key);
    return typeof ids === 'string' ? new Set([ids]) : ids;
  }

  /** The same to be gone through only. */
  idsOf(key: Key): Iterable<Guid> {
    const ids = this.#ids.get(key);
    return typeof ids === 'string' ? [ids] : (ids ?? NONE);
  }

  /** How many rows have a value. */
  count(key: Key): number {
    const ids = this.#ids.get(key);
    return typeof ids === 'string' ? 1 : (ids?.size ?? 0);
  }

  /** Puts a row in the place of what it was before. */
  replace(before: Row | undefined, after: Row | undefined): void {
    const { column } = this;
    if (before && after && before.cells[column] === after.cells[column]) return;
    if (before) this.#delete(before);
    if (after) this.#add(after);
  }

  #add({ id, cells }: Row): void {
    const cell = cells[this.column];
    const key = cell === undefined ? undefined : keyOf(cell);
    if (key === undefined) return;
    this.#rows++;
    const ids = this.#ids.get(key);
    if (ids === undefined) this.#ids.set(key, id);
    else if (typeof ids === 'string') this.#ids.set(key, new Set([ids, id]));
    else ids.add(id);
  }

  #delete({ id, cells }: Row): void {
    const cell = cells[this.column];
    const key = cell === undefined ? undefined : keyOf(cell);
    if (key === undefined) return;
    this.#rows--;
    const ids = this.#ids.get(key);
    if (typeof ids !== 'string' && ids && ids.size > 1) ids.delete(id);
    else this.#ids.delete(key);
  }
}
