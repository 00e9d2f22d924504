/** KeyStore: where keys of jobs are held, in this process or where several of them share it. */
import { type Awaitable, isThenable } from '@interpose/kernel';
import { unexpected } from '@interpose/kernel/options';

/**
 * Keeps values under keys for a time. `memoryStore()` of the kernel is one for one process, and `redisKeyStore()` of `@interpose/jobs/bullmq`
 * one for all that share a Redis. One of your own does each of these in one atomic step.
 */
export interface KeyStore {
  get(key: string): Awaitable<unknown>;
  set(key: string, value: unknown, ttlMs?: number): Awaitable<unknown>;
  /** Sets a value only if there is none; tells whether it did. */
  add(key: string, value: unknown, ttlMs?: number): Awaitable<boolean>;
  delete(key: string): Awaitable<unknown>;
  /** Sets a value only in the place of another; tells whether it did. Needed where processes share the store: without it there are two steps. */
  swap?(key: string, change: KeySwap): Awaitable<boolean>;
  /** Deletes a key only if this value is under it; tells whether it did. Needed where processes share the store. */
  deleteIf?(key: string, value: unknown): Awaitable<boolean>;
}

/** What is to take the place of what. Values are the same if they are the same as JSON. */
export interface KeySwap {
  readonly from: unknown;
  readonly to: unknown;
  readonly ttlMs?: number;
}

const METHODS = ['get', 'set', 'add', 'delete'] as const;
const OPTIONAL = ['swap', 'deleteIf'] as const;

/**
 * Checks that an option is such a store.
 *
 * @throws TypeError
 */
export function checkKeyStore(store: unknown): void {
  const found = (store ?? {}) as Partial<Record<keyof KeyStore, unknown>>;
  const isWrong =
    METHODS.some((name) => typeof found[name] !== 'function') ||
    OPTIONAL.some((name) => found[name] !== undefined && typeof found[name] !== 'function');
  if (isWrong) throw unexpected('store', 'a store of keys', store);
}

/** Sets a value in the place of another, in one step where the store can. Tells whether it did. */
export async function swapKey(store: KeyStore, key: string, change: KeySwap): Promise<boolean> {
  if (store.swap) return store.swap(key, change);
  const found = store.get(key);
  // A store that answers at once is not to be waited for: nobody comes between.
  if (!isSame(isThenable(found) ? await found : found, change.from)) return false;
  await store.set(key, change.to, change.ttlMs);
  return true;
}

/** Deletes a key that has this value, in one step where the store can. Tells whether it did. */
export async function deleteKeyIf(store: KeyStore, key: string, value: unknown): Promise<boolean> {
  if (store.deleteIf) return store.deleteIf(key, value);
  const found = store.get(key);
  if (!isSame(isThenable(found) ? await found : found, value)) return false;
  await store.delete(key);
  return true;
}

function isSame(found: unknown, wanted: unknown): boolean {
  return found !== undefined && JSON.stringify(found) === JSON.stringify(wanted);
}
