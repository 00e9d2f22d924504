/** maskedCopy: plain data with some of its fields masked, wherever they stand; the original stays as it was. */
import { isThenable } from '@interpose/kernel';
import { unexpected } from '@interpose/kernel/options';
import { REDACTED } from '@interpose/kernel/redact';
import { ConfigurationError } from '../boundary/errors.ts';
import { isPlain, put } from './plain-data.ts';

/** What is masked, and how. */
export interface MaskRules {
  /** The names of the fields, at any depth. A name is no path: what stands in such a field is masked as a whole. */
  readonly fields: readonly string[];
  /** Gives what is to be seen in the place of a value, as its last four digits. @default () => '[redacted]' */
  readonly mask?: (value: unknown, field: string) => unknown;
}

/** Masks whatever it is given. */
export type Masking = <T>(value: T) => T;

/**
 * Plain data with some fields masked: in objects, lists, maps by their keys, and sets; at any depth, also in circles. What has nothing to
 * mask is the same object. Whatever else there is stays what it is; but for one of a class that has such a field.
 *
 * @throws TypeError for rules of another kind; ConfigurationError for a field in an instance of a class
 * @example
 * maskedCopy(account, { fields: ['card'], mask: (card) => `…${String(card).slice(-4)}` });
 */
export function maskedCopy<T>(value: T, rules: MaskRules): T {
  return masking(rules)(value);
}

/** Checks rules once, for many values. */
export function masking({ fields, mask = () => REDACTED }: MaskRules): Masking {
  const names: ReadonlySet<unknown> = checkFields(fields);
  if (typeof mask !== 'function') throw unexpected('mask', 'a function', mask);
  const maskAt = (value: unknown, field: unknown): unknown => {
    const masked = mask(value, field as string);
    if (!isThenable(masked)) return masked;
    masked.then(undefined, () => {});
    throw unexpected('mask', 'a function that gives its value at once', masked);
  };
  return (value) => {
    if (typeof value !== 'object' || value === null) return value;
    if (!holdsValues(value)) return unmasked(value, names);
    const visits = explore(value, names);
    for (const visit of visits.values()) {
      if (!visit.copy) continue;
      const { keys, values, copy } = visit;
      for (let at = 0; at < values.length; at++) {
        const key = keys?.[at];
        const inner = values[at];
        add(copy, key, names.has(key) ? maskAt(inner, key) : (visits.get(inner)?.copy ?? inner));
      }
    }
    return (visits.get(value)?.copy ?? value) as typeof value;
  };
}

function checkFields(fields: unknown): ReadonlySet<string> {
  const isName = (name: unknown): boolean => typeof name === 'string' && name !== '';
  if (!Array.isArray(fields) || fields.length === 0 || !fields.every(isName)) {
    throw unexpected('fields', 'a list of one name or more', fields);
  }
  const path = (fields as readonly string[]).find((name) => name.includes('.'));
  // Taken for a name it would be found nowhere, and nothing would be masked.
  if (path !== undefined) throw unexpected('fields', 'names of fields and no paths', path);
  return new Set(fields as readonly string[]);
}

/** An object with what was read of it. Nothing is read twice: the second time it might be something else. */
interface Visit {
  readonly object: object;
  /** By what each value is known; lists and sets have no names. */
  readonly keys: readonly unknown[] | undefined;
  readonly values: readonly unknown[];
  readonly holders: Visit[];
  /** Only if there is something to mask in it, or in what it holds. */
  copy?: object;
}

/** Reads all that can be reached, and begins a copy of each object that cannot stay the same. */
function explore(root: object, names: ReadonlySet<unknown>): ReadonlyMap<unknown, Visit> {
  const visits = new Map<unknown, Visit>();
  const unread: Visit[] = [];
  const meet = (object: object): Visit => {
    const visit = read(object);
    visits.set(object, visit);
    unread.push(visit);
    return visit;
  };
  const changed: Visit[] = [];
  meet(root);
  for (let visit = unread.pop(); visit; visit = unread.pop()) {
    const { keys, values } = visit;
    if (keys?.some((key) => names.has(key))) changed.push(visit);
    for (let at = 0; at < values.length; at++) {
      const inner = values[at];
      if (typeof inner !== 'object' || inner === null || names.has(keys?.[at])) continue;
      if (holdsValues(inner)) (visits.get(inner) ?? meet(inner)).holders.push(visit);
      else unmasked(inner, names);
    }
  }
  for (let visit = changed.pop(); visit; visit = changed.pop()) {
    if (visit.copy) continue;
    visit.copy = emptyLike(visit.object);
    for (const holder of visit.holders) changed.push(holder);
  }
  return visits;
}

/** Maps and sets of a class of their own may do anything with what they are given. */
function holdsValues(object: object): boolean {
  return isPlain(object) || isOwn(object, Map.prototype) || isOwn(object, Set.prototype);
}

const isOwn = (object: object, prototype: object): boolean =>
  Object.getPrototypeOf(object) === prototype;

function read(object: object): Visit {
  const holders: Visit[] = [];
  if (Array.isArray(object)) return { object, keys: undefined, values: [...object], holders };
  if (object instanceof Set) return { object, keys: undefined, values: [...object], holders };
  if (object instanceof Map) {
    return { object, keys: [...object.keys()], values: [...object.values()], holders };
  }
  const symbols = Object.getOwnPropertySymbols(object);
  const shown = symbols.filter((key) => Object.prototype.propertyIsEnumerable.call(object, key));
  const keys = [...Object.keys(object), ...shown];
  return { object, keys, values: keys.map((key): unknown => object[key as never]), holders };
}

function emptyLike(object: object): object {
  if (Array.isArray(object)) return [];
  if (object instanceof Set) return new Set();
  if (object instanceof Map) return new Map();
  return Object.create(Object.getPrototypeOf(object) as object | null) as object;
}

function add(copy: object, key: unknown, value: unknown): void {
  if (Array.isArray(copy)) copy.push(value);
  else if (copy instanceof Set) copy.add(value);
  else if (copy instanceof Map) copy.set(key, value);
  else put(copy, key as PropertyKey, value);
}

/** What cannot be copied must not hold what is to be masked. */
function unmasked<T extends object>(instance: T, names: ReadonlySet<unknown>): T {
  for (const name of names) {
    if (!((name as string) in instance)) continue;
    const { constructor } = instance;
    const kind = typeof constructor === 'function' ? constructor.name : 'a class';
    throw new ConfigurationError(
      `Cannot mask "${String(name)}" in an instance of ${kind}; hand on a plain object.`,
      { field: String(name) },
    );
  }
  return instance;
}
