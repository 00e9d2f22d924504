/** What the peers' layers do. */
import { expect, test } from 'vitest';
import { EventRing, isRightKey, KEY, type RequestEvent } from './seed-stack.ts';

const event = (path: string, status = 200): RequestEvent => ({
  id: '0b8f31a1-5c1e-4a57-93cd-9b9e04b5f0a4',
  method: 'GET',
  path,
  status,
  startedAt: 0,
  durationMs: 1,
});

test('one key lets in', () => {
  expect([KEY, `${KEY}x`, '', undefined, 7].map(isRightKey)).toEqual([
    true,
    false,
    false,
    false,
    false,
  ]);
});

test('50 events are kept, and the last of /hello is shown', () => {
  const ring = new EventRing();
  expect(ring.shown()).toEqual({ kept: 0 });
  for (let at = 0; at < 49; at++) ring.add(event('/hello', 200 + at));
  expect(ring.shown()).toMatchObject({ status: 248, isFull: false, hasId: true, isTimed: true });
  ring.add(event('/hello', 300));
  ring.add(event('/hello', 301));
  ring.add(event('/other'));
  expect(ring.shown()).toMatchObject({ status: 301, isFull: true });
  for (let at = 0; at < 48; at++) ring.add(event('/other'));
  expect(ring.shown()).toMatchObject({ status: 301, path: '/hello' });
  ring.add(event('/other'));
  expect(ring.shown()).toEqual({ kept: 50 });
});
