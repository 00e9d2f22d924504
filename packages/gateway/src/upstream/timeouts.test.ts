/** Tests of the waits for an upstream that need no upstream: a connection that never comes. */
import { fakeClock } from '@interpose/testing';
import { EventEmitter } from 'node:events';
import type { ClientRequest } from 'node:http';
import { describe, expect, test } from 'vitest';
import { type Timeouts, watchConnect, watchFirstByte } from './timeouts.ts';

function parts(): {
  readonly clock: ReturnType<typeof fakeClock>;
  readonly timeouts: Timeouts;
  readonly request: ClientRequest & EventEmitter;
  readonly errors: Error[];
} {
  const clock = fakeClock();
  const errors: Error[] = [];
  const request = Object.assign(new EventEmitter(), {
    destroy: (error: Error) => errors.push(error),
  });
  const timeouts = { clock, connectTimeoutMs: 100, firstByteTimeoutMs: 200, idleTimeoutMs: 300 };
  return { clock, timeouts, request: request as unknown as ClientRequest & EventEmitter, errors };
}

describe('a connection', () => {
  test('that does not come in time ends the request with 504', () => {
    const { clock, timeouts, request, errors } = parts();
    watchConnect(request, timeouts);
    request.emit('socket', Object.assign(new EventEmitter(), { connecting: true }));
    clock.advanceSync(99);
    expect(errors).toEqual([]);
    clock.advanceSync(1);
    expect(errors).toMatchObject([
      {
        status: 504,
        code: 'UPSTREAM_TIMEOUT',
        cause: { message: 'The upstream did not connect within 100 ms' },
      },
    ]);
  });

  test.each([
    ['that comes', 'connect', {}],
    ['that is encrypted', 'secureConnect', { encrypted: true }],
  ])('%s in time ends the wait, and not before', (_, event, more) => {
    const { clock, timeouts, request, errors } = parts();
    watchConnect(request, timeouts);
    const socket = Object.assign(new EventEmitter(), { connecting: true, ...more });
    request.emit('socket', socket);
    clock.advanceSync(50);
    expect(clock.pending).toBe(1);
    socket.emit(event);
    expect(clock.pending).toBe(0);
    clock.advanceSync(1000);
    expect(errors).toEqual([]);
  });

  test('that was kept, or whose request is over, is not waited for', () => {
    const { clock, timeouts, request } = parts();
    watchConnect(request, timeouts);
    request.emit('socket', Object.assign(new EventEmitter(), { connecting: false }));
    expect(clock.pending).toBe(0);
    watchConnect(request, timeouts);
    request.emit('socket', Object.assign(new EventEmitter(), { connecting: true }));
    request.emit('close');
    expect(clock.pending).toBe(0);
  });
});

test('the wait for the first byte can be over before it begins', () => {
  const { clock, timeouts, request, errors } = parts();
  const wait = watchFirstByte(request, timeouts);
  wait.stop();
  wait.start();
  expect(clock.pending).toBe(0);
  const other = watchFirstByte(request, timeouts);
  other.start();
  clock.advanceSync(200);
  expect(errors).toMatchObject([
    { status: 504, cause: { message: 'The upstream did not answer within 200 ms' } },
  ]);
});
