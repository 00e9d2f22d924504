/** A connection whose system refuses the first bytes of a request: of one that was used before that is no wonder, of a new one it is a failure. */
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { fakeClock } from '@interpose/testing';
import { expect, test } from 'vitest';
import { ClientCall } from './client-call.ts';
import { ClientConnection } from './client-connection.ts';
import { requestText } from './client-request.ts';
import type { ConnectionReader, Connector } from './connector.ts';
import type { RequestBody } from './request-body.ts';
import { PoolSettings } from './pool-options.ts';

/** A connection over a socket that takes so many writes and then no more. */
function connection(takes: number) {
  let left = takes;
  const socket = new Duplex({
    read: () => {},
    write: (_, __, done) => {
      if (left-- > 0) done();
      else done(Object.assign(new Error('broken'), { code: 'EPIPE' }));
    },
  });
  let reader: ConnectionReader | undefined;
  const told: string[] = [];
  const made = new ClientConnection(
    {
      open: (given: ConnectionReader) => {
        reader = given;
        return { socket: socket as Socket, memory: undefined };
      },
    } as unknown as Connector,
    new PoolSettings({ clock: fakeClock() }),
    {
      free: () => told.push('free'),
      gone: () => told.push('gone'),
      failed: () => told.push('failed'),
    },
    { isPlain: true },
  );
  reader?.connected();
  const carry = (body: RequestBody = null) => {
    const request = { method: 'POST', target: '/', headers: [], body };
    const errors: Error[] = [];
    const call = new ClientCall(
      request,
      { response: () => {}, failed: (error) => errors.push(error), over: () => told.push('over') },
      requestText(request, 'a'),
    );
    return { carried: made.carry(call), errors };
  };
  const answer = () => reader?.take(Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
  return { made, told, carry, answer };
}

test.each([
  ['nothing', null],
  ['a text', 'hello'],
  ['bytes', Buffer.alloc(100_000)],
])('a new one fails, and says that nothing was sent: %s', (_, body) => {
  const { told, carry } = connection(0);
  const { carried, errors } = carry(body);
  expect(carried).toBe(true);
  expect(errors).toMatchObject([
    { code: 'CONNECTION_LOST', nothingSent: true, wasReused: false, cause: { code: 'EPIPE' } },
  ]);
  expect(told).toEqual(['free', 'gone', 'over']);
});

test('one that was used before gives the request back', () => {
  const { made, told, carry, answer } = connection(1);
  carry();
  answer();
  expect(made.isUsable).toBe(true);
  const { carried, errors } = carry();
  expect(carried).toBe(false);
  expect(errors).toEqual([]);
  expect(told).toEqual(['free', 'free', 'over']);
  made.destroy();
  expect(told).toEqual(['free', 'free', 'over', 'gone']);
  expect(made.isUsable).toBe(false);
});

test('a body that has been begun cannot be given back', async () => {
  const { told, carry, answer } = connection(1);
  carry();
  answer();
  const body = (async function* () {
    yield Buffer.from('hello');
  })();
  const { carried, errors } = carry(body);
  expect(carried).toBe(true);
  await new Promise((resolve) => setImmediate(resolve));
  expect(errors).toMatchObject([{ code: 'CONNECTION_LOST', nothingSent: false, wasReused: true }]);
  expect(told).toEqual(['free', 'free', 'over', 'gone', 'over']);
});

test('a large body may have been begun when it is refused, and is not given back', async () => {
  const { told, carry, answer } = connection(2);
  carry();
  answer();
  const { carried, errors } = carry(Buffer.alloc(1_000_000));
  expect(carried).toBe(true);
  await new Promise((resolve) => setImmediate(resolve));
  expect(errors).toMatchObject([{ code: 'CONNECTION_LOST', nothingSent: false, wasReused: true }]);
  expect(told).toEqual(['free', 'free', 'over', 'gone', 'over']);
});

test('destroyed twice is destroyed once', () => {
  const { made, told } = connection(1);
  made.destroy();
  made.destroy(new Error('again'));
  expect(told).toEqual(['free', 'gone']);
});

test('whose socket is gone is of no use, before anyone has heard of it', () => {
  const { made, told } = connection(1);
  made.socket.destroy();
  expect(made.isUsable).toBe(false);
  expect(told).toEqual(['free']);
});
