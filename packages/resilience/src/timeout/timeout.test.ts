/** Tests of timeout. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { pipeline } from '@interpose/kernel';
import { fakeClock, middlewareContract, pending, settle } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { TimeoutError } from '../errors.ts';
import { attemptOf, deadlineOf } from '../scope.ts';
import type { TimeoutOptions } from './time-limit.ts';
import { timeout } from './timeout.ts';

interface Call {
  readonly signal?: AbortSignal;
}

for (const law of middlewareContract(({ clock }) => timeout({ clock }), {
  changesContext: true,
  heedsSignal: true,
  sync: true,
})) {
  test(`timeout ${law.name}`, law.check);
}

/** A timeout round a rest that ends when the test says so. */
function under(options: TimeoutOptions<Call> = {}) {
  const clock = fakeClock();
  const policy = timeout<Call>({ timeoutMs: 100, clock, ...options });
  const events: unknown[] = [];
  policy.on('*', ({ policy: _name, atMs: _at, ...event }) => events.push(event));
  const rest = pending<unknown>();
  let seen: Call | undefined;
  const serve = pipeline<Call, unknown>()
    .use(policy)
    .handle((ctx) => {
      seen = ctx;
      return rest;
    });
  const errorOf = async (ctx: Call = {}): Promise<unknown> => {
    try {
      return await serve(ctx);
    } catch (error) {
      return error;
    }
  };
  return { clock, policy, events, rest, serve, errorOf, seen: () => seen as Required<Call> };
}

describe('timeout', () => {
  test('M-138 ends the call at the very millisecond, and aborts its signal with the same error', async () => {
    const { clock, errorOf, seen, policy, events } = under();
    const failed = errorOf();
    const { signal } = seen();
    await clock.advance(99);
    expect(signal.aborted).toBe(false);
    await clock.advance(1);
    const error = await failed;
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ timeoutMs: 100, elapsedMs: 100, policy: 'timeout' });
    expect(signal.reason).toBe(error);
    expect(clock.pending).toBe(0);
    expect(policy.state()).toEqual({ running: 0, abandoned: 1, timeouts: 1 });
    expect(events).toEqual([{ type: 'timeout', timeoutMs: 100, elapsedMs: 100 }]);
  });

  test('a result of the same moment wins', async () => {
    const { clock, serve, rest } = under();
    clock.setTimer(() => rest.resolve('just in time'), 100);
    const call = serve({});
    await clock.advance(100);
    expect(await call).toBe('just in time');
  });

  test('the late result of abandoned work is observed, reported and counted', async () => {
    const { clock, errorOf, rest, policy, events } = under();
    const failed = errorOf();
    await clock.advance(250);
    await failed;
    rest.reject(new Error('late'));
    await settle();
    expect(policy.state()).toEqual({ running: 0, abandoned: 0, timeouts: 1 });
    expect(events.at(-1)).toEqual({ type: 'abandoned', elapsedMs: 250 });
  });

  test('when the caller gives up first it gets its own reason, and no timeout is reported', async () => {
    const { clock, errorOf, seen, events, policy } = under();
    const caller = new AbortController();
    const failed = errorOf({ signal: caller.signal });
    const { signal } = seen();
    const reason = new Error('enough');
    caller.abort(reason);
    expect(await failed).toBe(reason);
    expect(signal.reason).toBe(reason);
    await clock.advance(1000);
    expect(events).toEqual([]);
    expect(policy.state().timeouts).toBe(0);
  });

  test('a caller that gives up at the very moment, before its call is told, gets its own reason', async () => {
    const { clock, errorOf, policy } = under();
    const caller = new AbortController();
    const reason = new Error('enough');
    policy.on('timeout', () => caller.abort(reason));
    const first = errorOf();
    const second = errorOf({ signal: caller.signal });
    await clock.advance(100);
    expect(await first).toBeInstanceOf(TimeoutError);
    expect(await second).toBe(reason);
    expect(policy.state().timeouts).toBe(1);
  });

  test('a rest that answers at once starts no timer and gives a value', () => {
    const clock = fakeClock();
    let timers = 0;
    const counting = {
      ...clock,
      setTimer: (...args: Parameters<typeof clock.setTimer>) => {
        timers++;
        return clock.setTimer(...args);
      },
    };
    const serve = pipeline<object, number>()
      .use(timeout({ clock: counting }))
      .handle(() => 7);
    expect(serve({})).toBe(7);
    expect(timers).toBe(0);
  });

  test('a time that is asked for each call may say that there is none', async () => {
    const clock = fakeClock();
    const serve = pipeline<{ ms: number } & Call, AbortSignal | undefined>()
      .use(timeout({ clock, timeoutMs: (ctx: { ms: number }) => ctx.ms }))
      .handle(({ signal }) => Promise.resolve(signal));
    for (const ms of [0, -1, Infinity, Number.NaN]) expect(await serve({ ms })).toBeUndefined();
    expect(await serve({ ms: 5 })).toBeInstanceOf(AbortSignal);
  });

  test('a time that throws is the error of the call', () => {
    const serve = pipeline<object, number>()
      .use(
        timeout({
          timeoutMs: () => {
            throw new Error('no idea');
          },
        }),
      )
      .handle(() => 7);
    expect(() => serve({})).toThrow('no idea');
  });

  test('of two timeouts the one whose time is up reports it', async () => {
    const clock = fakeClock();
    const outer = timeout({ clock, timeoutMs: 100, name: 'total' });
    const inner = timeout({ clock, timeoutMs: 50, name: 'attempt' });
    const serve = pipeline<object, never>()
      .use(outer)
      .use(inner)
      .handle(() => pending<never>());
    const failed = Promise.resolve(serve({})).catch((error: unknown) => error);
    await clock.advance(60);
    expect(await failed).toMatchObject({ policy: 'attempt', timeoutMs: 50 });
    expect([outer.state().timeouts, inner.state().timeouts]).toEqual([0, 1]);
    expect(clock.pending).toBe(0);
  });

  test('the outer of two timeouts ends the signal of the inner one with its own error', async () => {
    const clock = fakeClock();
    let signal: AbortSignal | undefined;
    const serve = pipeline<Call, never>()
      .use(timeout({ clock, timeoutMs: 50, name: 'total' }))
      .use(timeout({ clock, timeoutMs: 100, name: 'attempt' }))
      .handle((ctx) => {
        signal = ctx.signal;
        return pending<never>();
      });
    const failed = Promise.resolve(serve({})).catch((error: unknown) => error);
    await clock.advance(50);
    const error = await failed;
    expect(error).toMatchObject({ policy: 'total' });
    expect(signal?.reason).toBe(error);
    expect(clock.pending).toBe(0);
  });

  test('within the grace a rest that heeds its signal is waited for, and its value still counts', async () => {
    const heeding = under({ graceMs: 50 });
    const failed = heeding.errorOf();
    heeding.seen().signal.addEventListener('abort', () => {
      heeding.clock.setTimer(() => heeding.rest.reject(new Error('tidied up')), 20);
    });
    await heeding.clock.advance(120);
    expect(await failed).toBeInstanceOf(TimeoutError);
    expect(heeding.policy.state()).toMatchObject({ running: 0, abandoned: 0 });

    const finishing = under({ graceMs: 50 });
    const call = finishing.serve({});
    finishing.clock.setTimer(() => finishing.rest.resolve('done'), 120);
    await finishing.clock.advance(120);
    expect(await call).toBe('done');

    const deaf = under({ graceMs: 50 });
    const left = deaf.errorOf();
    await deaf.clock.advance(149);
    expect(deaf.policy.state()).toMatchObject({ running: 1, abandoned: 0 });
    await deaf.clock.advance(1);
    expect(await left).toMatchObject({ timeoutMs: 100, elapsedMs: 100 });
  });

  test('with endless grace it is left to the rest', async () => {
    const { clock, serve, rest, seen } = under({ graceMs: Infinity });
    const call = serve({});
    const { signal } = seen();
    await clock.advance(100_000);
    expect(signal.aborted).toBe(true);
    rest.resolve('at last');
    expect(await call).toBe('at last');
  });

  test('a stream has until its end, and is told by its signal', async () => {
    const { clock, serve, rest, seen, policy } = under();
    const call = serve({});
    const { signal } = seen();
    await clock.advance(40);
    rest.resolve(
      (async function* numbers() {
        yield await Promise.resolve(1);
      })(),
    );
    await call;
    expect(policy.state().running).toBe(1);
    await clock.advance(59);
    expect(signal.aborted).toBe(false);
    await clock.advance(1);
    expect(signal.reason).toBeInstanceOf(TimeoutError);
    expect(policy.state()).toEqual({ running: 0, abandoned: 0, timeouts: 1 });
  });

  test('a stream that ends in time leaves nothing behind; until-first does not wait for it', async () => {
    const numbers = async function* numbers(): AsyncGenerator<number> {
      yield await Promise.resolve(1);
    };
    const { clock, serve, rest, policy } = under();
    const call = serve({});
    rest.resolve(numbers());
    for await (const _one of (await call) as AsyncIterable<number>);
    expect([clock.pending, policy.state().running]).toEqual([0, 0]);

    const first = under({ stream: 'until-first' });
    const answered = first.serve({});
    first.rest.resolve(numbers());
    await answered;
    expect([first.clock.pending, first.policy.state().running]).toEqual([0, 0]);
  });

  test('a deadline is there for those further in, and is the nearest of all', () => {
    const clock = fakeClock({ startMs: 1000 });
    const serve = pipeline<object, number[]>()
      .use(timeout({ clock, timeoutMs: 50 }))
      .use(timeout({ clock, timeoutMs: 500 }))
      .handle((ctx) => [deadlineOf(ctx), attemptOf(ctx)]);
    expect(serve({})).toEqual([1050, 1]);
    expect(deadlineOf({})).toBe(Infinity);
  });

  test('listeners run in the async context of the call', async () => {
    const storage = new AsyncLocalStorage<string>();
    const { clock, policy, errorOf } = under();
    const heard: unknown[] = [];
    policy.on('timeout', () => heard.push(storage.getStore()));
    const calls = [storage.run('one', () => errorOf()), storage.run('two', () => errorOf())];
    await clock.advance(100);
    await Promise.all(calls);
    expect(heard).toEqual(['one', 'two']);
  });

  test('a listener that throws changes nothing, and is reported', async () => {
    const failures: unknown[] = [];
    const { clock, policy, errorOf } = under({ onListenerError: (error) => failures.push(error) });
    const fault = new Error('listener');
    policy.on('timeout', () => {
      throw fault;
    });
    const failed = errorOf();
    await clock.advance(100);
    expect(await failed).toBeInstanceOf(TimeoutError);
    expect(failures).toEqual([fault]);
  });

  test('reconfigure counts for new calls only, and changes nothing if it is wrong', async () => {
    const { clock, policy, errorOf } = under();
    const first = errorOf();
    expect(() => policy.reconfigure({ timeoutMs: -1 })).toThrow(RangeError);
    expect(policy.describe().options['timeoutMs']).toBe(100);
    policy.reconfigure({ timeoutMs: 10 });
    const second = errorOf();
    await clock.advance(10);
    expect(await second).toMatchObject({ timeoutMs: 10 });
    await clock.advance(90);
    expect(await first).toMatchObject({ timeoutMs: 100 });
    expect(() => policy.reconfigure({ clock } as object)).toThrow(
      '`clock` of "timeout" cannot change; make a new one.',
    );
  });

  test('reset forgets what was counted', async () => {
    const { clock, policy, errorOf } = under();
    const failed = errorOf();
    await clock.advance(100);
    await failed;
    policy.reset();
    expect(policy.state().timeouts).toBe(0);
  });

  test('once disposed of it refuses', async () => {
    const { policy, errorOf } = under();
    policy[Symbol.dispose]();
    policy[Symbol.dispose]();
    expect(await errorOf()).toMatchObject({ code: 'DISPOSED', policy: 'timeout' });
  });

  test('options that are wrong are refused in a sentence', () => {
    expect(() => timeout({ timeoutMs: 0 })).toThrow(
      'Expected `timeoutMs` to be a number of milliseconds above 0, got `0` (number).',
    );
    expect(() => timeout({ timeoutMs: '5' as never })).toThrow(TypeError);
    expect(() => timeout({ graceMs: -1 })).toThrow(RangeError);
    expect(() => timeout({ stream: 'never' as never })).toThrow("'until-end' or 'until-first'");
    expect(() => timeout({ timeout: 5 } as never)).toThrow('Did you mean "timeoutMs"?');
    expect(() => timeout({ name: '' })).toThrow('Expected `name` to be a name');
    expect(() => timeout().on('timeuot' as never, () => {})).toThrow('Did you mean "timeout"?');
  });

  test('a hundred thousand calls leave no timer that holds the process, and nothing running', async () => {
    const policy = timeout({ timeoutMs: 60_000 });
    const serve = pipeline<object, number>()
      .use(policy)
      .handle(() => Promise.resolve(1));
    for (let round = 0; round < 1000; round++) {
      await Promise.all(Array.from({ length: 100 }, () => serve({})));
    }
    const held = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout');
    await serve({});
    expect(process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout')).toEqual(held);
    expect(policy.state()).toEqual({ running: 0, abandoned: 0, timeouts: 0 });
  });
});
