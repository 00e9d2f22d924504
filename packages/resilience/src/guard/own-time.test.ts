/** Tests of own time: when the clock of a middleware runs, when it stops, and what becomes of one that is timed out. */
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type AnyMiddleware,
  createMiddleware,
  pipeline,
  type Runner,
  repeats,
} from '@interpose/kernel';
import { observe } from '@interpose/kernel/observe';
import { fakeClock, hangingMiddleware, pending, settle } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { guard } from './guard.ts';
import type { GuardOptions } from './guard-options.ts';
import { MiddlewareTimeoutError } from './guard-errors.ts';

interface Call {
  signal?: AbortSignal;
  log?: string[];
}

type Serve = Runner<Call, unknown>;

/** A guarded pipeline of named middleware round a handler, with a clock that is moved by hand. */
function under(
  layers: Readonly<Record<string, AnyMiddleware>>,
  handler: (ctx: Call) => unknown = () => 'answer',
  options: GuardOptions = {},
) {
  const clock = fakeClock();
  const built = Object.entries(layers).reduce(
    (all, [name, middleware]) => all.use(middleware, { name }),
    pipeline<Call, unknown>(),
  );
  const serve = built.handle(handler) as Serve;
  const invoker = guard(serve, { timeoutMs: 100, clock, ...options });
  const events: unknown[] = [];
  invoker.on('*', ({ policy: _policy, atMs: _at, ...event }) => events.push(event));
  const call = async (ctx: Call = {}): Promise<unknown> => {
    try {
      return await serve(ctx);
    } catch (error) {
      return error;
    }
  };
  const figures = (name: string) => invoker.metrics.getMetrics(name);
  const wait = (ms: number): Promise<void> =>
    new Promise((resolve) => void clock.setTimer(resolve, ms));
  return { clock, serve, call, invoker, events, figures, wait, metrics: invoker.metrics };
}

const pass: AnyMiddleware = (ctx, next) => next(ctx);
const awaiting: AnyMiddleware = async (ctx, next) => {
  const result: unknown = await next(ctx);
  return result;
};

describe('own time', () => {
  test('P-13 P-42 a slow handler times out none of the layers outside it', async () => {
    const { clock, call, figures, wait } = under(
      { pass, awaiting, hooks: createMiddleware({ before() {}, after() {} }) },
      async () => {
        await wait(10_000);
        return 'late but fine';
      },
    );
    const answer = call();
    await clock.advance(10_000);
    expect(await answer).toBe('late but fine');
    for (const name of ['pass', 'awaiting', 'hooks']) {
      expect(figures(name)).toMatchObject({
        executions: 1,
        successes: 1,
        timedOut: 0,
        ownMs: { max: 0 },
        totalMs: { max: 10_000 },
      });
    }
    expect(clock.pending).toBe(0);
  });

  test('P-10 P-14 a slow layer is timed out alone, at the very millisecond, and says so by name', async () => {
    const { clock, call, figures, events } = under({
      outer: awaiting,
      slow: () => pending(),
      inner: pass,
    });
    let error: unknown;
    const failed = call().then((given) => void (error = given));
    await clock.advance(99);
    expect(error).toBeUndefined();
    await clock.advance(1);
    await failed;
    expect(error).toBeInstanceOf(MiddlewareTimeoutError);
    expect(error).toMatchObject({
      code: 'MIDDLEWARE_TIMEOUT',
      middleware: 'slow',
      limitMs: 100,
      elapsedMs: 100,
    });
    expect(figures('slow')).toMatchObject({
      timedOut: 1,
      failures: 1,
      errors: { MiddlewareTimeoutError: 1 },
    });
    expect(figures('outer')).toMatchObject({ timedOut: 0, failures: 0, successes: 1 });
    expect(figures('inner')).toMatchObject({ executions: 0 });
    expect(events).toEqual([
      { type: 'timedOut', middleware: 'slow', limitMs: 100, elapsedMs: 100 },
    ]);
    expect(clock.pending).toBe(0);
  });

  test('P-13 the clock stands while the rest runs, and goes on with what is left', async () => {
    const { clock, call, figures, wait } = under(
      {
        async layer(ctx, next) {
          await wait(60);
          const result: unknown = await next(ctx);
          await wait(60);
          return result;
        },
      },
      () => wait(1000),
    );
    const failed = call();
    await clock.advance(1060 + 39);
    expect(figures('layer').executions).toBe(0);
    await clock.advance(1);
    expect(await failed).toMatchObject({ middleware: 'layer', elapsedMs: 100 });
    expect(figures('layer')).toMatchObject({ ownMs: { total: 100 }, totalMs: { total: 1100 } });
    await clock.advance(20);
  });

  test('one that was timed out before it called next cannot run the rest any more', async () => {
    const seen: unknown[] = [];
    const { clock, call, wait, figures, events } = under(
      {
        async late(ctx, next) {
          await wait(150);
          try {
            return await next(ctx);
          } catch (error) {
            seen.push(error);
            throw error;
          }
        },
      },
      () => seen.push('handled'),
    );
    const failed = call();
    await clock.advance(150);
    const error = await failed;
    expect(error).toBeInstanceOf(MiddlewareTimeoutError);
    expect(seen).toEqual([error]);
    expect(figures('late')).toMatchObject({ failures: 1, executions: 1, late: 1 });
    expect(events.at(-1)).toEqual({ type: 'late', middleware: 'late', elapsedMs: 150 });
  });

  test('P-70 the late result is discarded, the signal was aborted, and finally has run', async () => {
    const steps: unknown[] = [];
    const { clock, call, figures } = under({
      async holder({ signal }: Required<Call>) {
        steps.push('opened');
        try {
          await new Promise((_, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
          });
        } finally {
          steps.push('closed');
        }
      },
    });
    const failed = call();
    await clock.advance(100);
    expect(await failed).toMatchObject({ middleware: 'holder' });
    await settle();
    expect(steps).toEqual(['opened', 'closed']);
    expect(figures('holder')).toMatchObject({ executions: 1, failures: 1, late: 1 });
  });

  test('P-70 finally has run also where the signal is not heeded', async () => {
    let closed = false;
    const work = pending<void>();
    const { clock, call } = under({
      async deaf() {
        try {
          await work;
          return 'too late';
        } finally {
          closed = true;
        }
      },
    });
    const failed = call();
    await clock.advance(100);
    expect(await failed).toBeInstanceOf(MiddlewareTimeoutError);
    expect(closed).toBe(false);
    work.resolve();
    await settle();
    expect(closed).toBe(true);
  });

  test('P-15 what blocks the thread cannot be stopped: it is found out afterwards and reported', async () => {
    const { clock, call, figures, events } = under({
      blocking(ctx, next) {
        jump(250);
        return next(ctx) as unknown;
      },
    });
    const jump = (ms: number): void => clock.advanceSync(ms);
    expect(await call()).toBe('answer');
    expect(figures('blocking')).toMatchObject({
      successes: 1,
      timedOut: 0,
      blocked: 1,
      ownMs: { max: 250 },
    });
    expect(events).toEqual([{ type: 'blocked', middleware: 'blocking', limitMs: 100, ownMs: 250 }]);
  });

  test('P-13 inclusive: the time in the rest counts, too, and what is within is told to end', async () => {
    let signal: AbortSignal | undefined;
    const { clock, call, figures } = under(
      { outer: awaiting, inner: awaiting },
      (ctx) => {
        ({ signal } = ctx);
        return pending();
      },
      { inclusive: true, middlewareTimeouts: { inner: 0.2 } },
    );
    const failed = call();
    await clock.advance(100);
    const error = await failed;
    expect(error).toMatchObject({ middleware: 'outer', elapsedMs: 100 });
    expect(signal?.reason).toBe(error);
    expect(figures('inner')).toMatchObject({ executions: 0, timedOut: 0 });
    expect(figures('outer')).toMatchObject({ timedOut: 1, ownMs: { total: 0 } });
    await clock.advance(1000);
    expect(clock.pending).toBe(0);
  });

  test('no limit is no limit', async () => {
    const { clock, call, wait, figures } = under(
      {
        async slow(ctx, next) {
          await wait(1e6);
          return next(ctx);
        },
      },
      undefined,
      { timeoutMs: 0 },
    );
    const answer = call();
    await clock.advance(1e6);
    expect(await answer).toBe('answer');
    expect(figures('slow')).toMatchObject({ timedOut: 0, blocked: 0, ownMs: { max: 1e6 } });
  });

  test('one with a shorter limit is ended in its time though another armed the timer first', async () => {
    const { clock, call, wait } = under(
      {
        async outer(ctx, next) {
          await wait(50);
          return next(ctx) as unknown;
        },
        quick: () => pending(),
      },
      undefined,
      { middlewareTimeouts: { quick: 0.01 } },
    );
    const failed = call();
    await clock.advance(60);
    expect(await failed).toMatchObject({ middleware: 'quick', limitMs: 10, elapsedMs: 10 });
  });

  test('of many calls each is ended in its own time, by one timer', async () => {
    const { clock, call, figures } = under({ slow: () => pending() });
    const calls: Promise<unknown>[] = [];
    for (let index = 0; index < 5; index++) {
      calls.push(call());
      await clock.advance(10);
    }
    expect(clock.pending).toBe(1);
    await clock.advance(50);
    expect(figures('slow').timedOut).toBe(1);
    await clock.advance(40);
    expect(figures('slow').timedOut).toBe(5);
    for (const error of await Promise.all(calls)) expect(error).toMatchObject({ elapsedMs: 100 });
    expect(clock.pending).toBe(0);
  });

  test('a layer that is timed out inside a retry is run again, each run with the whole time', async () => {
    let runs = 0;
    const twice = repeats<Call, unknown>(async (_ctx, next) => {
      try {
        return await next();
      } catch {
        return next();
      }
    });
    const { clock, call, figures } = under({
      twice: twice as AnyMiddleware,
      flaky: (ctx, next) => (++runs === 1 ? pending() : next(ctx)),
    });
    const answer = call();
    await clock.advance(100);
    expect(await answer).toBe('answer');
    expect(figures('flaky')).toMatchObject({ executions: 2, timedOut: 1, successes: 1 });
    expect(figures('twice')).toMatchObject({
      executions: 1,
      successes: 1,
      ownMs: { total: 0 },
      totalMs: { total: 100 },
    });
  });

  test('runs side by side are watched each by itself', async () => {
    const both = repeats<Call, unknown>(async (_ctx, next) =>
      Promise.allSettled([next.fork({ ctx: { log: ['a'] } }), next.fork({ ctx: { log: ['b'] } })]),
    );
    const { clock, call, figures, wait } = under({
      both: both as AnyMiddleware,
      async uneven({ log }: Call) {
        await wait(log?.[0] === 'a' ? 50 : 500);
        return 'done';
      },
    });
    const answer = call();
    await clock.advance(100);
    expect(await answer).toMatchObject([
      { status: 'fulfilled', value: 'done' },
      { status: 'rejected', reason: { middleware: 'uneven' } },
    ]);
    expect(figures('uneven')).toMatchObject({ successes: 1, failures: 1 });
    expect(figures('both')).toMatchObject({ ownMs: { total: 0 }, totalMs: { total: 100 } });
    await clock.advance(1000);
    expect(clock.pending).toBe(0);
  });

  test('listeners hear of it in the async context of the call', async () => {
    const storage = new AsyncLocalStorage<string>();
    const { clock, call, invoker } = under({ slow: hangingMiddleware() as AnyMiddleware });
    const heard: unknown[] = [];
    invoker.on('timedOut', () => heard.push(storage.getStore()));
    const calls = [storage.run('one', () => call()), storage.run('two', () => call())];
    await clock.advance(100);
    await Promise.all(calls);
    expect(new Set(heard)).toEqual(new Set(['one', 'two']));
  });

  test('the rest goes on in the async context of the call', async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const { clock, call } = under({
      async recover(ctx, next) {
        try {
          return (await next(ctx)) as unknown;
        } catch {
          return seen.push(storage.getStore());
        }
      },
      slow: () => pending(),
    });
    const calls = [storage.run('one', () => call()), storage.run('two', () => call())];
    await clock.advance(100);
    await Promise.all(calls);
    expect(new Set(seen)).toEqual(new Set(['one', 'two']));
  });

  test('what is synchronous stays so, and sets no timer', () => {
    const { serve, clock, figures } = under({
      pass,
      hooks: createMiddleware({ before() {}, after() {} }),
      working(ctx, next) {
        clock.advanceSync(7);
        const result: unknown = next(ctx);
        clock.advanceSync(5);
        return result;
      },
    });
    expect(serve({})).toBe('answer');
    expect(clock.nextInMs).toBeUndefined();
    expect(figures('working')).toMatchObject({ ownMs: { total: 12 }, totalMs: { total: 12 } });
    expect(figures('pass')).toMatchObject({ ownMs: { total: 0 }, totalMs: { total: 12 } });
  });

  test('observed, the layers keep their guards', async () => {
    const { clock, call, serve, figures } = under({ outer: awaiting, slow: () => pending() });
    const left: string[] = [];
    const stop = observe(
      serve as Runner<never, unknown>,
      { leave: ({ middleware }) => void left.push(middleware) },
      { clock },
    );
    const failed = call();
    await clock.advance(100);
    expect(await failed).toMatchObject({ middleware: 'slow' });
    await settle();
    expect(left).toEqual(['slow', 'outer']);
    expect(figures('outer')).toMatchObject({ failures: 0, successes: 1, ownMs: { total: 0 } });
    stop();
    const again = call();
    await clock.advance(100);
    expect(await again).toMatchObject({ middleware: 'slow' });
    expect(left).toHaveLength(2);
  });
});
