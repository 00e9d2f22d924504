/** IndexShelf: the indexes of a table: those that it always has, and those that queries have asked for often enough. */
import { HashIndex } from './hash-index.ts';
import { OrderedIndex } from './ordered-index.ts';
import type { Row } from './row.ts';
import { TextColumn } from './text-column.ts';

/** What each kind of index is for: values, order and ranges, parts of texts. */
export interface Indexes {
  readonly hash: HashIndex;
  readonly ordered: OrderedIndex;
  readonly text: TextColumn;
}

/** The kinds of indexes. */
export type IndexKind = keyof Indexes;

/** What stands for the ids of rows in the place of a column. */
export const ROW_ID: unique symbol = Symbol('row id');

/** A column, or the ids of rows. */
export type Indexed = string | typeof ROW_ID;

/** When queries get an index of their own. */
export interface IndexHabits {
  /** A table with fewer rows is gone through. @default 256 */
  readonly minRows?: number;
  /** How often a query must have asked for it. @default 2 */
  readonly minUses?: number;
  /** How many there are at most; the one that has not been used for longest goes. @default 24 */
  readonly most?: number;
}

/** An index that queries have asked for. */
interface Asked {
  readonly key: string;
  readonly index: HashIndex | OrderedIndex | TextColumn;
  lastUse: number;
}

/** How many columns are remembered as having been asked for. */
const MOST_REMEMBERED = 1000;

const MAKE: { readonly [Kind in IndexKind]: (on: Indexed, rows: Iterable<Row>) => Indexes[Kind] } =
  {
    hash: (on, rows) => new HashIndex(String(on), rows),
    ordered: (on, rows) => new OrderedIndex(on === ROW_ID ? undefined : on, rows),
    text: (on, rows) => new TextColumn(String(on), rows),
  };

/** Indexes by kind and column. */
export class IndexShelf {
  readonly #rows: ReadonlyMap<string, Row>;
  readonly #habits: Required<IndexHabits>;
  readonly #lasting = new Map<string, HashIndex>();
  readonly #asked = new Map<string, Asked>();
  readonly #uses = new Map<string, number>();
  #clock = 0;

  constructor(rows: ReadonlyMap<string, Row>, habits: IndexHabits = {}) {
    this.#rows = rows;
    const { minRows = 256, minUses = 2, most = 24 } = habits;
    this.#habits = { minRows, minUses, most };
  }

  /** The index of a column, made when it is first asked for; it stays. */
  lasting(column: string): HashIndex {
    const known = this.#lasting.get(column);
    if (known) return known;
    const key = keyFor('hash', column);
    const asked = this.#asked.get(key)?.index as HashIndex | undefined;
    this.#asked.delete(key);
    const made = asked ?? new HashIndex(column, this.#rows.values());
    this.#lasting.set(column, made);
    return made;
  }

  hasLasting(column: string): boolean {
    return this.#lasting.has(column);
  }

  /** An index that is there. */
  find<Kind extends IndexKind>(kind: Kind, on: Indexed): Indexes[Kind] | undefined {
    const lasting = kind === 'hash' && on !== ROW_ID ? this.#lasting.get(on) : undefined;
    return (lasting ?? this.#asked.get(keyFor(kind, on))?.index) as Indexes[Kind] | undefined;
  }

  /** The values of a column for a join, which cannot do without; made if it is not there. */
  join(column: string): HashIndex {
    const found = this.ask('hash', column);
    if (found) return found;
    const index = new HashIndex(column, this.#rows.values());
    const key = keyFor('hash', column);
    this.#uses.delete(key);
    this.#keep({ key, index, lastUse: ++this.#clock });
    return index;
  }

  /** An index for a query that would use it; it is made if that has happened often enough. */
  ask<Kind extends IndexKind>(kind: Kind, on: Indexed): Indexes[Kind] | undefined {
    const lasting = kind === 'hash' && on !== ROW_ID ? this.#lasting.get(on) : undefined;
    if (lasting) return lasting as Indexes[Kind];
    const key = keyFor(kind, on);
    const asked = this.#asked.get(key);
    if (asked) {
      asked.lastUse = ++this.#clock;
      return asked.index as Indexes[Kind];
    }
    if (this.#rows.size < this.#habits.minRows) return undefined;
    const uses = (this.#uses.get(key) ?? 0) + 1;
    if (this.#uses.size >= MOST_REMEMBERED) this.#uses.clear();
    this.#uses.set(key, uses);
    if (uses < this.#habits.minUses) return undefined;
    this.#uses.delete(key);
    const index = MAKE[kind](on, this.#rows.values());
    this.#keep({ key, index, lastUse: ++this.#clock });
    return index;
  }

  /** A row has come, gone, or changed. */
  replace(before: Row | undefined, after: Row | undefined): void {
    for (const index of this.#lasting.values()) index.replace(before, after);
    for (const { index } of this.#asked.values()) index.replace(before, after);
  }

  #keep(asked: Asked): void {
    if (this.#asked.size >= this.#habits.most) {
      let oldest: Asked | undefined;
      for (const one of this.#asked.values()) {
        if (!oldest || one.lastUse < oldest.lastUse) oldest = one;
      }
      if (oldest) this.#asked.delete(oldest.key);
    }
    this.#asked.set(asked.key, asked);
  }
}

const keyFor = (kind: IndexKind, on: Indexed): string => (on === ROW_ID ? kind : `${kind} ${on}`);
