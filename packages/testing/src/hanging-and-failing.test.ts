/** Middleware that hang and fail, and the four things that the test of a middleware looks at. */
import type { Awaitable, Clock } from '@interpose/kernel';
import { linkSignals } from '@interpose/kernel/abort';
import { describe, expect, test } from 'vitest';
import {
  failingMiddleware,
  fakeClock,
  hangingMiddleware,
  middlewareContract,
  settle,
  stubHandler,
  testMiddleware,
} from './index.ts';

interface Ctx {
  readonly signal?: AbortSignal;
}
type Next = (ctx?: Ctx) => Awaitable<string>;

class TooLateError extends Error {}

/** A small timeout, as the middleware to be tested. */
function timeout(afterMs: number, clock: Clock) {
  return async function timeout(ctx: Ctx, next: Next): Promise<string> {
    const linked = linkSignals(ctx.signal);
    const cancel = clock.setTimer(() => linked.abort(new TooLateError(`${afterMs} ms`)), afterMs);
    try {
      return await next({ ...ctx, signal: linked.signal });
    } finally {
      cancel();
      linked.dispose();
    }
  };
}

describe('P-73 a middleware is tested in success, in failure, at the edges and when time runs out', () => {
  test('P-73 success', async () => {
    const clock = fakeClock();
    const report = await testMiddleware(timeout(50, clock), stubHandler<Ctx, string>('ok'), {});
    expect(report).toMatchObject({ ok: true, result: 'ok', nextCalls: 1 });
    expect(clock.pending).toBe(0);
  });

  test('P-73 failure', async () => {
    const clock = fakeClock();
    const error = new Error('reset');
    const rest: Next = (ctx) => failingMiddleware(error)(ctx as Ctx, () => 'never');
    const report = await testMiddleware(timeout(50, clock), rest, {});
    expect(report.error).toBe(error);
    expect(clock.pending).toBe(0);
  });

  test('P-73 timeout, without waiting', async () => {
    const clock = fakeClock();
    const upstream = stubHandler<Ctx, string>('never');
    const rest: Next = (ctx) => hangingMiddleware()(ctx as Ctx, upstream as Next);
    const run = testMiddleware(timeout(3_600_000, clock), rest, {});
    await clock.advance(3_600_000);
    expect((await run).error).toBeInstanceOf(TooLateError);
    expect(upstream.calls).toHaveLength(0);
  });

  test('P-73 edges: the answer comes in the last moment, and one moment late', async () => {
    const clock = fakeClock();
    const after = (ms: number) => (ctx?: Ctx) =>
      new Promise<string>((resolve, reject) => {
        const cancel = clock.setTimer(() => resolve('just in time'), ms);
        ctx?.signal?.addEventListener('abort', () => (cancel(), reject(ctx.signal?.reason)));
      });
    const inTime = testMiddleware(timeout(50, clock), after(49), {});
    const late = testMiddleware(timeout(50, clock), after(51), {});
    await clock.advance(51);
    expect(await inTime).toMatchObject({ ok: true, result: 'just in time' });
    expect((await late).error).toBeInstanceOf(TooLateError);
    expect(clock.pending).toBe(0);
  });

  describe('P-73 the laws', () => {
    for (const law of middlewareContract(({ clock }) => timeout(50, clock), {
      changesContext: true,
      answer: () => 'ok',
    })) {
      test(law.name, law.check);
    }
  });
});

describe('hangingMiddleware', () => {
  test('hangs before the rest until the signal aborts, and ends with its reason', async () => {
    const stop = new AbortController();
    const upstream = stubHandler<Ctx, string>('never');
    const run = testMiddleware<Ctx, string>(hangingMiddleware(), upstream, { signal: stop.signal });
    let over = false;
    void run.then(() => (over = true));
    await settle();
    expect(over).toBe(false);
    const reason = new Error('enough');
    stop.abort(reason);
    expect(await run).toMatchObject({ ok: false, error: reason, nextCalls: 0 });
  });

  test('ends at once when the signal has aborted before', async () => {
    const signal = AbortSignal.abort('before');
    const report = await testMiddleware<Ctx, string>(hangingMiddleware(), stubHandler('never'), {
      signal,
    });
    expect(report).toMatchObject({ ok: false, error: 'before' });
  });

  test('hangs after the rest', async () => {
    const stop = new AbortController();
    const upstream = stubHandler<Ctx, string>('lost');
    const run = testMiddleware<Ctx, string>(hangingMiddleware({ at: 'after' }), upstream, {
      signal: stop.signal,
    });
    await settle();
    expect(upstream.calls).toHaveLength(1);
    stop.abort('enough');
    expect(await run).toMatchObject({ ok: false, error: 'enough', nextCalls: 1 });
  });

  test('without a signal, or deaf to it, it hangs forever', async () => {
    const stop = new AbortController();
    let over = false;
    const hang = (ctx: Ctx, heedsSignal: boolean): void =>
      void hangingMiddleware({ heedsSignal })(ctx, () => 'never').finally(() => (over = true));
    hang({ signal: stop.signal }, false);
    hang({}, true);
    stop.abort();
    await settle();
    expect(over).toBe(false);
  });
});

describe('failingMiddleware', () => {
  const error = new Error('reset');

  test('throws the very error before the rest', async () => {
    const report = await testMiddleware<Ctx, string>(
      failingMiddleware(error),
      stubHandler('never'),
      {},
    );
    expect([report.error, report.nextCalls]).toEqual([error, 0]);
    expect(report.error).toBe(error);
  });

  test('or after it', async () => {
    const report = await testMiddleware<Ctx, string>(
      failingMiddleware(error, { at: 'after' }),
      stubHandler('lost'),
      {},
    );
    expect(report.error).toBe(error);
    expect(report.nextCalls).toBe(1);
  });

  test('so many times, then it passes', async () => {
    const flaky = failingMiddleware(error, { times: 2 });
    const ends: unknown[] = [];
    for (let run = 0; run < 4; run++) {
      ends.push((await testMiddleware<Ctx, string>(flaky, stubHandler('ok'), {})).result);
    }
    expect(ends).toEqual([undefined, undefined, 'ok', 'ok']);
  });
});

test('both check their options', () => {
  expect(() => hangingMiddleware({ at: 'between' as never })).toThrow(
    "Expected `at` to be 'before' or 'after', got `between` (string).",
  );
  expect(() => failingMiddleware(null, { at: 'between' as never })).toThrow(TypeError);
  expect(() => failingMiddleware(null, { times: 0 })).toThrow(RangeError);
  expect(() => failingMiddleware(null, { time: 2 } as never)).toThrow(/Did you mean .times/);
  expect(() => hangingMiddleware({ heedSignal: true } as never)).toThrow(
    /Did you mean .heedsSignal/,
  );
});
