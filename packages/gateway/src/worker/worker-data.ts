/** workerData: what outlives a request, as values of known names and types, in one of the shared dictionaries. */
import type { Awaitable } from '@interpose/kernel';
import { outOfRange } from '@interpose/kernel/options';
import type {
  DictionaryValue,
  IncrOptions,
  SharedDictionary,
  Stored,
} from '../dictionaries/shared-dictionary.ts';

/** Names with the types of their values. */
export type WorkerValues = Readonly<Record<string, DictionaryValue>>;

type NumberNames<Values> = {
  [Name in keyof Values]: Values[Name] extends number ? Name : never;
}[keyof Values] &
  string;

/** Values that all requests of all workers have together. What belongs to one request is in `ctx.state`. */
export interface WorkerData<Values extends WorkerValues> {
  get<Name extends keyof Values & string>(name: Name): Awaitable<Values[Name] | undefined>;
  set<Name extends keyof Values & string>(
    name: Name,
    value: Values[Name],
    ttlMs?: number,
  ): Awaitable<Stored>;
  /** Adds to a number, in one step, whoever else does. */
  incr(name: NumberNames<Values>, by: number, options?: IncrOptions): Awaitable<number | undefined>;
  /** Tells whether there was something to delete. */
  delete(name: keyof Values & string): Awaitable<boolean>;
}

/**
 * A part of a dictionary whose names and types the compiler knows.
 *
 * @example
 * const data = workerData<{ seen: number; lastPath: string }>(dictionaries.stats, 'my-plugin');
 * data.incr('seen', 1, { init: 0 });
 *
 * @throws RangeError without a name
 */
export function workerData<Values extends WorkerValues>(
  dictionary: SharedDictionary,
  owner: string,
): WorkerData<Values> {
  if (owner === '') throw outOfRange('owner', 'the name of whom the data belongs to', owner);
  const keyOf = (name: string): string => `${owner}:${name}`;
  return {
    get: (name) => dictionary.get(keyOf(name)) as Awaitable<never>,
    set: (name, value, ttlMs) => dictionary.set(keyOf(name), value, ttlMs),
    incr: (name, by, options) => dictionary.incr(keyOf(name), by, options),
    delete: (name) => dictionary.delete(keyOf(name)),
  };
}
