/** Tests of timeout. */
import { fakeClock, settle } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { createApp } from '../app.ts';
import { HttpError } from '../errors.ts';
import { timeout, type TimeoutOptions } from './timeout.ts';

function setUp(options: TimeoutOptions = {}) {
  const clock = fakeClock();
  const seen: { signal?: AbortSignal; late?: () => void; requestIds: string[] } = {
    requestIds: [],
  };
  const app = createApp()
    .use((ctx, next) => {
      ctx.response.headers.set('X-Outer', 'kept');
      seen.requestIds.push(ctx.requestId);
      return next();
    })
    .use(timeout({ timeoutMs: 1000, clock, ...options }))
    .get('/fast', (ctx) => {
      ctx.response.headers.append('X-Inner', 'told');
      seen.requestIds.push(ctx.requestId);
      return 'fast';
    })
    .get('/refused', async (ctx) => {
      ctx.response.headers.append('X-Inner', 'told');
      throw new HttpError(409);
    })
    .get('/slow', (ctx) => {
      seen.signal = ctx.signal;
      return new Promise((resolve) => {
        ctx.signal.addEventListener('abort', () => {
          ctx.response.status = 200;
          ctx.response.headers.set('X-Late', 'never');
          resolve('too late');
        });
      });
    })
    .get('/deaf', () => new Promise((resolve) => (seen.late = () => resolve('later'))));
  const ask = (path: string, headers: Record<string, string> = {}) =>
    app.fetch(new Request(`http://host${path}`, { headers }));
  return { ask, clock, seen };
}

describe('timeout', () => {
  test('answers with 504 when the time is up, and aborts the signal', async () => {
    const { ask, clock, seen } = setUp();
    const asked = ask('/slow');
    await clock.advance(999);
    expect(seen.signal?.aborted).toBe(false);
    await clock.advance(1);
    expect(seen.signal?.aborted).toBe(true);
    const answer = await asked;
    expect([answer.status, await answer.json()]).toEqual([
      504,
      expect.objectContaining({ code: 'TIMEOUT', title: 'Gateway Timeout' }),
    ]);
    expect([answer.headers.get('x-outer'), answer.headers.get('x-late')]).toEqual(['kept', null]);
    expect(clock.pending).toBe(0);
  });

  test('what a handler that heeds nothing answers later goes nowhere', async () => {
    const { ask, clock, seen } = setUp();
    const asked = ask('/deaf');
    await clock.advance(1000);
    seen.late?.();
    await settle();
    const answer = await asked;
    expect([answer.status, await answer.json()]).toEqual([
      504,
      expect.objectContaining({ status: 504 }),
    ]);
  });

  test('leaves answers in time as they are, with the headers of those around and within', async () => {
    const { ask, clock, seen } = setUp();
    const answer = await ask('/fast');
    expect([answer.status, await answer.text()]).toEqual([200, 'fast']);
    const refused = await ask('/refused');
    expect(refused.status).toBe(409);
    for (const { headers } of [answer, refused]) {
      expect([headers.get('x-outer'), headers.get('x-inner')]).toEqual(['kept', 'told']);
    }
    expect(new Set(seen.requestIds.slice(0, 2)).size).toBe(1);
    expect(clock.pending).toBe(0);
    expect((await ask('/nowhere')).status).toBe(404);
  });

  test.each([
    ['250', 250],
    ['5000', 1000],
    ['0', 1],
    ['soon', 1000],
    ['-1', 1000],
    ['1e9', 1000],
  ])('a caller that will wait for %s ms is answered after %i', async (asked, afterMs) => {
    const { ask, clock, seen } = setUp({ header: 'Request-Timeout-Ms' });
    const answer = ask('/slow', { 'request-timeout-ms': asked });
    await clock.advance(afterMs - 1);
    expect(seen.signal?.aborted ?? false).toBe(false);
    await clock.advance(1);
    expect((await answer).status).toBe(504);
  });

  test('the header counts for nothing unless that was said', async () => {
    const { ask, clock, seen } = setUp();
    const answer = ask('/slow', { 'request-timeout-ms': '1' });
    await clock.advance(500);
    expect(seen.signal?.aborted).toBe(false);
    await clock.advance(500);
    expect((await answer).status).toBe(504);
  });

  test.each<[object, string]>([
    [{ timeoutMs: 0 }, '`timeoutMs`'],
    [{ timeoutMs: '1' }, '`timeoutMs`'],
    [{ header: 'a b' }, '`header`'],
    [{ afterMs: 1 }, '`afterMs`'],
  ])('refuses %j', (options, name) => {
    expect(() => timeout(options as never)).toThrow(name);
  });
});
