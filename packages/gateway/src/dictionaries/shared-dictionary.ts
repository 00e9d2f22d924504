/** SharedDictionary: what all requests of a gateway keep together, with the operations of OpenResty's shared dictionaries. */
import type { Awaitable } from '@interpose/kernel';

/** What a dictionary can hold. */
export type DictionaryValue = string | number | boolean;

/** What became of a value that was to be stored. */
export interface Stored {
  readonly stored: boolean;
  /** How many other entries had to go to make room. */
  readonly evicted: number;
}

/** How `incr` treats a key that is missing. */
export interface IncrOptions {
  /** What is added to if there is no entry. @default none: a missing entry is not made */
  readonly init?: number;
  /** How long a new entry lives. @default without end */
  readonly initTtlMs?: number;
}

/**
 * A dictionary with a limited size. Each operation is atomic, whoever else uses the dictionary. One that lives in this process answers at
 * once; one that lives elsewhere gives promises.
 */
export interface SharedDictionary {
  readonly name: string;
  /** How much it may hold, its own records of the entries included. */
  readonly capacityBytes: number;
  /** The value, or `undefined` if there is none or its time has come. */
  get(key: string): Awaitable<DictionaryValue | undefined>;
  /** Puts a value in place, and lets go of what was used least recently if there is no room. Not stored if it can have no room at all. */
  set(key: string, value: DictionaryValue, ttlMs?: number): Awaitable<Stored>;
  /** Puts a value in place only if there is none. */
  add(key: string, value: DictionaryValue, ttlMs?: number): Awaitable<Stored>;
  /** Puts a value in place only if there is one. */
  replace(key: string, value: DictionaryValue, ttlMs?: number): Awaitable<Stored>;
  /**
   * Adds to a number and gives the sum; nothing if there is no number to add to. An entry that is there keeps its time.
   *
   * @throws TypeError if there is something else than a number
   */
  incr(key: string, by: number, options?: IncrOptions): Awaitable<number | undefined>;
  /** Tells whether there was something to delete. */
  delete(key: string): Awaitable<boolean>;
  /** How long the entry still lives; `Infinity` for one without end, `undefined` if there is none. */
  ttl(key: string): Awaitable<number | undefined>;
  /** Gives an entry another time from now on; tells whether there is one. */
  expire(key: string, ttlMs: number): Awaitable<boolean>;
  /** Keys that are alive, the most recently used first. */
  keys(most?: number): Awaitable<readonly string[]>;
  /** How many entries there are, with those that have expired and were not let go of yet. */
  size(): Awaitable<number>;
  /** How much of the capacity is free. */
  freeBytes(): Awaitable<number>;
  /** Lets go of what has expired, of so many entries at most; tells how many they were. */
  flushExpired(most?: number): Awaitable<number>;
  /** Lets go of everything. */
  flushAll(): Awaitable<void>;
}
