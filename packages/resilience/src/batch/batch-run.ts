/** BatchRun: one run for many callers, and how each of them gets what is its own. */
import { isThenable, type Outcome } from '@interpose/kernel';
import { checkShape } from './batch-shape.ts';
import { Scope } from '../scope.ts';
import { type Seat, tell } from '../coalesce/seat.ts';

/** What `execute` is told beside the items. */
export interface BatchContext {
  /** Aborts when every caller of the batch has given up. Made when it is first read. */
  readonly signal: AbortSignal;
  /** The key that the items have in common; `undefined` where there is none. */
  readonly key: string | undefined;
}

/** One caller, and what it asks for. */
export interface Entry {
  readonly seat: Seat;
  readonly item: unknown;
  /** Where it waits: in a group, then in a batch. */
  home: { leave(entry: Entry, reason: unknown): void } | undefined;
}

/** What a batch starts with. */
export interface BatchRunParts {
  readonly policy: string;
  readonly key: string | undefined;
  readonly entries: readonly Entry[];
  readonly execute: (items: readonly never[], context: BatchContext) => unknown;
  readonly listener: BatchListener;
}

/** Hears how a batch goes on. */
export interface BatchListener {
  /** One caller waits no longer. */
  served(): void;
  /** Nobody waits any more. */
  done(run: BatchRun, how: 'answered' | 'abandoned'): void;
  /** It has ended after all had left. */
  endedLate(): void;
}

/** One batch on its way. */
export class BatchRun {
  readonly #parts: BatchRunParts;
  readonly #scope: Scope = new Scope(undefined);
  /** Those who wait. */
  readonly #waiting: Set<Entry>;
  readonly #whenDone: (() => void)[] = [];
  #abandoned = false;

  constructor(parts: BatchRunParts) {
    this.#parts = parts;
    this.#waiting = new Set(parts.entries);
    for (const entry of parts.entries) entry.home = this;
  }

  get size(): number {
    return this.#parts.entries.length;
  }

  start(): void {
    const { key, entries, execute } = this.#parts;
    const scope = this.#scope;
    const context: BatchContext = {
      key,
      get signal() {
        return scope.signal;
      },
    };
    try {
      const items = entries.map(({ item }) => item as never);
      const results = execute(items, context);
      if (!isThenable(results)) return this.#share(results);
      results.then(
        (list) => this.#share(list),
        (error: unknown) => this.#failAll(error),
      );
    } catch (error) {
      this.#failAll(error);
    }
  }

  /** Whether this caller waits here. */
  serves(entry: Entry): boolean {
    return this.#waiting.has(entry);
  }

  /** One caller gives up; the others go on. The last one to do so ends the batch. */
  leave(entry: Entry, reason: unknown): void {
    this.#waiting.delete(entry);
    this.#parts.listener.served();
    if (this.#waiting.size > 0) return;
    this.#abandoned = true;
    this.#done('abandoned');
    this.#scope.abort(reason);
  }

  /** Resolves when nobody waits for it any more. */
  done(): Promise<void> {
    return new Promise((resolve) => this.#whenDone.push(resolve));
  }

  #share(given: unknown): void {
    let results: readonly unknown[];
    try {
      results = checkShape(this.#parts.policy, this.size, given);
    } catch (error) {
      return this.#failAll(error);
    }
    this.#ended();
    for (const [index, entry] of this.#parts.entries.entries()) this.#give(entry, results[index]);
  }

  #give(entry: Entry, result: unknown): void {
    if (isThenable(result)) {
      result.then(
        (value) => this.#give(entry, value),
        (error: unknown) => this.#settle(entry, { ok: false, error }),
      );
    } else if (result instanceof Error) this.#settle(entry, { ok: false, error: result });
    else this.#settle(entry, { ok: true, value: result });
  }

  #failAll(error: unknown): void {
    this.#ended();
    for (const entry of this.#parts.entries) this.#settle(entry, { ok: false, error });
  }

  /** What comes for a caller who has left is dropped. */
  #settle(entry: Entry, outcome: Outcome<unknown>): void {
    if (!this.#waiting.delete(entry)) return;
    this.#parts.listener.served();
    if (this.#waiting.size === 0) this.#done('answered');
    tell([entry.seat], outcome);
  }

  #ended(): void {
    if (this.#abandoned) this.#parts.listener.endedLate();
  }

  #done(how: 'answered' | 'abandoned'): void {
    this.#parts.listener.done(this, how);
    for (const resolve of this.#whenDone) resolve();
  }
}
