/** Connections to Redis as callers give them: an address, options of ioredis, or a client. */
import { unexpected } from '@interpose/kernel/options';

interface MaybeClient {
  readonly connect?: unknown;
  readonly duplicate?: unknown;
}

/**
 * Checks that it may be a connection.
 *
 * @throws TypeError
 */
export function checkConnection(connection: unknown): void {
  if (typeof connection !== 'string' && (typeof connection !== 'object' || connection === null)) {
    throw unexpected('connection', 'an address, options or a client', connection);
  }
  if (connection === '') throw unexpected('connection', 'an address', connection);
}

/** Whether it is a client rather than how to make one. */
export function isClient(connection: unknown): boolean {
  const { connect, duplicate } = connection as MaybeClient;
  return typeof connect === 'function' && typeof duplicate === 'function';
}

/** How long a call may take is said by `answerWithinMs`; after it the client may go on trying. */
export const redisOf = (connection: unknown): object => ({
  ...(typeof connection === 'string' ? { url: connection } : (connection as object)),
  maxRetriesPerRequest: null,
});
