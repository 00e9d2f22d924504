/** Table: the rows of one kind, by their ids and by the columns that are looked for. */
import type { Guid } from '../records/guid.ts';
import { HashIndex } from './hash-index.ts';
import type { Row } from './row.ts';

/** Rows of one kind. Only the store changes it, as it alone can undo that. */
export class Table {
  readonly name: string;
  readonly #rows = new Map<Guid, Row>();
  readonly #indexes = new Map<string, HashIndex>();

  constructor(name: string, indexed: readonly string[] = []) {
    this.name = name;
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
    const known = this.#indexes.get(column);
    if (known) return known;
    const made = new HashIndex(column, this.#rows.values());
    this.#indexes.set(column, made);
    return made;
  }

  /** Whether there is an index of a column. */
  hasIndex(column: string): boolean {
    return this.#indexes.has(column);
  }

  /** Puts a row in, in the place of one with its id, or takes that out. */
  put(id: Guid, row: Row | undefined): void {
    const before = this.#rows.get(id);
    if (row) this.#rows.set(id, row);
    else this.#rows.delete(id);
    for (const index of this.#indexes.values()) {
      if (before) index.delete(before);
      if (row) index.add(row);
    }
  }
}
