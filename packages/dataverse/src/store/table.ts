/** Table: the rows of one kind, by their ids and by the columns that are looked for. */
import type { Guid } from '../records/guid.ts';
import type { Cell } from './cell.ts';
import type { HashIndex } from './hash-index.ts';
import { type IndexHabits, IndexShelf } from './index-shelf.ts';
import type { Row } from './row.ts';

/** Rows of one kind. Only the store changes it, as it alone can undo that. */
export class Table {
  readonly name: string;
  /** What queries find rows by. */
  readonly indexes: IndexShelf;
  readonly #rows = new Map<Guid, Row>();
  readonly #samples = new Map<string, Cell | undefined>();

  constructor(name: string, indexed: readonly string[] = [], habits: IndexHabits = {}) {
    this.name = name;
    this.indexes = new IndexShelf(this.#rows, habits);
    for (const column of indexed) this.index(column);
  }

  get size(): number {
    return this.#rows.size;
  }

  get(id: Guid): Row | undefined {
    return this.#rows.get(id);
  }

  /** All rows, in the order in which they came. */
  rows(): Iterable<Row> {
    return this.#rows.values();
  }

  /** The index of a column, made when it is first asked for. */
  index(column: string): HashIndex {
    return this.indexes.lasting(column);
  }

  /** Whether there is an index of a column. */
  hasIndex(column: string): boolean {
    return this.indexes.hasLasting(column);
  }

  /** A cell that a column has somewhere: that of the first row that has one. */
  sample(column: string): Cell | undefined {
    if (this.#samples.has(column)) return this.#samples.get(column);
    let sample: Cell | undefined;
    for (const { cells } of this.#rows.values()) {
      sample = cells[column];
      if (sample !== undefined) break;
    }
    this.#samples.set(column, sample);
    return sample;
  }

  /** Puts a row in, in the place of one with its id, or takes that out. */
  put(id: Guid, row: Row | undefined): void {
    const before = this.#rows.get(id);
    if (row) this.#rows.set(id, row);
    else this.#rows.delete(id);
    this.indexes.replace(before, row);
    if (this.#samples.size) this.#samples.clear();
  }
}
