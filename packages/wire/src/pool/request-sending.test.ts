/** A request has been sent when it has left, not when it was handed over. */
import type { Socket } from 'node:net';
import { fakeClock } from '@interpose/testing';
import { expect, test } from 'vitest';
import { memoryPair } from '../../test-kit/memory-pair.ts';
import { turns } from '../../test-kit/running-pool.ts';
import { ClientCall } from './client-call.ts';
import { type ClientRequest, requestText } from './client-request.ts';
import { PoolSettings } from './pool-options.ts';
import { RequestSending } from './request-sending.ts';

function sending(request: Partial<ClientRequest>) {
  const [socket, other] = memoryPair();
  const told: string[] = [];
  const sent = new RequestSending(
    socket as unknown as Socket,
    new PoolSettings({ clock: fakeClock() }),
    {
      sent: () => told.push('sent'),
      paced: () => told.push(sent.isWaiting ? 'waits' : 'goes on'),
      failed: (error) => told.push(error.message),
    },
  );
  socket.on('drain', () => sent.drained());
  const full = { method: 'POST', target: '/', headers: [], ...request };
  const receiver = { response: () => {}, failed: () => {} };
  sent.send(new ClientCall(full, receiver, requestText(full, 'a')));
  return { sent, socket, other, told };
}

test('a small request is sent at once', () => {
  const { sent, socket, told } = sending({ body: 'hello' });
  expect(told).toEqual(['sent']);
  expect(sent).toMatchObject({ isSent: true, isWaiting: false, isReusable: true });
  expect(socket.writes).toHaveLength(1);
});

test('a larger one when the other end has taken it', async () => {
  const { sent, other, told } = sending({ body: Buffer.alloc(200 * 1024) });
  expect(told).toEqual(['waits']);
  expect(sent).toMatchObject({ isSent: false, isWaiting: true, isOver: true, isReusable: false });
  other.resume();
  await turns();
  expect(told).toEqual(['waits', 'sent', 'goes on']);
  expect(sent).toMatchObject({ isSent: true, isWaiting: false, isReusable: true });
});

test('a large one goes in slices, each when the last one has gone', async () => {
  const { sent, socket, other, told } = sending({ body: Buffer.alloc(1000 * 1024) });
  const size = (): number => socket.writes.reduce((sum, { length }) => sum + length, 0);
  expect(size()).toBeLessThan(300 * 1024);
  other.resume();
  await turns(50);
  expect(size()).toBeGreaterThan(1000 * 1024);
  expect(told.filter((one) => one === 'waits')).toHaveLength(4);
  expect(told.slice(-2)).toEqual(['sent', 'goes on']);
  expect(sent.isSent).toBe(true);
});

test('one that is given up writes nothing more, whoever goes on', async () => {
  const { sent, socket, other, told } = sending({ body: Buffer.alloc(1000 * 1024) });
  sent.cancel();
  const count = socket.writes.length;
  other.resume();
  await turns(50);
  expect(socket.writes).toHaveLength(count);
  expect(told).toEqual(['waits']);
  expect(sent).toMatchObject({ isOver: true, isWaiting: false });
});
