/** RedisKeyStoreOptions: where keys are kept, checked when the store is made. */
import { checkMs, checkNames, unexpected } from '@interpose/kernel/options';
import type { ConnectionOptions } from 'bullmq';
import { checkConnection, isClient, redisOf } from './redis-connecting.ts';

/** Options of `redisKeyStore`. */
export interface RedisKeyStoreOptions<Connection = ConnectionOptions> {
  /** The address of a Redis or Valkey such as `redis://127.0.0.1:6379`, options of ioredis, or a client, which the caller closes. */
  readonly connection: string | Connection;
  /** How the names of all keys begin. Those who are to know of each other's keys have the same. @default 'interpose' */
  readonly prefix?: string;
  /** How long an answer is waited for, before a QueueUnavailableError. @default 10_000 */
  readonly answerWithinMs?: number;
  /** Is told when the connection breaks. @default nobody is told */
  readonly onError?: (error: Error) => void;
}

/** What a store of keys is opened with. */
export interface KeyOpening {
  readonly connection: ConnectionOptions;
  /** Whether the connection is a client of the caller's, which stays open. */
  readonly isShared: boolean;
  readonly prefix: string;
  readonly answerWithinMs: number;
  readonly onError: (error: Error) => void;
}

const NAMES: readonly (keyof RedisKeyStoreOptions)[] = [
  'connection',
  'prefix',
  'answerWithinMs',
  'onError',
];

/**
 * What the store is opened with.
 *
 * @throws TypeError or RangeError for options out of range
 */
export function keyOpeningOf<C>(options: RedisKeyStoreOptions<C>): KeyOpening {
  if (typeof options !== 'object' || options === null) {
    throw unexpected('options', 'an object with `connection`', options);
  }
  checkNames('redisKeyStore()', options, NAMES);
  const { connection, prefix = 'interpose', answerWithinMs = 10_000, onError = () => {} } = options;
  checkConnection(connection);
  if (typeof prefix !== 'string' || prefix === '') throw unexpected('prefix', 'a text', prefix);
  if (typeof onError !== 'function') throw unexpected('onError', 'a function', onError);
  const isShared = isClient(connection);
  return {
    connection: (isShared ? connection : redisOf(connection)) as ConnectionOptions,
    isShared,
    prefix,
    answerWithinMs: checkMs('answerWithinMs', answerWithinMs, 1),
    onError,
  };
}
