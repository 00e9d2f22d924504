/** A shared dictionary in the memory of this process. */
import type { Clock } from '@interpose/kernel';
import { systemClock } from '@interpose/kernel/clock';
import { checkMs, checkWhole, outOfRange, unexpected } from '@interpose/kernel/options';
import type {
  DictionaryValue,
  IncrOptions,
  SharedDictionary,
  Stored,
} from './shared-dictionary.ts';

/** Options of a `MemoryDictionary`. */
export interface MemoryDictionaryOptions {
  /** How much it may hold. @default 10 MiB */
  readonly capacityBytes?: number;
  /** @default systemClock */
  readonly clock?: Clock;
}

interface Entry {
  readonly value: DictionaryValue;
  readonly untilMs: number;
  readonly bytes: number;
}

const CAPACITY_BYTES = 10 * 1024 * 1024;
/** About what an entry takes besides its key and its value. */
const ENTRY_BYTES = 96;
const MOST_KEYS = 1024;
/** As for OpenResty, so that what fits here fits there. */
const LONGEST_KEY = 65_535;
const STORED: Stored = { stored: true, evicted: 0 };
const REFUSED: Stored = { stored: false, evicted: 0 };

/** Keeps entries by the order of their use, and lets go of the oldest when there is no room. */
export class MemoryDictionary implements SharedDictionary {
  readonly name: string;
  readonly capacityBytes: number;
  readonly #clock: Clock;
  /** A Map keeps the order of insertion: the first entry is the least recently used. */
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  /** @throws TypeError or RangeError for options out of range */
  constructor(name: string, options: MemoryDictionaryOptions = {}) {
    this.name = name;
    this.capacityBytes = checkWhole('capacityBytes', options.capacityBytes ?? CAPACITY_BYTES, 1);
    this.#clock = options.clock ?? systemClock;
  }

  get(key: string): DictionaryValue | undefined {
    return this.#used(key)?.value;
  }

  set(key: string, value: DictionaryValue, ttlMs?: number): Stored {
    return this.#put(checkedKey(key), checkedValue(value), this.#until(ttlMs));
  }

  add(key: string, value: DictionaryValue, ttlMs?: number): Stored {
    return this.#alive(key) ? REFUSED : this.set(key, value, ttlMs);
  }

  replace(key: string, value: DictionaryValue, ttlMs?: number): Stored {
    return this.#alive(key) ? this.set(key, value, ttlMs) : REFUSED;
  }

  incr(key: string, by: number, { init, initTtlMs }: IncrOptions = {}): number | undefined {
    const entry = this.#alive(checkedKey(key));
    if (!entry && init === undefined) return undefined;
    const value = entry ? entry.value : init;
    if (typeof value !== 'number') throw unexpected(`${this.name}.${key}`, 'a number', value);
    const sum = value + by;
    // A count that is no number would be neither above nor below any limit.
    if (!Number.isFinite(sum)) throw outOfRange(`${this.name}.${key}`, 'a finite number', sum);
    const { stored } = this.#put(key, sum, entry ? entry.untilMs : this.#until(initTtlMs));
    return stored ? sum : undefined;
  }

  delete(key: string): boolean {
    const isThere = this.#alive(key) !== undefined;
    this.#drop(key);
    return isThere;
  }

  ttl(key: string): number | undefined {
    const entry = this.#alive(key);
    return entry && entry.untilMs - this.#clock.now();
  }

  expire(key: string, ttlMs: number): boolean {
    const untilMs = this.#until(ttlMs);
    const entry = this.#alive(key);
    if (entry) this.#put(key, entry.value, untilMs);
    return entry !== undefined;
  }

  keys(most: number = MOST_KEYS): readonly string[] {
    const now = this.#clock.now();
    const alive = [...this.#entries].filter(([, { untilMs }]) => untilMs > now);
    return alive
      .reverse()
      .slice(0, most)
      .map(([key]) => key);
  }

  size(): number {
    return this.#entries.size;
  }

  freeBytes(): number {
    return this.capacityBytes - this.#bytes;
  }

  flushExpired(most: number = Infinity): number {
    const now = this.#clock.now();
    let flushed = 0;
    for (const [key, { untilMs }] of this.#entries) {
      if (flushed >= most) break;
      if (untilMs > now) continue;
      this.#drop(key);
      flushed++;
    }
    return flushed;
  }

  flushAll(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }

  /** The entry, unless its time has come. */
  #alive(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    return entry && entry.untilMs > this.#clock.now() ? entry : undefined;
  }

  /** The same, as the most recently used one from now on. */
  #used(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    if (entry.untilMs <= this.#clock.now()) {
      this.#drop(key);
      return undefined;
    }
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry;
  }

  #until(ttlMs: number | undefined): number {
    return ttlMs === undefined ? Infinity : this.#clock.now() + checkMs('ttlMs', ttlMs);
  }

  #put(key: string, value: DictionaryValue, untilMs: number): Stored {
    const bytes = ENTRY_BYTES + sizeOf(key) + sizeOf(value);
    // What stood there before is no longer true, whether or not there is room for what comes instead.
    this.#drop(key);
    if (bytes > this.capacityBytes) return REFUSED;
    let evicted = 0;
    while (this.#bytes + bytes > this.capacityBytes) {
      const [oldest] = this.#entries.keys();
      this.#drop(oldest as string);
      evicted++;
    }
    this.#entries.set(key, { value, untilMs, bytes });
    this.#bytes += bytes;
    return evicted ? { stored: true, evicted } : STORED;
  }

  #drop(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
  }
}

/** Two bytes a character at most, as the machine keeps them. */
const sizeOf = (value: DictionaryValue): number =>
  typeof value === 'string' ? 2 * value.length : 8;

function checkedKey(key: string): string {
  if (typeof key === 'string' && key.length > 0 && key.length <= LONGEST_KEY) return key;
  throw unexpected('key', `a text of 1 to ${LONGEST_KEY} characters`, key);
}

function checkedValue(value: DictionaryValue): DictionaryValue {
  const isValue = typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
  if (isValue) return value;
  throw unexpected('value', 'a text, a finite number or a boolean', value);
}
