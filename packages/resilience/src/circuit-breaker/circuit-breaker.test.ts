/** Tests of circuitBreaker. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { type CallContext, pipeline, wrap } from '@interpose/kernel';
import { fakeClock, middlewareContract, pending, type Pending, settle } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { BulkheadFullError, CircuitIsolatedError, CircuitOpenError } from '../errors.ts';
import { type Receiver, type Stage, STAGE } from '../stage.ts';
import { timeout } from '../timeout/timeout.ts';
import type { CircuitBreakerOptions } from './breaker-options.ts';
import { breakerPresets } from './breaker-presets.ts';
import { type CircuitBreaker, circuitBreaker } from './circuit-breaker.ts';

interface Call {
  readonly signal?: AbortSignal;
}

for (const law of middlewareContract(({ clock }) => circuitBreaker({ clock }), {
  heedsSignal: true,
  sync: true,
})) {
  test(`circuitBreaker ${law.name}`, law.check);
}

const DOWN = new Error('down');

/** A breaker round a rest that ends when, and as, the test says. */
function under(options: CircuitBreakerOptions<Call> = {}) {
  const clock = fakeClock();
  const breaker = circuitBreaker<Call>({ clock, ...options });
  const events: Record<string, unknown>[] = [];
  breaker.on('*', ({ policy: _name, atMs: _at, ...event }) => events.push(event));
  const running: Pending<unknown>[] = [];
  const serve = pipeline<Call, unknown>()
    .use(breaker)
    .handle(() => {
      const run = pending<unknown>();
      running.push(run);
      return run;
    });
  /** Begins a call; gives what comes of it, be it value or error. */
  const begin = async (ctx: Call = {}): Promise<unknown> => {
    try {
      return await serve(ctx);
    } catch (error) {
      return error;
    }
  };
  /** The call that has run for longest, and is now to end. */
  const next = (): Pending<unknown> => {
    const run = running.shift();
    if (!run) throw new Error('Nothing runs: the call was refused.');
    return run;
  };
  const succeed = async (value: unknown = 'ok'): Promise<unknown> => {
    const call = begin();
    next().resolve(value);
    return call;
  };
  const fail = async (times = 1, error: unknown = DOWN): Promise<unknown> => {
    let told: unknown;
    for (let time = 0; time < times; time++) {
      const call = begin();
      next().reject(error);
      told = await call;
    }
    return told;
  };
  const named = (type: string) => events.filter((event) => event['type'] === type);
  return { clock, breaker, events, named, running, begin, next, succeed, fail };
}

const IN_A_ROW: CircuitBreakerOptions<Call> = { trip: { kind: 'consecutive', failures: 3 } };

describe('circuitBreaker, closed', () => {
  test('M-61 starts closed, with nothing counted and no failure ever', () => {
    expect(circuitBreaker().state()).toEqual({
      state: 'closed',
      generation: 1,
      calls: 0,
      failures: 0,
      slow: 0,
      onTrial: 0,
      openings: 0,
      openedAtMs: undefined,
      openUntilMs: undefined,
      lastFailureAtMs: undefined,
      admitted: 0,
      succeeded: 0,
      failed: 0,
      ignored: 0,
      stale: 0,
      rejected: 0,
      running: 0,
    });
  });

  test('M-62 passes calls through, counts failures, opens at the threshold and hands on every error', async () => {
    const { breaker, succeed, fail, named } = under(IN_A_ROW);
    expect(await succeed('value')).toBe('value');
    expect(await fail(2)).toBe(DOWN);
    expect(breaker.state()).toMatchObject({ state: 'closed', failures: 2 });
    expect(await fail()).toBe(DOWN);
    expect(breaker.state()).toMatchObject({ state: 'open', failed: 3, succeeded: 1 });
    expect(named('opened')).toEqual([
      {
        type: 'opened',
        reason: 'failures',
        ratio: 1,
        calls: 3,
        failures: 3,
        slow: 0,
        openMs: 5000,
        generation: 2,
      },
    ]);
  });

  test('M-62 one success, and counting failures in a row begins anew', async () => {
    const { breaker, succeed, fail } = under(IN_A_ROW);
    for (let round = 0; round < 10; round++) {
      await fail(2);
      await succeed();
    }
    expect(breaker.state()).toMatchObject({ state: 'closed', failures: 0, failed: 20 });
  });

  test('by default half of at least 20 calls of 30 s must fail', async () => {
    const { breaker, succeed, fail } = under();
    for (let call = 0; call < 10; call++) await succeed();
    await fail(9);
    expect(breaker.state()).toMatchObject({ state: 'closed', calls: 19, failures: 9 });
    await fail();
    expect(breaker.state().state).toBe('open');
    expect(breaker.describe().options).toMatchObject({
      trip: { kind: 'ratio', failureRatio: 0.5, minimumCalls: 20, windowMs: 30_000, buckets: 10 },
      slowCallMs: undefined,
      slowRatio: 1,
      openMs: 5000,
      openFactor: 2,
      maxOpenMs: 60_000,
      halfOpen: { permits: 1, successes: 1 },
      maxHalfOpenMs: 30_000,
    });
  });

  test('does not open on one failure of one call', async () => {
    const { breaker, fail } = under();
    await fail();
    expect(breaker.state().state).toBe('closed');
  });

  test('undefined is a result like any other', async () => {
    const { breaker, begin, next } = under(IN_A_ROW);
    const call = begin();
    next().resolve(undefined);
    expect(await call).toBeUndefined();
    expect(breaker.state()).toMatchObject({ succeeded: 1, failed: 0 });
  });

  test('failures of long ago do not count, however long nobody called', async () => {
    const { breaker, clock, fail } = under();
    await fail(19);
    clock.advanceSync(3_600_000);
    await fail();
    expect(breaker.state()).toMatchObject({ state: 'closed', calls: 1, failures: 1 });
  });

  test('a breaker that counts failures in a row never asks for the time while calls succeed', async () => {
    const clock = fakeClock();
    let asked = 0;
    const counting = { ...clock, now: () => (asked++, clock.now()) };
    const breaker = circuitBreaker({ clock: counting, trip: { kind: 'consecutive' } });
    const serve = pipeline<object, number>()
      .use(breaker)
      .handle(() => 1);
    asked = 0;
    for (let call = 0; call < 10; call++) expect(serve({})).toBe(1);
    expect(asked).toBe(0);
  });
});

describe('circuitBreaker, open', () => {
  test('M-63 refuses at once with an error that says until when and why; the rest is not run', async () => {
    const { breaker, clock, begin, fail, running, named } = under(IN_A_ROW);
    await fail(3);
    clock.advanceSync(2000);
    const error = await begin();
    expect(error).toBeInstanceOf(CircuitOpenError);
    expect((error as Error).message).toContain('Circuit breaker is open');
    expect(error).toMatchObject({ state: 'open', retryAfterMs: 3000, cause: DOWN });
    expect(running).toEqual([]);
    expect(named('rejected')).toEqual([{ type: 'rejected', state: 'open', retryAfterMs: 3000 }]);
    expect(breaker.state()).toMatchObject({ rejected: 1, admitted: 3 });
  });

  test('M-64 lets the first call through once its time is up, by a clock that is an option', async () => {
    const { breaker, clock, begin, fail, next } = under({ ...IN_A_ROW, openMs: 60_000 });
    clock.advanceSync(1000);
    await fail(3);
    clock.advanceSync(59_999);
    expect(await begin()).toMatchObject({ code: 'CIRCUIT_OPEN', retryAfterMs: 1 });
    clock.advanceSync(2);
    const call = begin();
    next().resolve('well again');
    expect(await call).toBe('well again');
    expect(breaker.state().state).toBe('closed');
  });

  test('its time is up at the very millisecond; to look shows it and lets nobody in', async () => {
    const { breaker, clock, fail, named } = under(IN_A_ROW);
    await fail(3);
    clock.advanceSync(4999);
    expect(breaker.state()).toMatchObject({ state: 'open', openedAtMs: 0, openUntilMs: 5000 });
    clock.advanceSync(1);
    expect(breaker.state()).toMatchObject({
      state: 'half-open',
      onTrial: 0,
      openUntilMs: undefined,
    });
    expect(named('halfOpened')).toEqual([{ type: 'halfOpened', generation: 3 }]);
    expect(clock.pending).toBe(0);
  });

  test('stays open for longer each time, up to a limit, until it has been closed', async () => {
    const { clock, fail, succeed, named } = under({
      ...IN_A_ROW,
      openMs: 100,
      openFactor: 3,
      maxOpenMs: 500,
    });
    await fail(3);
    for (const openMs of [100, 300, 500]) {
      clock.advanceSync(openMs);
      await fail();
    }
    clock.advanceSync(500);
    await succeed();
    await fail(3);
    expect(named('opened').map(({ openMs }) => openMs)).toEqual([100, 300, 500, 500, 100]);
  });
});

describe('circuitBreaker, half-open', () => {
  /** A breaker whose time is up. */
  const halfOpen = async (options: CircuitBreakerOptions<Call> = {}) => {
    const parts = under({ ...IN_A_ROW, ...options });
    await parts.fail(3);
    parts.clock.advanceSync(5000);
    return parts;
  };

  test('M-65 P-25 lets one call through; success closes it with nothing counted, and others are refused meanwhile', async () => {
    const { breaker, clock, begin, next, running, succeed } = await halfOpen();
    const trial = begin();
    const others = await Promise.all([begin(), begin()]);
    expect(running).toHaveLength(1);
    for (const error of others) {
      expect(error).toMatchObject({ code: 'CIRCUIT_OPEN', state: 'half-open' });
    }
    clock.advanceSync(10_000);
    expect(await begin()).toMatchObject({ retryAfterMs: 20_000 });
    next().resolve('ok');
    expect(await trial).toBe('ok');
    expect(breaker.state()).toMatchObject({ state: 'closed', failures: 0, openings: 0 });
    expect(await succeed('again')).toBe('again');
  });

  test('M-65 M-66 P-25 one failure opens it again at once, whatever was counted, and its time begins anew', async () => {
    const { breaker, clock, fail, named } = await halfOpen();
    clock.advanceSync(700);
    await fail();
    expect(breaker.state()).toMatchObject({ state: 'open', openedAtMs: 5700, openUntilMs: 15_700 });
    expect(named('opened').at(-1)).toMatchObject({ reason: 'trial', openMs: 10_000, failures: 0 });
  });

  test('as many calls as have permits are on trial at once, and as many as must succeed close it', async () => {
    const { breaker, begin, next, running } = await halfOpen({
      halfOpen: { permits: 2, successes: 3 },
    });
    const calls = [begin(), begin(), begin()];
    expect(running).toHaveLength(2);
    expect(await calls[2]).toMatchObject({ code: 'CIRCUIT_OPEN' });
    next().resolve(1);
    next().resolve(2);
    await Promise.all(calls);
    expect(breaker.state()).toMatchObject({ state: 'half-open', onTrial: 0 });
    const last = begin();
    next().resolve(3);
    await last;
    expect(breaker.state().state).toBe('closed');
  });

  test('a call on trial that never ends holds up nobody for ever: nobody waits, and the circuit opens again', async () => {
    const { breaker, clock, begin, next, named } = await halfOpen({ maxHalfOpenMs: 1000 });
    const hung = begin();
    const late = next();
    const others = await Promise.all(Array.from({ length: 1000 }, async () => begin()));
    expect(others.every((error) => CircuitOpenError.is(error))).toBe(true);
    clock.advanceSync(999);
    expect(breaker.state().state).toBe('half-open');
    clock.advanceSync(1);
    expect(breaker.state()).toMatchObject({ state: 'open', openUntilMs: 16_000 });
    expect(named('opened').at(-1)).toMatchObject({ reason: 'no-decision', openMs: 10_000 });
    clock.advanceSync(10_000);
    const trial = begin();
    late.resolve('far too late');
    expect(await hung).toBe('far too late');
    expect(breaker.state()).toMatchObject({ state: 'half-open', onTrial: 1, stale: 1 });
    next().resolve('ok');
    await trial;
    expect(breaker.state().state).toBe('closed');
  });

  test('a permit that came back undecided starts no time; the next call on trial has all of it', async () => {
    const { breaker, clock, fail, begin } = await halfOpen({ maxHalfOpenMs: 1000 });
    await fail(1, new BulkheadFullError('inner', 1, 0));
    expect(breaker.state()).toMatchObject({ state: 'half-open', onTrial: 0, ignored: 1 });
    clock.advanceSync(1_000_000);
    void begin();
    clock.advanceSync(999);
    expect(breaker.state().state).toBe('half-open');
  });

  test('a caller who gives up moves nothing and gives the permit back', async () => {
    const { breaker, begin, next, named } = await halfOpen();
    const caller = new AbortController();
    const call = begin({ signal: caller.signal });
    const reason = new Error('enough');
    caller.abort(reason);
    next().reject(reason);
    expect(await call).toBe(reason);
    expect(breaker.state()).toMatchObject({ state: 'half-open', onTrial: 0, ignored: 1 });
    expect(named('closed')).toEqual([]);
    expect(breaker.allows()).toBe(true);
  });

  test('a caller who has given up meanwhile takes no permit and gets its own reason', async () => {
    const { breaker } = await halfOpen();
    const reason = new Error('enough');
    const told: unknown[] = [];
    const outer: Receiver = {
      passive: true,
      linger: () => () => {},
      succeed: () => told.push('asked'),
      fail: (error) => told.push(error),
    };
    // As when a policy further out, in the same row, has waited and does not look at the signal again.
    const start = (breaker as unknown as { readonly [STAGE]: Stage })[STAGE]((_, inner) =>
      inner.succeed('asked'),
    );
    start({ signal: AbortSignal.abort(reason) }, outer);
    expect(told).toEqual([reason]);
    expect(breaker.state()).toMatchObject({ onTrial: 0, rejected: 0, admitted: 3 });
  });

  test('P-21 whether a call would be let through can be asked any number of times and uses nothing up', async () => {
    const { breaker, clock, begin, next, fail } = await halfOpen();
    expect([breaker.allows(), breaker.allows(), breaker.allows()]).toEqual([true, true, true]);
    const call = begin();
    expect(breaker.allows()).toBe(false);
    next().resolve('ok');
    await call;
    expect(breaker.allows()).toBe(true);
    await fail(3);
    expect(breaker.allows()).toBe(false);
    clock.advanceSync(5000);
    expect(breaker.allows()).toBe(true);
    const release = breaker.isolate();
    expect(breaker.allows()).toBe(false);
    release();
    expect(breaker.allows()).toBe(true);
  });
});

describe('results of another time', () => {
  test('M-70 a call that began while it was closed and fails late does not open a half-open circuit', async () => {
    const { breaker, clock, begin, next, fail, named } = under(IN_A_ROW);
    const late = begin();
    const lateEnd = next();
    await fail(3);
    clock.advanceSync(5000);
    const trial = begin();
    lateEnd.reject(DOWN);
    expect(await late).toBe(DOWN);
    expect(breaker.state()).toMatchObject({ state: 'half-open', onTrial: 1, stale: 1 });
    expect(named('staleResult')).toEqual([
      { type: 'staleResult', verdict: 'failure', generation: 1, current: 3 },
    ]);
    next().resolve('ok');
    await trial;
    expect(breaker.state().state).toBe('closed');
  });

  test('M-70 a late success neither closes an open circuit nor counts after a reset', async () => {
    const { breaker, begin, next, fail } = under(IN_A_ROW);
    const [one, other] = [begin(), begin()];
    const [oneEnd, otherEnd] = [next(), next()];
    await fail(3);
    oneEnd.resolve('late');
    expect(await one).toBe('late');
    expect(breaker.state()).toMatchObject({ state: 'open', succeeded: 0, stale: 1 });
    breaker.reset();
    otherEnd.reject(DOWN);
    expect(await other).toBe(DOWN);
    expect(breaker.state()).toMatchObject({ state: 'closed', failures: 0, failed: 0, stale: 0 });
  });
});

describe('what counts', () => {
  test('M-68 P-31 errors and timeouts are failures; what a predicate lets off is not', async () => {
    const clock = fakeClock();
    class ClientError extends Error {
      readonly status = 422;
    }
    const breaker = circuitBreaker<Call>({
      clock,
      classify: (outcome) =>
        !outcome.ok && outcome.error instanceof ClientError ? 'success' : undefined,
    });
    const answers: (() => unknown)[] = [
      () => Promise.reject(new ClientError()),
      () => Promise.reject(DOWN),
      () => pending(),
    ];
    const serve = pipeline<Call, unknown>()
      .use(breaker)
      .use(timeout({ clock, timeoutMs: 100 }))
      .handle(() => answers.shift()?.());
    await expect(serve({})).rejects.toBeInstanceOf(ClientError);
    await expect(serve({})).rejects.toBe(DOWN);
    const slow = Promise.resolve(serve({})).catch((error: unknown) => error);
    await clock.advance(100);
    expect(await slow).toMatchObject({ code: 'TIMEOUT' });
    expect(breaker.state()).toMatchObject({ succeeded: 1, failed: 2, calls: 3, failures: 2 });
  });

  test('M-68 neither a caller who gives up nor a refusal further in counts, in whatever number', async () => {
    const { breaker, begin, next, fail } = under(IN_A_ROW);
    await fail(5, new BulkheadFullError('inner', 1, 0));
    for (let call = 0; call < 5; call++) {
      const caller = new AbortController();
      const left = begin({ signal: caller.signal });
      caller.abort();
      next().reject(DOWN);
      await left;
    }
    expect(breaker.state()).toMatchObject({ state: 'closed', calls: 0, ignored: 10, failed: 0 });
  });

  test('a result can be a failure; its caller gets it all the same', async () => {
    const { breaker, begin, succeed } = under({
      ...IN_A_ROW,
      classify: (outcome) => (outcome.ok && outcome.value === 503 ? 'failure' : undefined),
    });
    for (let call = 0; call < 3; call++) expect(await succeed(503)).toBe(503);
    expect(breaker.state()).toMatchObject({ state: 'open', failed: 3 });
    expect(await begin()).toMatchObject({ code: 'CIRCUIT_OPEN', cause: 503 });
  });

  test('a result can be ignored', async () => {
    const { breaker, succeed } = under({ ...IN_A_ROW, classify: () => 'ignored' });
    expect(await succeed('probe')).toBe('probe');
    expect(breaker.state()).toMatchObject({ ignored: 1, succeeded: 0 });
  });

  test('a classifier that throws, or says what it cannot mean, counts as a failure; the outcome is delivered', async () => {
    for (const classify of [
      () => {
        throw new Error('classifier');
      },
      () => 'perhaps' as never,
    ]) {
      const { breaker, succeed, fail } = under({ ...IN_A_ROW, classify });
      expect(await succeed('value')).toBe('value');
      expect(await fail(2)).toBe(DOWN);
      expect(breaker.state()).toMatchObject({ state: 'open', failed: 3 });
    }
  });

  test('what is thrown synchronously is counted and thrown synchronously', () => {
    const breaker = circuitBreaker({ ...IN_A_ROW });
    const serve = pipeline<Call, never>()
      .use(breaker)
      .handle(() => {
        throw DOWN;
      });
    for (let call = 0; call < 3; call++) expect(() => serve({})).toThrow(DOWN);
    expect(() => serve({})).toThrow(CircuitOpenError);
  });
});

describe('streams', () => {
  async function* numbers(until: number, error?: Error): AsyncGenerator<number> {
    for (let number = 1; number <= until; number++) yield number;
    if (error) throw error;
  }
  const read = async (stream: unknown, most = Infinity): Promise<unknown> => {
    const seen: number[] = [];
    try {
      for await (const one of stream as AsyncIterable<number>) {
        seen.push(one);
        if (seen.length >= most) break;
      }
    } catch (error) {
      return error;
    }
    return seen;
  };

  test('count when they end: a success when all was read or the reader has enough, a failure when they break off', async () => {
    const { breaker, succeed } = under(IN_A_ROW);
    const whole = await succeed(numbers(2));
    expect(breaker.state()).toMatchObject({ running: 1, succeeded: 0 });
    expect(await read(whole)).toEqual([1, 2]);
    expect(breaker.state()).toMatchObject({ running: 0, succeeded: 1 });
    expect(await read(await succeed(numbers(5)), 2)).toEqual([1, 2]);
    expect(breaker.state()).toMatchObject({ running: 0, succeeded: 2 });
    for (let call = 0; call < 3; call++) {
      expect(await read(await succeed(numbers(1, DOWN)))).toBe(DOWN);
    }
    expect(breaker.state()).toMatchObject({ state: 'open', failed: 3 });
  });

  test('of the web count as well', async () => {
    const { breaker, succeed } = under(IN_A_ROW);
    const stream = new ReadableStream({
      pull(controller) {
        controller.error(DOWN);
      },
    });
    expect(await read(await succeed(stream))).toBe(DOWN);
    expect(breaker.state()).toMatchObject({ failed: 1, running: 0 });
  });

  test('that are left by a caller who has given up count for nothing', async () => {
    const { breaker, begin, next } = under(IN_A_ROW);
    const caller = new AbortController();
    const call = begin({ signal: caller.signal });
    next().resolve(numbers(5));
    const stream = (await call) as AsyncGenerator<number>;
    await stream.next();
    caller.abort();
    await stream.return(undefined);
    expect(breaker.state()).toMatchObject({ ignored: 1, succeeded: 0, running: 0 });
  });

  test('keep their permit in a half-open circuit until they end', async () => {
    const { breaker, clock, fail, succeed, begin } = under(IN_A_ROW);
    await fail(3);
    clock.advanceSync(5000);
    const stream = await succeed(numbers(1));
    expect(await begin()).toMatchObject({ code: 'CIRCUIT_OPEN', state: 'half-open' });
    await read(stream);
    expect(breaker.state().state).toBe('closed');
  });

  test('are slow when they begin late, not when they last', async () => {
    const { breaker, clock, begin, next } = under({ trip: { kind: 'count' }, slowCallMs: 100 });
    const call = begin();
    clock.advanceSync(99);
    next().resolve(numbers(1));
    const stream = await call;
    clock.advanceSync(1000);
    await read(stream);
    expect(breaker.state()).toMatchObject({ calls: 1, slow: 0 });
  });

  test('count as soon as they are there if that is wished, or if a predicate has judged them', async () => {
    const first = under({ ...IN_A_ROW, stream: 'until-first' });
    expect(await read(await first.succeed(numbers(1, DOWN)))).toBe(DOWN);
    expect(first.breaker.state()).toMatchObject({ succeeded: 1, failed: 0 });
    const judged = under({ ...IN_A_ROW, classify: () => 'failure' });
    await judged.succeed(numbers(1));
    expect(judged.breaker.state()).toMatchObject({ failed: 1, running: 0 });
  });
});

describe('slow calls', () => {
  const SLOW: CircuitBreakerOptions<Call> = {
    trip: { kind: 'ratio', minimumCalls: 4 },
    slowCallMs: 100,
    slowRatio: 0.5,
  };
  const take = async ({ begin, next, clock }: ReturnType<typeof under>, ms: number) => {
    const call = begin();
    clock.advanceSync(ms);
    next().resolve('ok');
    await call;
  };

  test('open it when too many succeed too late', async () => {
    const parts = under(SLOW);
    for (const ms of [99, 0, 100]) await take(parts, ms);
    expect(parts.breaker.state()).toMatchObject({ state: 'closed', calls: 3, slow: 1 });
    await take(parts, 500);
    expect(parts.breaker.state().state).toBe('open');
    expect(parts.named('opened')).toMatchObject([
      { reason: 'slowness', ratio: 0, calls: 4, failures: 0, slow: 2 },
    ]);
    expect(await parts.begin()).not.toHaveProperty('cause');
  });

  test('count as failures where failures in a row are counted', async () => {
    const parts = under({ ...IN_A_ROW, slowCallMs: 100 });
    await take(parts, 100);
    await parts.fail();
    expect(parts.breaker.state()).toMatchObject({ calls: 2, failures: 1, slow: 1 });
    await take(parts, 100);
    expect(parts.breaker.state().state).toBe('open');
  });

  test('on trial say that nothing has got better', async () => {
    const parts = under({ ...IN_A_ROW, slowCallMs: 100 });
    await parts.fail(3);
    parts.clock.advanceSync(5000);
    await take(parts, 100);
    expect(parts.breaker.state()).toMatchObject({ state: 'open', openings: 2, succeeded: 1 });
  });

  test('are not measured where a call began before they mattered', async () => {
    const parts = under(IN_A_ROW);
    await parts.fail(3);
    parts.clock.advanceSync(5000);
    const trial = parts.begin();
    parts.breaker.reconfigure({ slowCallMs: 100 });
    parts.clock.advanceSync(200);
    parts.next().resolve('ok');
    await trial;
    expect(parts.breaker.state().state).toBe('closed');
  });
});

describe('steered by hand', () => {
  test('M-69 opens and closes when told to, tells so, and starts counting anew', async () => {
    const { breaker, begin, fail, events } = under(IN_A_ROW);
    await fail(2);
    breaker.close();
    expect(breaker.state()).toMatchObject({ state: 'closed', failures: 0, generation: 2 });
    breaker.open();
    expect(breaker.state()).toMatchObject({ state: 'open', openUntilMs: 5000 });
    expect(await begin()).toMatchObject({ code: 'CIRCUIT_OPEN', retryAfterMs: 5000 });
    breaker.close();
    expect(breaker.state()).toMatchObject({ state: 'closed', openings: 0 });
    expect(events.map(({ type, reason }) => [type, reason])).toEqual([
      ['opened', 'by-hand'],
      ['rejected', undefined],
      ['closed', 'by-hand'],
    ]);
  });

  test('opened by hand it has no failure to name, not even an old one', async () => {
    const { breaker, begin, fail } = under(IN_A_ROW);
    await fail(3);
    breaker.close();
    breaker.open();
    expect(await begin()).not.toHaveProperty('cause');
  });

  test('isolated it lets nothing through, for whatever time, until all have released it', async () => {
    const { breaker, clock, begin, running, events } = under(IN_A_ROW);
    const release = breaker.isolate();
    const other = breaker.isolate();
    clock.advanceSync(1e9);
    expect(await begin()).toBeInstanceOf(CircuitIsolatedError);
    release();
    release();
    expect(breaker.state()).toMatchObject({ state: 'isolated', rejected: 1 });
    other();
    expect(breaker.state().state).toBe('closed');
    void begin();
    expect(running).toHaveLength(1);
    expect(events).toEqual([
      { type: 'isolated', generation: 2 },
      { type: 'rejected', state: 'isolated', retryAfterMs: undefined },
      { type: 'released', state: 'closed' },
    ]);
  });

  test('what ran when it was isolated counts no more, and time goes on beneath', async () => {
    const { breaker, clock, begin, next, fail } = under(IN_A_ROW);
    const late = begin();
    const lateEnd = next();
    await fail(2);
    breaker.isolate()();
    lateEnd.reject(DOWN);
    await late;
    expect(breaker.state()).toMatchObject({ state: 'closed', failures: 0, stale: 1 });
    await fail(3);
    const release = breaker.isolate();
    clock.advanceSync(4000);
    release();
    expect(breaker.state()).toMatchObject({ state: 'open', openUntilMs: 5000 });
    const again = breaker.isolate();
    clock.advanceSync(1000);
    again();
    expect(breaker.state().state).toBe('half-open');
  });

  test('close() leaves it isolated, and it is closed once it is released', async () => {
    const { breaker, begin, fail } = under(IN_A_ROW);
    await fail(3);
    const release = breaker.isolate();
    breaker.close();
    expect(await begin()).toMatchObject({ code: 'CIRCUIT_ISOLATED' });
    release();
    expect(breaker.state().state).toBe('closed');
  });

  test('P-23 M-69 reset makes it as new, for everybody', async () => {
    const { breaker, begin, fail, succeed, events } = under(IN_A_ROW);
    await succeed();
    await fail(3);
    await begin();
    const release = breaker.isolate();
    breaker.reset();
    release();
    const { generation: _one, ...state } = breaker.state();
    const { generation: _other, ...fresh } = circuitBreaker().state();
    expect(state).toEqual(fresh);
    expect(events.slice(-2).map(({ type }) => type)).toEqual(['released', 'closed']);
    expect(await succeed()).toBe('ok');
  });

  test('P-24 says all figures that there are', async () => {
    const { breaker, clock, begin, next, fail, succeed } = under(IN_A_ROW);
    await succeed();
    const running = begin();
    const end = next();
    clock.advanceSync(10);
    await fail(3);
    await begin();
    expect(breaker.state()).toEqual({
      state: 'open',
      generation: 2,
      calls: 0,
      failures: 0,
      slow: 0,
      onTrial: 0,
      openings: 1,
      openedAtMs: 10,
      openUntilMs: 5010,
      lastFailureAtMs: 10,
      admitted: 5,
      succeeded: 1,
      failed: 3,
      ignored: 0,
      stale: 0,
      rejected: 1,
      running: 1,
    });
    end.resolve('late');
    await running;
    expect(breaker.state()).toMatchObject({ running: 0, stale: 1 });
  });
});

describe('presets and faces', () => {
  test('M-60 M-133 the textbook breaker has 5 failures and 60 s; a user may say 3 and 30', async () => {
    const { simple } = breakerPresets;
    const fails = async (options: CircuitBreakerOptions, failures: number) => {
      const parts = under(options);
      await parts.fail(failures - 1);
      const before = parts.breaker.state().state;
      await parts.fail();
      const after = parts.breaker.state().state;
      parts.clock.advanceSync(Number(parts.named('opened')[0]?.['openMs']));
      await parts.fail();
      return [before, after, parts.named('opened').map(({ openMs }) => openMs)];
    };
    expect(await fails(simple(), 5)).toEqual(['closed', 'open', [60_000, 60_000]]);
    expect(await fails(simple(3, 30_000), 3)).toEqual(['closed', 'open', [30_000, 30_000]]);
  });

  test('P-26 threshold, recovery time, calls on trial and successes are options; strict() and forExternalService() are sets of them', async () => {
    const { breaker, clock, begin, fail, next } = under({
      trip: { kind: 'consecutive', failures: 5 },
      openMs: 60_000,
      halfOpen: { permits: 3, successes: 3 },
    });
    await fail(5);
    clock.advanceSync(60_000);
    const trials = [begin(), begin(), begin()];
    for (const _ of trials) next().resolve('ok');
    await Promise.all(trials);
    expect(breaker.state().state).toBe('closed');

    const strict = circuitBreaker({ ...breakerPresets.strict(), name: 'payments' });
    expect(strict.describe()).toMatchObject({
      name: 'payments',
      options: {
        trip: { kind: 'consecutive', failures: 3 },
        openMs: 60_000,
        maxOpenMs: 600_000,
        halfOpen: { permits: 1, successes: 3 },
        maxHalfOpenMs: 10_000,
      },
    });
    const external = circuitBreaker(breakerPresets.forExternalService());
    expect(external.describe().options).toMatchObject({
      trip: { kind: 'ratio', failureRatio: 0.5, minimumCalls: 10, windowMs: 60_000 },
      slowCallMs: 10_000,
      slowRatio: 0.8,
      openMs: 30_000,
      maxOpenMs: 300_000,
      halfOpen: { permits: 3, successes: 3 },
    });
  });

  test('M-67 guards a method, whose this stays intact', async () => {
    const breaker = circuitBreaker<CallContext>(breakerPresets.simple(1));
    class Database {
      readonly #rows = ['ada'];
      broken = false;
      readonly query = wrap(async function query(this: Database, at: number): Promise<string> {
        if (this.broken) throw DOWN;
        return String(this.#rows[at]);
      }, breaker);
    }
    const database = new Database();
    expect(await database.query(0)).toBe('ada');
    database.broken = true;
    await expect(database.query(0)).rejects.toBe(DOWN);
    await expect(database.query(0)).rejects.toBeInstanceOf(CircuitOpenError);
  });

  test('P-27 one breaker stands behind function, method and pipeline alike; a map of them shows all', async () => {
    const clock = fakeClock();
    const heard: string[] = [];
    const make = (name: string): CircuitBreaker => {
      const breaker = circuitBreaker({ ...breakerPresets.simple(2), name, clock });
      breaker.on('opened', ({ policy }) => heard.push(policy));
      return breaker;
    };
    const breakers = { database: make('database'), http: make('http'), api: make('api') };
    const query = wrap((_sql: string): string => {
      throw DOWN;
    }, breakers.database);
    const client = {
      get: wrap(async (url: string) => `200 ${url}`, breakers.http),
      delete: wrap(async (_url: string) => Promise.reject(DOWN), breakers.http),
    };
    const api = pipeline<object, string>()
      .use(breakers.api)
      .handle(() => 'served');
    for (let call = 0; call < 2; call++) {
      expect(() => query('select')).toThrow(DOWN);
      await expect(client.delete('/a')).rejects.toBe(DOWN);
    }
    await expect(client.get('/b')).rejects.toMatchObject({ code: 'CIRCUIT_OPEN', policy: 'http' });
    expect(api({})).toBe('served');
    const status = Object.entries(breakers).map(([name, one]) => [name, one.state().state]);
    expect(status).toEqual([
      ['database', 'open'],
      ['http', 'open'],
      ['api', 'closed'],
    ]);
    expect(heard).toEqual(['database', 'http']);
  });
});

describe('what all policies do', () => {
  test('a listener that throws changes nothing, and is reported', async () => {
    const faults: unknown[] = [];
    const { breaker, fail, begin } = under({ ...IN_A_ROW, onListenerError: (e) => faults.push(e) });
    const fault = new Error('listener');
    breaker.on('opened', () => {
      throw fault;
    });
    expect(await fail(3)).toBe(DOWN);
    expect(await begin()).toMatchObject({ code: 'CIRCUIT_OPEN' });
    expect(faults).toEqual([fault]);
  });

  test('a listener sees the new state, and may steer', async () => {
    const { breaker, fail, succeed } = under(IN_A_ROW);
    const seen: string[] = [];
    breaker.on('opened', () => {
      seen.push(breaker.state().state);
      breaker.close();
    });
    await fail(3);
    expect(seen).toEqual(['open']);
    expect(breaker.state().state).toBe('closed');
    expect(await succeed()).toBe('ok');
  });

  test('reconfigure keeps what was counted where it means the same', async () => {
    const { breaker, fail } = under({ trip: { kind: 'ratio', minimumCalls: 20 } });
    await fail(5);
    breaker.reconfigure({ trip: { kind: 'ratio', minimumCalls: 6 }, openMs: 70_000 });
    expect(breaker.state()).toMatchObject({ generation: 1, failures: 5 });
    await fail();
    expect(breaker.state()).toMatchObject({ state: 'open', openUntilMs: 70_000 });
  });

  test('reconfigure counts anew where it does not, and calls under way count no more', async () => {
    for (const changes of [
      { trip: { kind: 'consecutive', failures: 3 } },
      { trip: { kind: 'ratio', windowMs: 60_000 } },
      { trip: { kind: 'ratio', buckets: 5 } },
      { slowCallMs: 100 },
    ] as const) {
      const { breaker, begin, next, fail } = under();
      await fail(5);
      const late = begin();
      breaker.reconfigure(changes);
      expect(breaker.state()).toMatchObject({ state: 'closed', generation: 2, calls: 0 });
      next().reject(DOWN);
      await late;
      expect(breaker.state()).toMatchObject({ stale: 1, calls: 0 });
    }
  });

  test('reconfigure changes all or nothing, and an open circuit stays open', async () => {
    const { breaker, fail } = under(IN_A_ROW);
    await fail(3);
    expect(() => breaker.reconfigure({ openMs: 9000, openFactor: 0 })).toThrow(RangeError);
    expect(breaker.describe().options).toMatchObject({ openMs: 5000, openFactor: 2 });
    breaker.reconfigure({ openMs: 9000, trip: { kind: 'count' } });
    expect(breaker.state()).toMatchObject({ state: 'open', openUntilMs: 5000 });
    expect(() => breaker.reconfigure({ storeKey: 'x' })).toThrow('`storeKey`');
  });

  test('fewer permits let those on trial end, and no more begin', async () => {
    const { breaker, clock, begin, next, fail, running } = under({
      ...IN_A_ROW,
      halfOpen: { permits: 3, successes: 3 },
    });
    await fail(3);
    clock.advanceSync(5000);
    const trials = [begin(), begin()];
    breaker.reconfigure({ halfOpen: { permits: 1, successes: 2 } });
    expect(await begin()).toMatchObject({ code: 'CIRCUIT_OPEN' });
    expect(running).toHaveLength(2);
    next().resolve(1);
    next().resolve(2);
    await Promise.all(trials);
    expect(breaker.state().state).toBe('closed');
  });

  test('calls go on in the async context of their callers', async () => {
    const storage = new AsyncLocalStorage<string>();
    const breaker = circuitBreaker({ ...IN_A_ROW });
    const serve = pipeline<object, unknown>()
      .use(breaker)
      .handle(async () => {
        await settle();
        return storage.getStore();
      });
    const ask = (name: string) =>
      storage.run(name, async () => [await serve({}), storage.getStore()]);
    expect(await Promise.all([ask('one'), ask('two')])).toEqual([
      ['one', 'one'],
      ['two', 'two'],
    ]);
  });

  test('once disposed of it refuses', async () => {
    const { breaker, begin } = under();
    breaker[Symbol.dispose]();
    expect(await begin()).toMatchObject({ code: 'DISPOSED', policy: 'circuitBreaker' });
  });

  test('a hundred thousand calls leave nothing running, and no listener on the signal', async () => {
    const breaker = circuitBreaker<Call>({ slowCallMs: 10_000 });
    let listeners = 0;
    const { signal } = new AbortController();
    const add = signal.addEventListener.bind(signal);
    Object.defineProperty(signal, 'addEventListener', {
      value: (...args: Parameters<typeof add>) => (listeners++, add(...args)),
    });
    const serve = pipeline<Call, number>()
      .use(breaker)
      .handle(() => Promise.resolve(1));
    for (let round = 0; round < 1000; round++) {
      await Promise.all(Array.from({ length: 100 }, async () => serve({ signal })));
    }
    expect(breaker.state()).toMatchObject({ running: 0, succeeded: 100_000 });
    expect(listeners).toBe(0);
  });
});

describe('options that are wrong', () => {
  const cases: readonly (readonly [object, string])[] = [
    [{ trip: 5 }, 'Expected `trip` to be an object with a `kind`, got `5` (number).'],
    [
      { trip: { kind: 'rate' } },
      "Expected `trip.kind` to be 'ratio', 'count' or 'consecutive', got `rate` (string).",
    ],
    [
      { trip: { kind: 'constructor' } },
      "Expected `trip.kind` to be 'ratio', 'count' or 'consecutive', got `constructor` (string).",
    ],
    [
      { trip: { kind: 'consecutive', failure: 3 } },
      'Unknown option `failure` of a trip of kind "consecutive". Did you mean "failures"?',
    ],
    [{ trip: { kind: 'consecutive', failures: 0 } }, '`trip.failures` to be a whole number, 1 or'],
    [
      { trip: { kind: 'ratio', failureRatio: 0 } },
      'Expected `trip.failureRatio` to be a number above 0, 1 at most, got `0` (number).',
    ],
    [{ trip: { kind: 'ratio', failureRatio: 50 } }, '`trip.failureRatio` to be a number above 0'],
    [{ trip: { kind: 'ratio', failureRatio: '50%' } }, 'above 0, 1 at most, got `50%` (string).'],
    [{ trip: { kind: 'ratio', minimumCalls: 0.5 } }, '`trip.minimumCalls` to be a whole number'],
    [{ trip: { kind: 'ratio', windowMs: 0 } }, '`trip.windowMs` to be a number of milliseconds, 1'],
    [{ trip: { kind: 'ratio', buckets: 0 } }, '`trip.buckets` to be a whole number, 1 or more'],
    [{ trip: { kind: 'ratio', buckets: 1e6 } }, '`trip.buckets` to be 10000 at most'],
    [{ trip: { kind: 'count', size: -1 } }, '`trip.size` to be a whole number, 1 or more'],
    [
      { trip: { kind: 'count', size: 10, minimumCalls: 11 } },
      'Expected `trip.minimumCalls` to be `trip.size` (10) at most, got `11` (number).',
    ],
    [{ slowCallMs: 0 }, '`slowCallMs` to be a number of milliseconds, 1 or more'],
    [
      { slowRatio: 0.5 },
      'Expected `slowRatio` to be left out where no `slowCallMs` says what is slow, got `0.5`',
    ],
    [
      { slowRatio: 0.5, slowCallMs: 10, trip: { kind: 'consecutive' } },
      'Expected `slowRatio` to be left out for failures in a row, got `0.5` (number).',
    ],
    [{ slowRatio: 2, slowCallMs: 10 }, '`slowRatio` to be a number above 0, 1 at most'],
    [{ openMs: 0 }, '`openMs` to be a number of milliseconds, 1 or more'],
    [{ openMs: Infinity }, '`openMs` to be a number of milliseconds, 1 or more'],
    [{ openFactor: 0.5 }, 'Expected `openFactor` to be a number, 1 or more, got `0.5` (number).'],
    [{ openFactor: Infinity }, '`openFactor` to be a number, 1 or more'],
    [{ openFactor: '2' }, '`openFactor` to be a number, 1 or more, got `2` (string).'],
    [{ openMs: 100, maxOpenMs: 50 }, 'Expected `maxOpenMs` to be `openMs` (100) or more, got `50`'],
    [{ halfOpen: 3 }, 'Expected `halfOpen` to be an object, got `3` (number).'],
    [{ halfOpen: { permit: 3 } }, 'Unknown option `permit` of halfOpen. Did you mean "permits"?'],
    [{ halfOpen: { permits: 0 } }, '`halfOpen.permits` to be a whole number, 1 or more'],
    [{ halfOpen: { successes: 0 } }, '`halfOpen.successes` to be a whole number, 1 or more'],
    [{ maxHalfOpenMs: Infinity }, '`maxHalfOpenMs` to be a number of milliseconds, 1 or more'],
    [{ classify: 'all' }, 'Expected `classify` to be a function, got `all` (string).'],
    [{ stream: 'never' }, "Expected `stream` to be 'until-end' or 'until-first', got `never`"],
    [{ store: {} }, 'Expected `store` to be a CircuitStore, got `{}` (object).'],
    [{ store: null }, 'Expected `store` to be a CircuitStore, got `null` (null).'],
    [{ storeKey: 'x' }, 'Expected `storeKey` to be left out where there is no `store`'],
    [{ storeTimeoutMs: 5 }, '`storeTimeoutMs` to be left out where there is no `store`'],
    [{ threshold: 5 }, 'Unknown option `threshold` of circuitBreaker().'],
    [{ trips: {} }, 'Unknown option `trips` of circuitBreaker(). Did you mean "trip"?'],
  ];

  test.each(cases)('%j is refused in a sentence', (options, sentence) => {
    expect(() => circuitBreaker(options)).toThrow(sentence);
  });

  test('the kind of error says whether type or range is wrong', () => {
    expect(() => circuitBreaker({ openMs: '5s' as never })).toThrow(TypeError);
    expect(() => circuitBreaker({ openMs: -5 })).toThrow(RangeError);
  });
});
