/** Shelf: what a cache does with its store, whatever the store does: it may throw, reject, hang, or land a write too late. */
import { type Awaitable, type Clock, isThenable } from '@interpose/kernel';
import type { CachedValue, CacheEntry, CacheStore } from './cache-store.ts';
import { Invalidations } from './invalidations.ts';

/** Hears of what becomes of entries. */
export interface ShelfListener {
  stored(key: string, entry: CacheEntry): void;
  failed(operation: 'get' | 'set' | 'delete', key: string, error: unknown): void;
}

/** An entry on its way to a store that takes its time. */
interface Write {
  readonly key: string;
  readonly entry: CacheEntry;
  /** When the run began that gave the value. */
  readonly sinceMoment: number;
  readonly writtenMs: number;
  /** Settles when nothing more will come of it; rejects if it landed too late and could not be deleted. */
  ended: Promise<void>;
}

/** So many may be on their way to a store; one that hangs must not fill the memory. */
const MOST_WRITES = 1000;

/** The entries of a cache, on their way or in their place. */
export class Shelf {
  readonly invalidations: Invalidations = new Invalidations();
  readonly #writes = new Map<string, Write>();
  readonly #clock: Clock;
  readonly #store: CacheStore;
  readonly #listener: ShelfListener;

  constructor(clock: Clock, store: CacheStore, listener: ShelfListener) {
    this.#clock = clock;
    this.#store = store;
    this.#listener = listener;
  }

  /** What there is for the key. A store that throws has nothing; a promise may reject, and that is for whoever waits for it to report. */
  find(key: string): Awaitable<CachedValue | undefined> {
    const write = this.#writes.get(key);
    if (write) return this.#onItsWay(write);
    try {
      return this.#store.get(key);
    } catch (error) {
      this.#listener.failed('get', key, error);
      return undefined;
    }
  }

  /** Keeps what a run has given that began at this moment, unless it has been overtaken since. Nobody has to wait for it. */
  keep(key: string, entry: CacheEntry, sinceMoment: number): void {
    if (this.invalidations.overtook(sinceMoment, key, entry.tags)) return;
    // Two writes of one key could land in any order.
    if (this.#writes.has(key) || this.#writes.size >= MOST_WRITES) return;
    let written: Awaitable<void>;
    try {
      written = this.#store.set(key, entry);
    } catch (error) {
      return this.#listener.failed('set', key, error);
    }
    if (!isThenable(written)) return this.#listener.stored(key, entry);
    const writtenMs = this.#clock.now();
    const write: Write = { key, entry, sinceMoment, writtenMs, ended: Promise.resolve() };
    this.#writes.set(key, write);
    write.ended = this.#end(write, written);
    write.ended.catch(() => {});
  }

  /** Drops an entry or all that depend on a tag, and forbids all runs under way to bring them back. */
  invalidate(what: string | { readonly key: string }): Awaitable<void> {
    if (typeof what === 'string') this.invalidations.addTag(what);
    else this.invalidations.addKey(what.key);
    const late = [...this.#writes.values()].filter((write) => this.#isOvertaken(write));
    const dropped =
      typeof what === 'string' ? this.#store.invalidate(what) : this.#store.delete(what.key);
    if (!isThenable(dropped) && late.length === 0) return undefined;
    return this.#afterAll(dropped, late);
  }

  async #afterAll(dropped: Awaitable<void>, late: readonly Write[]): Promise<void> {
    await dropped;
    for (const { ended } of late) await ended;
  }

  #onItsWay(write: Write): CachedValue | undefined {
    // What the store has now, or will have in a moment, is no better.
    if (this.#isOvertaken(write)) return undefined;
    const { value, ttlMs, tags } = write.entry;
    return { value, ageMs: this.#clock.now() - write.writtenMs, ttlMs, tags };
  }

  async #end(write: Write, written: PromiseLike<void>): Promise<void> {
    const { key, entry } = write;
    const landed = await this.#lands(key, written);
    try {
      // What has failed may have landed nevertheless.
      if (this.#isOvertaken(write)) await this.#store.delete(key);
      else if (landed) this.#listener.stored(key, entry);
    } catch (error) {
      this.#listener.failed('delete', key, error);
      throw error;
    } finally {
      this.#writes.delete(key);
    }
  }

  async #lands(key: string, written: PromiseLike<void>): Promise<boolean> {
    try {
      await written;
      return true;
    } catch (error) {
      this.#listener.failed('set', key, error);
      return false;
    }
  }

  #isOvertaken({ key, entry, sinceMoment }: Write): boolean {
    return this.invalidations.overtook(sinceMoment, key, entry.tags);
  }
}
