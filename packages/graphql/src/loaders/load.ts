/** Load: how things are loaded by their keys, many at once, and what a resolver gets to ask for one. */
import type { Awaitable } from '@interpose/kernel';
import type { GraphQLResolveInfo } from 'graphql';

/**
 * What a load function is told beside the keys.
 *
 * @typeParam Context what it needs of the operation's context
 */
export interface LoadContext<Context = unknown> {
  /** The context of the operation. */
  readonly context: Context;
  /** The fields that are wanted of each, sorted; `undefined` for all that there is. */
  readonly fields: readonly string[] | undefined;
}

/**
 * Loads many things at once: one for each key, in the order of the keys. An `Error` among them is the failure of that one key; what it throws
 * is the failure of all.
 */
export type LoadFunction<K, V, Context = unknown> = (
  keys: readonly K[],
  about: LoadContext<Context>,
) => Awaitable<readonly (V | Error)[]>;

/** A load function with what is special about it. */
export interface LoadSpec<K = never, V = unknown, Context = never> {
  /** Loads many things at once. */
  readonly load: LoadFunction<K, V, Context>;
  /** How many keys one call may have. @default that of `dataLoader()` */
  readonly maxBatchSize?: number;
  /** What makes two keys the same, for keys that are objects. @default the key itself */
  readonly cacheKey?: (key: K) => unknown;
  /** Whether a key that is asked for again within the operation is answered from memory. @default true */
  readonly cache?: boolean;
}

/** Load functions by name. */
export type LoadSpecs = Readonly<Record<string, LoadFunction<never, unknown, never> | LoadSpec>>;

/** Which fields are wanted: named, or those that the operation asks the resolver for whose `info` it is. */
export type Wanted = { readonly fields: readonly string[] } | GraphQLResolveInfo;

/** Loads by key. Keys of one moment go to the load function together, each once. */
export interface Load<K, V> {
  (key: K, wanted?: Wanted): Promise<V>;
  /** Several at once, in their order; an `Error` in the place of each that failed, which a list in GraphQL takes as it is. */
  many(keys: readonly K[], wanted?: Wanted): Promise<(V | Error)[]>;
  /** Forgets what is known of a key. */
  clear(key: K): void;
  /** Forgets everything. */
  clearAll(): void;
  /** Puts something there that is known from elsewhere, with all its fields; unless the key is known already. */
  prime(key: K, value: V | Error): void;
}

type FunctionOf<S> = S extends { readonly load: infer F } ? F : S;

/** What a resolver has of load functions: a `Load` for each. */
export type Loads<L> = {
  readonly [N in keyof L]: FunctionOf<L[N]> extends (
    keys: readonly (infer K)[],
    about: never,
  ) => Awaitable<readonly (infer V)[]>
    ? Load<K, Exclude<V, Error>>
    : never;
};

/** What load functions need of the context, all together. */
export type LoadNeeds<L> =
  { readonly [N in keyof L]: (need: NeedOf<FunctionOf<L[N]>>) => void } extends Readonly<
    Record<keyof L, (need: infer All) => void>
  >
    ? All
    : unknown;

type NeedOf<F> = F extends (keys: never, about: LoadContext<infer Context>) => unknown
  ? Context
  : unknown;
