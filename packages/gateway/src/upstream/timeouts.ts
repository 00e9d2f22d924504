/** How long an upstream may take to be there, to begin its answer, and to go on with it. */
import type { CancelTimer, Clock } from '@interpose/kernel';
import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import { UpstreamTimeoutError } from '../errors.ts';

/** The three waits, and the clock that measures them. */
export interface Timeouts {
  readonly clock: Clock;
  readonly connectTimeoutMs: number;
  readonly firstByteTimeoutMs: number;
  readonly idleTimeoutMs: number;
}

/** Ends a request whose connection, TLS included, takes too long. */
export function watchConnect(request: ClientRequest, { clock, connectTimeoutMs }: Timeouts): void {
  request.once('socket', (socket: Socket) => {
    if (!socket.connecting) return;
    const cancel = clock.setTimer(
      () => request.destroy(new UpstreamTimeoutError('connect', connectTimeoutMs)),
      connectTimeoutMs,
    );
    socket.once('encrypted' in socket ? 'secureConnect' : 'connect', cancel);
    request.once('close', cancel);
  });
}

/** A wait that begins once, and can be stopped before or after. */
export interface FirstByteWait {
  start(): void;
  stop(): void;
}

/** Ends a request whose answer does not begin in time, counted from when the whole request is sent. */
export function watchFirstByte(
  request: ClientRequest,
  { clock, firstByteTimeoutMs }: Timeouts,
): FirstByteWait {
  let cancel: CancelTimer | undefined;
  let stopped = false;
  return {
    start() {
      if (stopped) return;
      cancel = clock.setTimer(
        () => request.destroy(new UpstreamTimeoutError('answer', firstByteTimeoutMs)),
        firstByteTimeoutMs,
      );
    },
    stop() {
      stopped = true;
      cancel?.();
    },
  };
}
