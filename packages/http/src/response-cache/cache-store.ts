/** ResponseCacheStore: where stored answers are kept. */
import type { Awaitable } from '@interpose/kernel';
import type { StoredAnswer } from './stored-answer.ts';

/**
 * Keeps, for each key, the answers that are stored for it: one, or one for each of what `Vary` tells apart. Everything in it is plain data. A
 * store that fails is told of, and does not fail the request: what cannot be read is not there, what cannot be written is not kept.
 */
export interface ResponseCacheStore {
  get(key: string): Awaitable<readonly StoredAnswer[] | undefined>;
  /** Puts answers in the place of all that the key had. After `keepMs` they are of no use any more. */
  set(key: string, answers: readonly StoredAnswer[], keepMs: number): Awaitable<void>;
  delete(key: string): Awaitable<void>;
  /** Drops each key that has an answer with the tag. */
  deleteTagged(tag: string): Awaitable<void>;
  clear(): Awaitable<void>;
}
