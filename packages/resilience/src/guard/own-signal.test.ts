/** Tests of own signals: each middleware finds its own on the one context, and others find what was there before. */
import { type AnyMiddleware, pipeline, type Runner } from '@interpose/kernel';
import { fakeClock, pending, settle } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { attemptOf } from '../scope.ts';
import { bulkhead } from '../bulkhead/bulkhead.ts';
import { timeout } from '../timeout/timeout.ts';
import { guard } from './guard.ts';

interface Call {
  signal?: AbortSignal | undefined;
  user?: string;
}

function under(
  layers: Readonly<Record<string, AnyMiddleware>>,
  handler: (ctx: Call) => unknown = () => 'answer',
) {
  const clock = fakeClock();
  const serve = Object.entries(layers)
    .reduce((all, [name, middleware]) => all.use(middleware, { name }), pipeline<Call, unknown>())
    .handle(handler) as Runner<Call, unknown>;
  const invoker = guard(serve, { clock, timeoutMs: 100 });
  const call = async (ctx: Call = {}): Promise<unknown> => {
    try {
      return await serve(ctx);
    } catch (error) {
      return error;
    }
  };
  return { clock, call, serve, invoker };
}

/** Notes the signal that it sees and hangs before the rest, or after it. */
const noting =
  (seen: (AbortSignal | undefined)[], at?: 'before' | 'after'): AnyMiddleware =>
  async (ctx: Call, next: (ctx: Call) => unknown) => {
    seen.push(ctx.signal);
    if (at === 'before') await pending();
    const result = await next(ctx);
    seen.push(ctx.signal);
    if (at === 'after') await pending();
    return result;
  };

describe('a signal of its own', () => {
  test('is aborted with the timeout for the one that was timed out, and for no other', async () => {
    const outer: AbortSignal[] = [];
    const slow: AbortSignal[] = [];
    const { clock, call } = under({ outer: noting(outer), slow: noting(slow, 'after') });
    const failed = call();
    await clock.advance(100);
    const error = await failed;
    expect(slow[0]).toBe(slow[1]);
    expect(slow[0]?.reason).toBe(error);
    expect(outer[0]?.aborted).toBe(false);
    expect(outer[0]).not.toBe(slow[0]);
  });

  test('follows that of the caller, and leaves no listener there', async () => {
    const seen: AbortSignal[] = [];
    const caller = new AbortController();
    const { call } = under({ layer: noting(seen) });
    let listeners = 0;
    const { signal } = caller;
    const [add, remove] = [
      signal.addEventListener.bind(signal),
      signal.removeEventListener.bind(signal),
    ];
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners++;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners--;
      remove(...args);
    };
    await call({ signal });
    expect(listeners).toBe(0);
    const held = pending<string>();
    const again = under({
      layer: async (ctx: Call) => {
        seen.push(ctx.signal as AbortSignal);
        return held;
      },
    });
    const answer = again.call({ signal });
    caller.abort(new Error('gone'));
    expect(seen.at(-1)?.reason).toBe(signal.reason);
    held.resolve('done');
    expect(await answer).toBe('done');
  });

  test('is there on the very context that the caller gave, which all share as without a guard', async () => {
    const ctx: Call = {};
    let seen: unknown;
    const { call } = under({
      outer: async (given: Call, next: (ctx: Call) => unknown) => {
        const result = await next(given);
        seen = [given === ctx, given.user];
        return result;
      },
      looking: noting([]),
      writing: (given: Call, next: (ctx: Call) => unknown) => {
        given.user = 'ada';
        return next(given);
      },
    });
    await call(ctx);
    expect(seen).toEqual([true, 'ada']);
    expect(Object.keys(ctx)).toEqual(['user']);
    expect(ctx.signal).toBeUndefined();
  });

  test('what the handler finds, and what is there afterwards, is the signal of the caller', async () => {
    const { signal } = new AbortController();
    let handled: unknown;
    const { call } = under({ layer: noting([]) }, (ctx) => {
      handled = ctx.signal;
      return 1;
    });
    const ctx: Call = { signal };
    await call(ctx);
    expect(handled).toBe(signal);
    expect(ctx.signal).toBe(signal);
    expect(Object.keys(ctx)).toEqual(['signal']);
  });

  test('another that a middleware puts on the context is followed from then on', async () => {
    const seen: AbortSignal[] = [];
    const own = new AbortController();
    const { call } = under({
      first: noting([]),
      setting: (ctx: Call, next: (ctx: Call) => unknown) => {
        ctx.signal = own.signal;
        return next(ctx);
      },
      inner: async (ctx: Call) => {
        seen.push(ctx.signal as AbortSignal);
        own.abort('enough');
        return 1;
      },
    });
    await call();
    expect(seen[0]?.reason).toBe('enough');
  });

  test('a context that is handed on anew has one, too', async () => {
    const seen: AbortSignal[] = [];
    const { signal } = new AbortController();
    const { clock, call } = under({
      first: noting([]),
      adding: (ctx: Call, next: (ctx: Call) => unknown) => next({ ...ctx, user: 'ada' }),
      slow: noting(seen, 'before'),
    });
    const failed = call({ signal });
    await clock.advance(100);
    expect(seen[0]?.reason).toBe(await failed);
  });

  test('of a class instance with a signal of its own kind', async () => {
    class Request {
      readonly #controller = new AbortController();
      get signal(): AbortSignal {
        return this.#controller.signal;
      }
      end(): void {
        this.#controller.abort('left');
      }
    }
    const seen: AbortSignal[] = [];
    const held = pending<string>();
    const { call } = under({
      layer: async (ctx: Call) => {
        seen.push(ctx.signal as AbortSignal);
        return held;
      },
    });
    const request = new Request();
    const answer = call(request as Call);
    request.end();
    expect(seen[0]?.reason).toBe('left');
    held.resolve('done');
    await answer;
    expect(request.signal.reason).toBe('left');
  });

  test.each([
    ['frozen', () => Object.freeze({})],
    ['no object', () => 'text'],
    ['with a signal that stays', () => Object.defineProperty({}, 'signal', { value: undefined })],
  ])('a context that is %s is left as it is', async (_, make) => {
    const seen: (AbortSignal | undefined)[] = [];
    const { call } = under({ layer: noting(seen) });
    expect(await call(make() as Call)).toBe('answer');
    expect(seen).toEqual([undefined, undefined]);
  });

  test('a context that two calls share has none of either', async () => {
    const seen: (AbortSignal | undefined)[] = [];
    const held = pending<string>();
    const ctx: Call = {};
    const { call } = under({
      layer: async (given: Call) => {
        await settle();
        seen.push(given.signal);
        return held;
      },
    });
    const both = [call(ctx), call(ctx)];
    held.resolve('done');
    await Promise.all(both);
    expect(seen).toEqual([undefined, undefined]);
    await call({});
    expect(seen[2]).toBeInstanceOf(AbortSignal);
  });

  test('policies in the row know of the caller and of each other as without a guard', async () => {
    const held = pending<string>();
    const attempts: number[] = [];
    const { clock, call, invoker } = under(
      {
        looking: noting([]),
        limit: timeout({ timeoutMs: 1e6 }) as AnyMiddleware,
        queue: bulkhead({ maxConcurrent: 1, maxQueue: 10 }) as AnyMiddleware,
      },
      (ctx) => {
        attempts.push(attemptOf(ctx));
        return held;
      },
    );
    const first = call();
    const caller = new AbortController();
    const second = call({ signal: caller.signal });
    const third = call();
    caller.abort(new Error('gone'));
    expect(await second).toBe(caller.signal.reason);
    // The third one waits in the queue, which is its own time.
    await clock.advance(100);
    expect(await third).toMatchObject({ code: 'MIDDLEWARE_TIMEOUT', middleware: 'queue' });
    held.resolve('done');
    expect(await first).toBe('done');
    expect(attempts).toEqual([1]);
    expect(invoker.metrics.getMetrics('queue')).toMatchObject({
      successes: 1,
      failures: 1,
      ignored: 1,
      timedOut: 1,
    });
    // It has left the queue, and did not go on.
    await settle();
    expect(await call()).toBe('done');
    expect(attempts).toHaveLength(2);
  });
});
