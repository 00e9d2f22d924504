/** KeyStore: where keys of jobs are held, in this process or where several of them share it. */
import type { Awaitable } from '@interpose/kernel';
import { unexpected } from '@interpose/kernel/options';

/**
 * Keeps values under keys for a time. `memoryStore()` of the kernel is one; for several processes it stands on what they share: `add` is
 * then one atomic step, such as `SET key value NX PX ttl` of Redis.
 */
export interface KeyStore {
  get(key: string): Awaitable<unknown>;
  set(key: string, value: unknown, ttlMs?: number): Awaitable<unknown>;
  /** Sets a value only if there is none; tells whether it did. */
  add(key: string, value: unknown, ttlMs?: number): Awaitable<boolean>;
  delete(key: string): Awaitable<unknown>;
}

/**
 * Checks that an option is such a store.
 *
 * @throws TypeError
 */
export function checkKeyStore(store: unknown): void {
  const found = (store ?? {}) as Partial<Record<keyof KeyStore, unknown>>;
  if ([found.get, found.set, found.add, found.delete].some((one) => typeof one !== 'function')) {
    throw unexpected('store', 'a store of keys', store);
  }
}
