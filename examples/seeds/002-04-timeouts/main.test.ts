/** Checks who is timed out and when, what the caller gets, and that resources are given back. */
import { fakeClock } from '@interpose/testing';
import { expect, test } from 'vitest';
import { makeShop, type Request } from './main.ts';

function setUp(env = {}) {
  const clock = fakeClock();
  const shop = makeShop(env, clock);
  const visit = async (request: Request): Promise<number> => {
    const answer = Promise.resolve(shop.serve(request));
    await clock.advance(60_000);
    return (await answer).status;
  };
  const limits = shop.invoker.describe().map(({ timeoutMs }) => timeoutMs);
  return { ...shop, clock, visit, limits };
}

test('P-11 002-4 without MIDDLEWARE_TIMEOUT each has five seconds, with it so many', () => {
  expect(setUp().limits).toEqual([5000, 2000]);
  expect(setUp({ MIDDLEWARE_TIMEOUT: '3' }).limits).toEqual([3000, 2000]);
  expect(() => setUp({ MIDDLEWARE_TIMEOUT: 'abc' })).toThrow(RangeError);
});

test('P-12 002-4 middlewareTimeouts says otherwise for single ones', async () => {
  const { visit, invoker } = setUp();
  expect(await visit({ sessionMs: 4900, stockMs: 1900 })).toBe(200);
  expect(await visit({ stockMs: 2100 })).toBe(504);
  expect(invoker.metrics.getMetrics('stock')).toMatchObject({ timedOut: 1 });
  expect(invoker.metrics.getMetrics('session')).toMatchObject({ timedOut: 0, failures: 0 });
});

test('P-10 P-01 002-4 one that takes too long is ended, and the boundary answers 504', async () => {
  const { serve, clock, notes } = setUp();
  const answer = serve({ sessionMs: 9000 });
  await clock.advance(5000);
  expect(await answer).toEqual({ status: 504, body: 'Gateway Timeout' });
  expect(notes).toEqual([
    expect.stringContaining('Middleware "session" was ended: it took longer than 5000 ms.'),
  ]);
  await clock.advance(5000);
  // It has come to its end, and could not go on to the stock.
  expect(notes).toHaveLength(1);
});

test('P-13 002-4 a slow handler times nobody out', async () => {
  const { visit } = setUp();
  expect(await visit({ pageMs: 50_000 })).toBe(200);
});

test('P-70 002-4 whatever it held is released', async () => {
  const { visit, notes } = setUp();
  await visit({ stockMs: 30_000 });
  expect(notes.filter((note) => note.startsWith('lock'))).toEqual(['lock taken', 'lock released']);
});
