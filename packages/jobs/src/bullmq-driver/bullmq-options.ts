/** BullmqOptions: where BullMQ keeps the jobs, checked when the driver is made. */
import { checkMs, checkNames, unexpected } from '@interpose/kernel/options';
import {
  type BackendFactory,
  type ConnectionOptions,
  createRedisBackend,
  type IQueueBackend,
} from 'bullmq';
import type { AnyBackend, Opening } from './connected.ts';
import { checkConnection, isClient, redisOf } from './redis-connecting.ts';

/** Options of `bullmq`. `Connection` is what the backend wants to be told. */
export interface BullmqOptions<Connection = ConnectionOptions> {
  /**
   * Where the jobs are kept: the address of a Redis or Valkey such as `redis://127.0.0.1:6379`, options of ioredis, or a client, which the
   * caller closes. With `backend`, what that backend takes.
   */
  readonly connection: string | Connection;
  /** How the names of all keys begin. @default 'bull', as everywhere in BullMQ */
  readonly prefix?: string;
  /** Another place than Redis: `createPostgresBackend` of BullMQ, or a factory of your own. @default Redis */
  readonly backend?: BackendFactory<IQueueBackend, Connection>;
  /**
   * How long a call on a queue waits for an answer. After it the call fails with a `QueueUnavailableError`; what it asked for may be done
   * all the same, once the store answers again. @default 10_000
   */
  readonly answerWithinMs?: number;
  /** Is told when a connection of a queue breaks. Workers report theirs themselves. @default nobody is told */
  readonly onError?: (error: Error) => void;
}

const NAMES: readonly (keyof BullmqOptions)[] = [
  'connection',
  'prefix',
  'backend',
  'answerWithinMs',
  'onError',
];

interface Client {
  readonly options?: { readonly maxRetriesPerRequest?: unknown };
}

/**
 * What all queues and workers of a driver are opened with.
 *
 * @throws TypeError for options that are none
 */
export function openingOf<C>(options: BullmqOptions<C>): Opening {
  if (typeof options !== 'object' || options === null) {
    throw unexpected('options', 'an object with `connection`', options);
  }
  checkNames('bullmq()', options, NAMES);
  const { connection, prefix, backend, answerWithinMs = 10_000, onError = () => {} } = options;
  checkConnection(connection);
  if (prefix !== undefined && (typeof prefix !== 'string' || prefix === '')) {
    throw unexpected('prefix', 'a text', prefix);
  }
  if (backend !== undefined && typeof backend !== 'function') {
    throw unexpected('backend', 'a function that makes a backend', backend);
  }
  if (typeof onError !== 'function') throw unexpected('onError', 'a function', onError);
  const isShared = isClient(connection);
  if (isShared) checkPatience(connection as Client);
  return {
    connected: {
      connection: (backend || isShared ? connection : redisOf(connection)) as ConnectionOptions,
      ...(prefix !== undefined && { prefix }),
    },
    backend: (backend ?? createRedisBackend) as unknown as AnyBackend,
    isShared,
    answerWithinMs: checkMs('answerWithinMs', answerWithinMs, 1),
    onError,
  };
}

/** A client of ioredis must wait for as long as it takes, as workers ask it questions that are answered when a job comes. */
function checkPatience({ options }: Client): void {
  if (!options?.maxRetriesPerRequest) return;
  throw unexpected(
    'connection.options.maxRetriesPerRequest',
    'null, as workers need it',
    options.maxRetriesPerRequest,
  );
}
