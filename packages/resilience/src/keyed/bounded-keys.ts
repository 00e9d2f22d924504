/** BoundedKeys: entries by key, no more than so many: the least recently used go first, and those that are idle go when others are used. */

/** An entry; it carries its own place in the row. */
export interface KeyEntry<V> {
  readonly key: string;
  readonly value: V;
  usedAtMs: number;
  /** How many hold it; while anybody does, it stays. */
  holders: number;
  older: KeyEntry<V> | undefined;
  newer: KeyEntry<V> | undefined;
}

/** Why an entry went: it was idle, or there was no room. */
export type Evicted = 'idle' | 'full';

/** What bounds entries. */
export interface KeyBounds {
  readonly maxKeys: number;
  readonly idleMs: number;
}

/** What whoever keeps entries is asked and told. */
export interface KeyOwner<V> {
  /** Whether an idle entry may go now. */
  mayGo?(value: V, nowMs: number): boolean;
  gone?(key: string, value: V, why: Evicted): void;
}

/** Entries by key. It has no timer: whoever uses an entry clears away others. */
export class BoundedKeys<V> {
  bounds: KeyBounds;
  readonly #owner: KeyOwner<V>;
  readonly #entries = new Map<string, KeyEntry<V>>();
  #oldest: KeyEntry<V> | undefined;
  #newest: KeyEntry<V> | undefined;

  constructor(bounds: KeyBounds, owner: KeyOwner<V> = {}) {
    this.bounds = bounds;
    this.#owner = owner;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** All entries, in the order in which they came. */
  entries(): IterableIterator<KeyEntry<V>> {
    return this.#entries.values();
  }

  get(key: string): KeyEntry<V> | undefined {
    const newest = this.#newest;
    return newest?.key === key ? newest : this.#entries.get(key);
  }

  /** Adds an entry, held by nobody, and makes room for it. There must be none of the key. */
  add(key: string, value: V, nowMs: number): KeyEntry<V> {
    const entry: KeyEntry<V> = {
      key,
      value,
      usedAtMs: nowMs,
      holders: 0,
      older: undefined,
      newer: undefined,
    };
    while (this.#entries.size >= this.bounds.maxKeys && this.#oldest) {
      this.#evict(this.#oldest, 'full');
    }
    this.#entries.set(key, entry);
    this.#append(entry);
    this.#clearIdle(nowMs);
    return entry;
  }

  /** It is in use now. */
  touch(entry: KeyEntry<V>, nowMs: number): void {
    entry.usedAtMs = nowMs;
    if (entry !== this.#newest && entry.holders === 0) {
      this.#unlink(entry);
      this.#append(entry);
    }
    if (this.#oldest !== entry) this.#clearIdle(nowMs);
  }

  /** It stays until it is let go of as often. */
  hold(entry: KeyEntry<V>): void {
    if (entry.holders++ === 0) this.#unlink(entry);
  }

  /** Lets go; if that was the last who held it, it is the most recently used. */
  letGo(entry: KeyEntry<V>, nowMs: number): void {
    if (--entry.holders > 0) return;
    if (this.#entries.get(entry.key) !== entry) return;
    entry.usedAtMs = nowMs;
    this.#append(entry);
    while (this.#entries.size > this.bounds.maxKeys && this.#oldest) {
      this.#evict(this.#oldest, 'full');
    }
    this.#clearIdle(nowMs);
  }

  /** Forgets all entries, held or not, and tells nobody. */
  clear(): void {
    this.#entries.clear();
    this.#oldest = undefined;
    this.#newest = undefined;
  }

  #clearIdle(nowMs: number): void {
    for (let oldest = this.#oldest; oldest; oldest = this.#oldest) {
      if (nowMs - oldest.usedAtMs < this.bounds.idleMs) return;
      if (this.#owner.mayGo && !this.#owner.mayGo(oldest.value, nowMs)) return;
      this.#evict(oldest, 'idle');
    }
  }

  #evict(entry: KeyEntry<V>, why: Evicted): void {
    this.#unlink(entry);
    this.#entries.delete(entry.key);
    this.#owner.gone?.(entry.key, entry.value, why);
  }

  #append(entry: KeyEntry<V>): void {
    entry.older = this.#newest;
    entry.newer = undefined;
    if (this.#newest) this.#newest.newer = entry;
    else this.#oldest = entry;
    this.#newest = entry;
  }

  #unlink(entry: KeyEntry<V>): void {
    const { older, newer } = entry;
    if (older) older.newer = newer;
    else if (this.#oldest === entry) this.#oldest = newer;
    if (newer) newer.older = older;
    else if (this.#newest === entry) this.#newest = older;
    entry.older = undefined;
    entry.newer = undefined;
  }
}
