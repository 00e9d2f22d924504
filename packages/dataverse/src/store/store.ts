/** Store: the tables of an organization, every change of which can be undone. */
import { unexpected } from '@interpose/kernel/options';
import type { Guid } from '../records/guid.ts';
import type { IndexHabits } from './index-shelf.ts';
import type { Row } from './row.ts';
import { Table } from './table.ts';

/** One change: what a row was, and what it is. */
interface Change {
  readonly table: Table;
  readonly id: Guid;
  readonly before: Row | undefined;
  readonly after: Row | undefined;
}

/** A point to which a store can go back, and forth. What has changed since the one before it is kept with it. */
export class Snapshot {
  /** That whose state it is. */
  readonly store: Store;
  readonly parent: Snapshot | undefined;
  /** What has changed since the parent; nothing is added once it is taken. */
  readonly changes: readonly Change[];
  readonly depth: number;

  constructor(store: Store, parent: Snapshot | undefined, changes: readonly Change[]) {
    this.store = store;
    this.parent = parent;
    this.changes = changes;
    this.depth = parent ? parent.depth + 1 : 0;
  }
}

/** Tables by name. */
export class Store {
  readonly #tables = new Map<string, Table>();
  readonly #indexedColumns: (table: string) => readonly string[];
  readonly #habits: IndexHabits;
  /** The last snapshot that was taken or restored. */
  #base: Snapshot | undefined;
  /** What has changed since, where somebody may want to undo it. */
  #changes: Change[] = [];
  #openTransactions = 0;
  #version = 0;

  /** `indexedColumns` says which columns of a table are indexed from the start, `habits` when queries get further indexes. */
  constructor(
    indexedColumns: (table: string) => readonly string[] = () => [],
    habits: IndexHabits = {},
  ) {
    this.#indexedColumns = indexedColumns;
    this.#habits = habits;
  }

  /** The names of the tables that have, or had, rows. */
  get tableNames(): readonly string[] {
    return [...this.#tables.keys()];
  }

  /** A table, made when it is first asked for. */
  table(name: string): Table {
    const known = this.#tables.get(name);
    if (known) return known;
    const made = new Table(name, this.#indexedColumns(name), this.#habits);
    this.#tables.set(name, made);
    return made;
  }

  /** The version of the next row; no two rows have the same. */
  nextVersion(): number {
    return ++this.#version;
  }

  /** Puts a row into a table, or with `undefined` takes it out. */
  put(name: string, id: Guid, after: Row | undefined): void {
    const table = this.table(name);
    const before = table.get(id);
    if (!before && !after) return;
    table.put(id, after);
    if (this.#openTransactions || this.#base) this.#changes.push({ table, id, before, after });
  }

  /** Opens a transaction. Those that are opened within it are a part of it. */
  begin(): Transaction {
    this.#openTransactions++;
    const from = this.#changes.length;
    let isOpen = true;
    const end = (): void => {
      if (!isOpen) throw new TypeError('The transaction is over.');
      isOpen = false;
      this.#openTransactions--;
    };
    return {
      commit: () => {
        end();
        if (!this.#openTransactions && !this.#base) this.#changes = [];
      },
      rollback: () => {
        end();
        this.#undo(this.#changes.splice(from));
      },
    };
  }

  /** Remembers how everything is now, which takes no longer with many rows than with few. */
  snapshot(): Snapshot {
    if (this.#openTransactions) throw new TypeError('A transaction is open.');
    this.#base = new Snapshot(this, this.#base, this.#changes);
    this.#changes = [];
    return this.#base;
  }

  /**
   * Makes everything as it was; what has come since is gone, snapshots that were taken since are not.
   *
   * @throws TypeError for a snapshot that is none of this store
   */
  restore(snapshot: Snapshot): void {
    if (!(snapshot instanceof Snapshot) || snapshot.store !== this) {
      throw unexpected('snapshot', 'one that snapshot() of the same organization gave', snapshot);
    }
    if (this.#openTransactions) throw new TypeError('A transaction is open.');
    this.#undo(this.#changes.splice(0));
    let from = this.#base;
    const forth: Snapshot[] = [];
    let to: Snapshot | undefined = snapshot;
    while (from !== to) {
      if (to && (!from || to.depth >= from.depth)) {
        forth.push(to);
        to = to.parent;
      } else {
        this.#undo((from as Snapshot).changes);
        from = (from as Snapshot).parent;
      }
    }
    for (const one of forth.toReversed()) {
      for (const { table, id, after } of one.changes) table.put(id, after);
    }
    this.#base = snapshot;
  }

  #undo(changes: readonly Change[]): void {
    for (let at = changes.length - 1; at >= 0; at--) {
      const { table, id, before } = changes[at] as Change;
      table.put(id, before);
    }
  }
}

/** Changes that can be undone together. */
export interface Transaction {
  /** They stay, unless the transaction around this one is rolled back. */
  commit(): void;
  /** They are undone, the last one first. */
  rollback(): void;
}
