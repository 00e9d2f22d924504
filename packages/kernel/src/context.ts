/** Context: what one call knows, as properties and by methods; with metadata apart and a text form without secrets. */
import { MissingKeyError } from './errors.ts';
import { copied, COPY } from './extend.ts';
import { unexpected } from './option.ts';
import { redactedText } from './redact.ts';

/** What is known of a context beside its data; never part of keys, copies by spread, or its text. */
const METADATA = new WeakMap<object, Map<string, unknown>>();

/** The methods of a context whose data are of type `T`. */
interface ContextMethods<T extends object> {
  /** The value; where there is none, or it is `undefined`, the fallback. */
  get<K extends keyof T>(key: K): T[K] | undefined;
  get<K extends keyof T, F>(key: K, fallback: F): Exclude<T[K], undefined> | F;
  /** The value. @throws MissingKeyError if there is none */
  require<K extends keyof T>(key: K): NonNullable<T[K]>;
  /** @throws TypeError for a name that a method of the context bears */
  set<K extends keyof T>(key: K, value: T[K]): this;
  /** Sets all properties of an object. */
  update(values: Partial<T>): this;
  has(key: PropertyKey): boolean;
  /** Tells whether there was something to delete. */
  delete(key: keyof T): boolean;
  // By default what `T` says; as parameters, so that a context with more on it fits where less is needed.
  keys<K = keyof T & string>(): K[];
  values<V = T[keyof T & string]>(): V[];
  items<K = keyof T & string, V = T[keyof T & string]>(): [K, V][];
  /** A shallow copy, metadata included; nested objects are shared. */
  copy(): Context<T>;
  /** Deletes the data; the metadata stay. */
  clear(): this;
  /** Data about the context, kept apart from its own. */
  readonly metadata: Map<string, unknown>;
  /** `Context(user: "ada", authToken: [redacted])`. */
  toString(): string;
}

/** What one call knows. Its data are ordinary properties; a key that is not there reads as `undefined`. */
export type Context<T extends object = Record<string, unknown>> = T & ContextMethods<T>;

class DataContext {
  static readonly name = 'Context';

  constructor(values?: object) {
    if (values !== undefined) this.update(values);
  }

  get(key: string, fallback?: unknown): unknown {
    const value = this.has(key) ? (this as Record<string, unknown>)[key] : undefined;
    return value === undefined ? fallback : value;
  }

  require(key: string): unknown {
    const value = this.get(key);
    if (value === undefined || value === null) throw new MissingKeyError(key, this.keys());
    return value;
  }

  set(key: string, value: unknown): this {
    if (key in DataContext.prototype) {
      throw unexpected('name', 'another than that of a method of the context', key);
    }
    (this as Record<string, unknown>)[key] = value;
    return this;
  }

  update(values: object): this {
    if (typeof values !== 'object' || values === null)
      throw unexpected('values', 'an object', values);
    for (const [key, value] of Object.entries(values)) this.set(key, value);
    return this;
  }

  has(key: PropertyKey): boolean {
    return Object.hasOwn(this, key);
  }

  delete(key: string): boolean {
    return this.has(key) && delete (this as Record<string, unknown>)[key];
  }

  keys(): string[] {
    return Object.keys(this);
  }

  values(): unknown[] {
    return Object.values(this);
  }

  items(): [string, unknown][] {
    return Object.entries(this);
  }

  copy(): this {
    const twin = copied(this, {});
    if (METADATA.has(this)) METADATA.set(twin, new Map(this.metadata));
    return twin;
  }

  [COPY](): this {
    return this.copy();
  }

  clear(): this {
    for (const key of this.keys()) this.delete(key);
    return this;
  }

  get metadata(): Map<string, unknown> {
    let data = METADATA.get(this);
    if (!data) METADATA.set(this, (data = new Map()));
    return data;
  }

  toString(): string {
    return `Context(${redactedText(this, 4).slice(1, -1)})`;
  }

  /** What Node's console and inspector show. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}
// A key that is written past `set` cannot take the place of a method either, and nothing reaches all contexts.
Object.freeze(DataContext.prototype);

/** The class of contexts; `T` is what they hold. */
export const Context: new <T extends object = Record<string, unknown>>(
  values?: T | Partial<T>,
) => Context<T> = DataContext as never;

/** A context that holds these values. */
export function createContext<T extends object>(values: T): Context<T> {
  return new Context<T>(values);
}
