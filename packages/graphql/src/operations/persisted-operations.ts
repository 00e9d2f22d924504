/** persistedOperations: operations that are asked for by hash or id, known beforehand or learnt on the way. */
import { GraphQLError } from 'graphql';
import { checkNames, checkWhole, unexpected } from '@interpose/kernel/options';
import { memoryStore } from '@interpose/kernel/store';
import { reportFailure, unharmed } from '@interpose/kernel/unharmed';
import { badRequest, type OperationParams, readParams, refused } from './operation-params.ts';
import { sha256Of } from './sha256.ts';

/** Where the texts of operations are kept by hash or id. A `Map` is one. */
export interface OperationStore {
  get(key: string): string | undefined | Promise<string | undefined>;
  /** Needed in the mode `automatic` only. */
  set?(key: string, query: string): unknown;
}

/** Options of `persistedOperations`. */
export interface PersistedOperationsOptions {
  /**
   * `allow-list`: only what the store has is executed. `automatic`: a client sends a hash, and the text as well if the server does not know
   * it yet, as in Apollo's protocol; it saves traffic and refuses nothing.
   */
  readonly mode: 'allow-list' | 'automatic';
  /** Must be given for `allow-list`. @default the memory of this process, for `maxEntries` */
  readonly store?: OperationStore;
  /** How many operations the memory keeps. @default 1000 */
  readonly maxEntries?: number;
  /** Texts of more characters are executed, but not kept. @default 20_000 */
  readonly maxQueryLength?: number;
  /** `allow-list`: whether a text is refused even if the store has its hash. @default false */
  readonly idsOnly?: boolean;
  /** Told when the store fails. @default writes to the console */
  readonly onStoreError?: (error: unknown) => void;
}

/** The operation that a request means. */
export interface ResolvedOperation {
  readonly query: string;
  /** Keeps the text for later requests: to be called when it has been found valid, so that nobody fills the store with nonsense. */
  readonly remember?: () => Promise<void>;
}

/** Finds the operations that requests mean. */
export interface PersistedOperations {
  /**
   * Gives the text of the operation that a request means.
   *
   * @throws GraphQLError `PERSISTED_QUERY_NOT_FOUND`, `PERSISTED_OPERATION_NOT_FOUND`, `PERSISTED_OPERATION_REQUIRED` or `BAD_REQUEST`
   */
  resolve(params: OperationParams): Promise<ResolvedOperation>;
}

const OPTIONS = ['mode', 'store', 'maxEntries', 'maxQueryLength', 'idsOnly', 'onStoreError'];

/**
 * Makes requests by hash or id possible, or demands them.
 *
 * @throws TypeError or RangeError for options that are none
 * @example
 * const persisted = persistedOperations({ mode: 'allow-list', store: new Map([[hash, '{ me { name } }']]) });
 * const { query } = await persisted.resolve({ documentId: `sha256:${hash}` });
 */
export function persistedOperations(options: PersistedOperationsOptions): PersistedOperations {
  checkNames('persistedOperations()', options, OPTIONS);
  const { mode, onStoreError = reportFailure, idsOnly = false } = options;
  if (mode !== 'allow-list' && mode !== 'automatic') {
    throw unexpected('mode', `'allow-list' or 'automatic'`, mode);
  }
  const maxEntries = checkWhole('maxEntries', options.maxEntries ?? 1000, 1);
  const maxQueryLength = checkWhole('maxQueryLength', options.maxQueryLength ?? 20_000, 1);
  if (typeof idsOnly !== 'boolean') throw unexpected('idsOnly', 'true or false', idsOnly);
  if (typeof onStoreError !== 'function')
    throw unexpected('onStoreError', 'a function', onStoreError);
  const store =
    options.store ?? (mode === 'automatic' ? memoryStore<string>({ maxEntries }) : undefined);
  const wanted = mode === 'automatic' ? 'a store with get and set' : 'a store';
  if (
    typeof store?.get !== 'function' ||
    (mode === 'automatic' && typeof store.set !== 'function')
  ) {
    throw unexpected('store', wanted, options.store);
  }
  const told = (error: unknown): void => unharmed(() => onStoreError(error));
  return mode === 'automatic'
    ? automatic(store, maxQueryLength, told)
    : allowList(store, idsOnly, told);
}

type Told = (error: unknown) => void;

/** A key that begins with the name of the hash is the hash. */
const plain = (id: string): string => id.replace(/^sha256:/, '');

function allowList(store: OperationStore, idsOnly: boolean, told: Told): PersistedOperations {
  const find = async (key: string): Promise<string | undefined> => {
    try {
      return (
        textOf(await store.get(key)) ??
        (key === plain(key) ? undefined : textOf(await store.get(plain(key))))
      );
    } catch (error) {
      told(error);
      const message = 'The operation could not be looked up.';
      const extensions = { code: 'INTERNAL_SERVER_ERROR', http: { status: 500 } };
      throw new GraphQLError(message, { extensions });
    }
  };
  return {
    async resolve(params) {
      const asked = readParams(params);
      if (asked.id !== undefined) {
        const query = await find(asked.id);
        if (query === undefined) {
          throw refused('There is no operation of that id.', 'PERSISTED_OPERATION_NOT_FOUND', 400);
        }
        if (asked.query !== undefined && asked.query !== query) throw mismatch();
        return { query };
      }
      const text = asked.query ?? '';
      const query = idsOnly ? undefined : await find(await sha256Of(text));
      if (query !== text) {
        const message = 'Only operations that the server knows may be executed.';
        throw refused(message, 'PERSISTED_OPERATION_REQUIRED', 403);
      }
      return { query };
    },
  };
}

function automatic(store: OperationStore, maxQueryLength: number, told: Told): PersistedOperations {
  return {
    async resolve(params) {
      const { query, id } = readParams(params);
      if (id === undefined) return { query: query ?? '' };
      const hash = plain(id).toLowerCase();
      if (query === undefined) {
        // A store that fails costs a second request, as if the text had been forgotten.
        const known = await ask(() => store.get(hash), told);
        if (typeof known === 'string') return { query: known };
        throw refused('PersistedQueryNotFound', 'PERSISTED_QUERY_NOT_FOUND', 200);
      }
      if ((await sha256Of(query)) !== hash) throw mismatch();
      if (query.length > maxQueryLength) return { query };
      return {
        query,
        remember: async () => void (await ask(() => store.set?.(hash, query), told)),
      };
    },
  };
}

const mismatch = (): GraphQLError => badRequest('provided sha does not match query');

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined;

async function ask(question: () => unknown, told: Told): Promise<unknown> {
  try {
    return await question();
  } catch (error) {
    told(error);
    return undefined;
  }
}
