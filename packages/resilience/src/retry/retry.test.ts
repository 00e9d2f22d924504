/** Tests of retry. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { type Outcome, pipeline } from '@interpose/kernel';
import {
  always,
  fakeClock,
  middlewareContract,
  pending,
  settle,
  stubHandler,
} from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { bulkhead } from '../bulkhead/bulkhead.ts';
import { circuitBreaker } from '../circuit-breaker/circuit-breaker.ts';
import {
  BulkheadFullError,
  CircuitIsolatedError,
  CircuitOpenError,
  DisposedError,
  RateLimitedError,
} from '../errors.ts';
import { retry, type RetryOptions } from './retry.ts';
import { retryBudget } from './retry-budget.ts';
import { attemptOf } from '../scope.ts';
import { timeout } from '../timeout/timeout.ts';
import { tokenBudget } from './token-budget.ts';

interface Call {
  readonly signal?: AbortSignal;
}

for (const law of middlewareContract(({ clock, random }) => retry({ clock, random }), {
  repeats: true,
  heedsSignal: true,
  changesContext: true,
})) {
  test(`retry ${law.name}`, law.check);
}
for (const law of middlewareContract(
  ({ clock }) => retry({ clock, backoff: 'none', maxAttempts: 2 }),
  { repeats: true, heedsSignal: true, changesContext: true, sync: true },
)) {
  test(`retry without a delay ${law.name}`, law.check);
}

/** A retry round a handler, with what it tells. Delays are 100, 200, 400 … */
function under(handler: (ctx: Call) => unknown, options: RetryOptions<Call> = {}) {
  const clock = fakeClock();
  const policy = retry<Call>({ clock, backoff: { jitter: 'none' }, ...options });
  const events: Record<string, unknown>[] = [];
  policy.on('*', ({ policy: _name, atMs: _at, ...event }) => events.push(event));
  const serve = pipeline<Call, unknown>().use(policy).handle(handler);
  const outcomeOf = async (ctx: Call = {}): Promise<unknown> => {
    try {
      return await serve(ctx);
    } catch (error) {
      return error;
    }
  };
  const said = (type: string): Record<string, unknown>[] =>
    events.filter((event) => event['type'] === type);
  return { clock, policy, events, said, serve, outcomeOf };
}

const failing = (...errors: readonly Error[]) => {
  const left = [...errors];
  return async (): Promise<string> => {
    const error = left.shift();
    if (error) throw error;
    return 'ok';
  };
};
const [one, two, three] = [new Error('one'), new Error('two'), new Error('three')];

describe('attempts', () => {
  test('M-137 P-32 three attempts, the first included, with exponential backoff; the last error by identity', async () => {
    const upstream = stubHandler<Call, string>(
      async () => Promise.reject(one),
      async () => Promise.reject(two),
      async () => Promise.reject(three),
    );
    const { clock, outcomeOf, said } = under(upstream, { maxAttempts: 3 });
    const failed = outcomeOf();
    await clock.advance(99);
    expect(upstream.calls).toHaveLength(1);
    await clock.advance(1);
    expect(upstream.calls).toHaveLength(2);
    await clock.advance(199);
    expect(upstream.calls).toHaveLength(2);
    await clock.advance(1);
    expect(await failed).toBe(three);
    expect(clock.pending).toBe(0);
    expect(said('giveUp')).toEqual([
      {
        type: 'giveUp',
        reason: 'attempts',
        attempts: 3,
        outcome: { ok: false, error: three },
        errors: [one, two],
      },
    ]);
  });

  test('M-137 P-32 by its short name, with jitter', async () => {
    const { clock, outcomeOf, said, policy } = under(failing(one, two), {
      backoff: 'exponential',
      random: () => 0.5,
    });
    const call = outcomeOf();
    await clock.advance(150);
    expect(await call).toBe('ok');
    expect(said('retry').map(({ delayMs }) => delayMs)).toEqual([50, 100]);
    expect(policy.state()).toMatchObject({ waiting: 0, retries: 2, recovered: 1, givenUp: 0 });
  });

  test('M-137 an error that is not retryable comes at once', async () => {
    class NotFound extends Error {}
    const missing = new NotFound('gone');
    const { outcomeOf, said, policy } = under(failing(missing), {
      retryIf: (outcome) => !outcome.ok && !(outcome.error instanceof NotFound),
    });
    expect(await outcomeOf()).toBe(missing);
    expect(said('giveUp')).toMatchObject([{ reason: 'notRetryable', attempts: 1, errors: [] }]);
    expect(policy.state().retries).toBe(0);
  });

  test('A3.10 without options there are three attempts and pauses between them', async () => {
    let calls = 0;
    const clock = fakeClock();
    const serve = pipeline<Call, unknown>()
      .use(retry({ clock, random: () => 0.999 }))
      .handle(async () => {
        calls++;
        throw one;
      });
    const failed = Promise.resolve(serve({})).catch((error: unknown) => error);
    await settle();
    expect(calls).toBe(1);
    await clock.runAll();
    expect(await failed).toBe(one);
    expect(calls).toBe(3);
  });

  test('each knows its number, each has a signal of its own, and the first has the context itself', async () => {
    const seen: Call[] = [];
    const caller = new AbortController();
    const { clock, outcomeOf } = under(async (ctx) => {
      seen.push(ctx);
      if (seen.length < 3) throw one;
      return 'ok';
    });
    const ctx = { signal: caller.signal };
    const call = outcomeOf(ctx);
    await clock.advance(300);
    await call;
    expect(seen[0]).toBe(ctx);
    expect(seen.map(attemptOf)).toEqual([1, 2, 3]);
    expect(new Set(seen.map(({ signal }) => signal)).size).toBe(3);
  });

  test('a retry within an attempt of another one counts from 1', async () => {
    const clock = fakeClock();
    const numbers: number[] = [];
    const serve = pipeline<Call, never>()
      .use(retry({ clock, backoff: 'none', maxAttempts: 2, name: 'outer' }))
      .use(retry({ clock, backoff: 'none', maxAttempts: 2, name: 'inner' }))
      .handle(async (ctx) => {
        numbers.push(attemptOf(ctx));
        throw one;
      });
    await expect(serve({})).rejects.toBe(one);
    expect(numbers).toEqual([1, 2, 1, 2]);
  });

  test('R11 the timeout of one attempt does not abort another one, nor another call', async () => {
    const clock = fakeClock();
    const signals: AbortSignal[] = [];
    const serve = pipeline<Call, string>()
      .use(retry({ clock, backoff: 'none', maxAttempts: 2 }))
      .use(timeout({ clock, timeoutMs: 100 }))
      .handle(({ signal }) => {
        signals.push(signal as AbortSignal);
        return pending<string>();
      });
    const first = Promise.resolve(serve({})).catch((error: unknown) => error);
    await clock.advance(60);
    const second = Promise.resolve(serve({})).catch((error: unknown) => error);
    await clock.advance(50);
    // The first call is in its second attempt, the second call in its first.
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false, false]);
    await clock.runAll();
    expect(await first).toMatchObject({ code: 'TIMEOUT' });
    expect(await second).toMatchObject({ code: 'TIMEOUT' });
    expect(new Set(signals).size).toBe(4);
  });

  test('a bulkhead further out holds its slot until what attempts have left behind has ended', async () => {
    const clock = fakeClock();
    const slots = bulkhead<Call>({ clock, maxConcurrent: 1 });
    const deaf = [pending<string>(), pending<string>()];
    let calls = 0;
    const serve = pipeline<Call, string>()
      .use(slots)
      .use(retry({ clock, backoff: 'none' }))
      .use(timeout({ clock, timeoutMs: 50 }))
      .handle(() => deaf[calls++] ?? 'third');
    const call = serve({});
    await clock.advance(100);
    expect(await call).toBe('third');
    expect(slots.state().running).toBe(1);
    deaf[0]?.resolve('late');
    await settle();
    expect(slots.state().running).toBe(1);
    deaf[1]?.resolve('late');
    await settle();
    expect(slots.state().running).toBe(0);
  });

  test('the caller reaches the signal of every attempt', async () => {
    const caller = new AbortController();
    const signals: AbortSignal[] = [];
    const { clock, outcomeOf } = under(async ({ signal }) => {
      signals.push(signal as AbortSignal);
      if (signals.length === 1) throw one;
      return new Promise((_, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason));
      });
    });
    const failed = outcomeOf({ signal: caller.signal });
    await clock.advance(100);
    const reason = new Error('enough');
    caller.abort(reason);
    expect(await failed).toBe(reason);
    expect(signals[1]?.reason).toBe(reason);
  });

  test('a million attempts without a delay are a loop, and the result is no promise', () => {
    let calls = 0;
    const serve = pipeline<object, number>()
      .use(retry({ maxAttempts: 1_000_001, backoff: 'none', budget: false }))
      .handle(() => {
        if (++calls <= 1_000_000) throw one;
        return calls;
      });
    expect(serve({})).toBe(1_000_001);
  });

  test('without a limit it goes on for as long as it takes', async () => {
    let calls = 0;
    const { clock, outcomeOf } = under(
      async () => {
        if (++calls < 5000) throw one;
        return calls;
      },
      { maxAttempts: Infinity, budget: false, backoff: { kind: 'constant', jitter: 'none' } },
    );
    const call = outcomeOf();
    await clock.advance(100 * 4999);
    expect(await call).toBe(5000);
  });

  test('a first attempt that succeeds is synchronous and costs neither a look at the clock nor chance', () => {
    let looks = 0;
    const clock = fakeClock();
    const serve = pipeline<object, number>()
      .use(
        retry({
          clock: { ...clock, now: () => (looks++, clock.now()) },
          random: () => {
            throw new Error('no chance');
          },
        }),
      )
      .handle(() => 7);
    for (let call = 0; call < 200; call++) expect(serve({})).toBe(7);
    looks = 0;
    for (let call = 0; call < 65; call++) expect(serve({})).toBe(7);
    // One look for sixty-five calls, and that is the budget's.
    expect(looks).toBe(1);
  });
});

describe('results', () => {
  const busy = (outcome: Outcome<unknown>): boolean =>
    outcome.ok && (outcome.value as { status: number }).status === 503;

  test('a result may be worth another attempt, and the last one is what the caller gets', async () => {
    const answers = [{ status: 503 }, { status: 503 }, { status: 503 }];
    let at = 0;
    const { clock, outcomeOf, said } = under(async () => answers[at++], { retryIf: busy });
    const call = outcomeOf();
    await clock.advance(300);
    expect(await call).toBe(answers[2]);
    expect(said('giveUp')).toMatchObject([{ reason: 'attempts', attempts: 3, errors: [] }]);
  });

  test('one that is good is the result, and counts as recovered', async () => {
    const answers = [{ status: 503 }, { status: 200 }];
    let at = 0;
    const { clock, outcomeOf, said, policy } = under(async () => answers[at++], { retryIf: busy });
    const call = outcomeOf();
    await clock.advance(100);
    expect(await call).toBe(answers[1]);
    expect(said('giveUp')).toEqual([]);
    expect(policy.state()).toMatchObject({ retries: 1, recovered: 1 });
  });

  test('the body of a response that is not wanted is closed; that of the last one is not', async () => {
    const closed: number[] = [];
    const responses = [1, 2].map(
      (number) =>
        new Response(new ReadableStream({ cancel: () => void closed.push(number) }), {
          status: 503,
        }),
    );
    let at = 0;
    const { clock, outcomeOf } = under(async () => responses[at++], {
      retryIf: busy,
      maxAttempts: 2,
    });
    const call = outcomeOf();
    await clock.advance(100);
    expect(await call).toBe(responses[1]);
    expect(closed).toEqual([1]);
  });

  test('the stream of a later attempt still ends with its caller', async () => {
    const caller = new AbortController();
    let attempt = 0;
    let signal: AbortSignal | undefined;
    const { clock, serve } = under(async (ctx) => {
      if (++attempt === 1) throw one;
      signal = ctx.signal;
      return (async function* numbers() {
        yield await Promise.resolve(1);
        yield 2;
      })();
    });
    const call = Promise.resolve(serve({ signal: caller.signal }));
    await clock.advance(100);
    const stream = (await call) as AsyncGenerator<number>;
    await stream.next();
    caller.abort(new Error('enough'));
    expect(signal?.aborted).toBe(true);
  });
});

describe('giving up', () => {
  test('A3.1 R3 M-137 an abort in the pause ends the call in the same turn, with its reason and no call more', async () => {
    const upstream = stubHandler<Call, string>(always(async () => Promise.reject(one)));
    const { clock, outcomeOf, policy, said } = under(upstream, {
      backoff: { kind: 'constant', baseMs: 300, jitter: 'none' },
    });
    const caller = new AbortController();
    let ended: unknown;
    void outcomeOf({ signal: caller.signal }).then((outcome) => (ended = outcome));
    await clock.advance(50);
    expect(policy.state().waiting).toBe(1);
    const reason = new Error('enough');
    caller.abort(reason);
    expect(policy.state().waiting).toBe(0);
    expect(clock.pending).toBe(0);
    await settle();
    expect(ended).toBe(reason);
    await clock.advance(10_000);
    expect(upstream.calls).toHaveLength(1);
    expect(said('giveUp')).toEqual([]);
  });

  test('what fails once the caller has given up is not tried again', async () => {
    const caller = new AbortController();
    const rest = pending<string>();
    const { outcomeOf, policy, clock } = under(() => rest);
    const failed = outcomeOf({ signal: caller.signal });
    caller.abort(new Error('enough'));
    rest.reject(one);
    expect(await failed).toBe(one);
    expect(clock.pending).toBe(0);
    expect(policy.state()).toMatchObject({ retries: 0, givenUp: 0 });
  });

  test('a result that comes once the caller has given up is handed on as it is', async () => {
    const caller = new AbortController();
    const rest = pending<string>();
    const { outcomeOf, policy } = under(() => rest, { retryIf: () => true });
    const call = outcomeOf({ signal: caller.signal });
    caller.abort(new Error('enough'));
    rest.resolve('late');
    expect(await call).toBe('late');
    expect(policy.state()).toMatchObject({ retries: 0, budget: { withdrawals: 0 } });
  });

  test('a listener that makes the caller give up is heeded, with and without a pause', async () => {
    for (const backoff of ['constant', 'none'] as const) {
      const caller = new AbortController();
      const reason = new Error('enough');
      let calls = 0;
      const { outcomeOf, policy, clock } = under(
        async () => {
          calls++;
          throw one;
        },
        { backoff },
      );
      policy.on('retry', () => caller.abort(reason));
      expect(await outcomeOf({ signal: caller.signal })).toBe(reason);
      expect([calls, clock.pending, policy.state().waiting]).toEqual([1, 0, 0]);
    }
  });

  test('an abort between the end of the pause and the next attempt is heeded', async () => {
    const caller = new AbortController();
    const upstream = stubHandler<Call, string>(always(async () => Promise.reject(one)));
    const { clock, outcomeOf } = under(upstream);
    const reason = new Error('enough');
    const failed = outcomeOf({ signal: caller.signal });
    await settle();
    // Fires at the same moment as the pause ends, before the call goes on.
    clock.setTimer(() => caller.abort(reason), 100);
    clock.advanceSync(100);
    expect(await failed).toBe(reason);
    expect(upstream.calls).toHaveLength(1);
  });

  test('before the deadline there must be time for another attempt', async () => {
    const clock = fakeClock();
    let calls = 0;
    const policy = retry({ clock, backoff: { kind: 'constant', baseMs: 100, jitter: 'none' } });
    const reasons: unknown[] = [];
    policy.on('giveUp', ({ reason }) => reasons.push(reason));
    const serve = pipeline<Call, never>()
      .use(timeout({ clock, timeoutMs: 150 }))
      .use(policy)
      .handle(async () => {
        calls++;
        throw one;
      });
    const failed = Promise.resolve(serve({})).catch((error: unknown) => error);
    await clock.advance(100);
    expect(await failed).toBe(one);
    expect(calls).toBe(2);
    expect(reasons).toEqual(['deadline']);
    expect(clock.now()).toBe(100);
  });

  test('at the very deadline it is too late; without respect for it the timeout has the last word', async () => {
    const run = async (respectDeadline: boolean): Promise<unknown> => {
      const clock = fakeClock();
      const serve = pipeline<Call, never>()
        .use(timeout({ clock, timeoutMs: 100 }))
        .use(
          retry({
            clock,
            respectDeadline,
            backoff: { kind: 'constant', baseMs: 100, jitter: 'none' },
          }),
        )
        .handle(async () => {
          throw one;
        });
      const failed = Promise.resolve(serve({})).catch((error: unknown) => error);
      await clock.advance(100);
      return failed;
    };
    expect(await run(true)).toBe(one);
    expect(await run(false)).toMatchObject({ code: 'TIMEOUT' });
  });

  test('retryIf that throws: the outcome goes on as it is, and the fault is told', async () => {
    const fault = new Error('predicate');
    const { outcomeOf, said } = under(failing(one), {
      retryIf: () => {
        throw fault;
      },
    });
    expect(await outcomeOf()).toBe(one);
    expect(said('giveUp')).toMatchObject([{ reason: 'fault', fault, attempts: 1 }]);
    const { outcomeOf: resultOf } = under(() => 'fine', {
      retryIf: () => {
        throw fault;
      },
    });
    expect(await resultOf()).toBe('fine');
  });

  test('a backoff that throws or gives no delay: the same', async () => {
    const strange: readonly ((attempt: number) => number)[] = [
      () => {
        throw new Error('backoff');
      },
      () => Number.NaN,
      () => -1,
      () => Infinity,
      () => '5' as never,
    ];
    for (const backoff of strange) {
      const { outcomeOf, said, clock } = under(failing(one), { backoff });
      expect(await outcomeOf()).toBe(one);
      expect(said('giveUp')).toMatchObject([{ reason: 'fault' }]);
      expect(said('giveUp')[0]?.['fault']).toBeInstanceOf(Error);
      expect(clock.pending).toBe(0);
    }
  });

  test('a backoff of one own is told the attempt, chance and the delay before', async () => {
    const asked: unknown[] = [];
    const random = (): number => 0.5;
    const { clock, outcomeOf } = under(failing(one, two), {
      random,
      backoff: (attempt, chance, previousMs) => {
        asked.push([attempt, chance === random, previousMs]);
        return attempt * 7;
      },
    });
    const call = outcomeOf();
    await clock.advance(21);
    expect(await call).toBe('ok');
    expect(asked).toEqual([
      [1, true, 0],
      [2, true, 7],
    ]);
  });

  test('of very many attempts the last hundred errors are told', async () => {
    let calls = 0;
    const { outcomeOf, said } = under(
      async () => {
        throw new Error(String(++calls));
      },
      { backoff: 'none', maxAttempts: 150, budget: false },
    );
    await outcomeOf();
    const errors = said('giveUp')[0]?.['errors'] as Error[];
    expect(errors.map(({ message }) => message)).toEqual(
      Array.from({ length: 100 }, (_, at) => String(at + 50)),
    );
  });
});

describe('refusals', () => {
  const open = (retryAfterMs?: number): CircuitOpenError =>
    new CircuitOpenError({ policy: 'breaker', state: 'open', retryAfterMs });

  test('an open circuit is asked again only if it may be closed by then', async () => {
    for (const [retryAfterMs, again] of [
      [100, true],
      [101, false],
      [undefined, false],
    ] as const) {
      const { clock, outcomeOf, said } = under(failing(open(retryAfterMs)));
      const call = outcomeOf();
      await clock.advance(100);
      if (again) expect(await call).toBe('ok');
      else expect(await call).toBeInstanceOf(CircuitOpenError);
      expect(said('giveUp')).toHaveLength(again ? 0 : 1);
    }
  });

  test('a breaker further in that opens ends the attempts, and sees each of them', async () => {
    const clock = fakeClock();
    const breaker = circuitBreaker<Call>({
      clock,
      openMs: 60_000,
      trip: { kind: 'consecutive', failures: 2 },
    });
    let calls = 0;
    const serve = pipeline<Call, never>()
      .use(retry({ clock, maxAttempts: 10, backoff: 'constant', random: () => 0.5 }))
      .use(breaker)
      .handle(async () => {
        calls++;
        throw one;
      });
    const failed = Promise.resolve(serve({})).catch((error: unknown) => error);
    await clock.runAll();
    expect(await failed).toBeInstanceOf(CircuitOpenError);
    expect(calls).toBe(2);
    expect(clock.now()).toBe(100);
  });

  test('also where retryIf would try again, and Retry-After is ignored', async () => {
    const { outcomeOf, said } = under(failing(open(5000)), {
      retryIf: () => true,
      retryAfter: 'ignore',
    });
    expect(await outcomeOf()).toBeInstanceOf(CircuitOpenError);
    expect(said('giveUp')).toMatchObject([{ reason: 'retryAfter' }]);
  });

  test('a rate limit says when, and is asked again then', async () => {
    const limited = new RateLimitedError({
      policy: 'limit',
      retryAfterMs: 700,
      limit: 1,
      remaining: 0,
      resetMs: 700,
    });
    const { clock, outcomeOf, said } = under(failing(limited));
    const call = outcomeOf();
    await clock.advance(700);
    expect(await call).toBe('ok');
    expect(said('retry')).toMatchObject([{ delayMs: 700 }]);
  });

  test('other refusals, and policies that are gone, are not asked again unless retryIf says so', async () => {
    const refusals = [
      new BulkheadFullError('bulkhead', 1, 0),
      new CircuitIsolatedError('breaker'),
      new DisposedError('cache'),
    ];
    for (const refusal of refusals) {
      const { outcomeOf, said } = under(failing(refusal));
      expect(await outcomeOf()).toBe(refusal);
      expect(said('giveUp')).toMatchObject([{ reason: 'notRetryable' }]);
      const { clock, outcomeOf: again } = under(failing(refusal), { retryIf: ({ ok }) => !ok });
      const call = again();
      await clock.advance(100);
      expect(await call).toBe('ok');
    }
  });
});

describe('Retry-After', () => {
  const asking = (retryAfterMs: number): Error =>
    Object.assign(new Error('busy'), { retryAfterMs });

  test('the longer of backoff and what the callee asks for is waited', async () => {
    for (const [askedMs, waitedMs] of [
      [50, 100],
      [1500, 1500],
    ] as const) {
      const { clock, outcomeOf, said } = under(failing(asking(askedMs)));
      const call = outcomeOf();
      await clock.advance(waitedMs);
      expect(await call).toBe('ok');
      expect(said('retry')).toMatchObject([{ delayMs: waitedMs }]);
    }
  });

  test('who asks for too much is not asked again, and nobody waits', async () => {
    const { outcomeOf, said, clock } = under(failing(asking(30_001)));
    expect(await outcomeOf()).toMatchObject({ message: 'busy' });
    expect(said('giveUp')).toMatchObject([{ reason: 'retryAfter', attempts: 1 }]);
    expect(clock.pending).toBe(0);
    const patient = under(failing(asking(30_001)), { maxRetryAfterMs: 60_000 });
    const call = patient.outcomeOf();
    await patient.clock.advance(30_001);
    expect(await call).toBe('ok');
  });

  test('who asks for more than there is until the deadline is not asked again', async () => {
    const clock = fakeClock();
    const serve = pipeline<Call, string>()
      .use(timeout({ clock, timeoutMs: 1000 }))
      .use(retry({ clock }))
      .handle(failing(asking(2000)));
    await expect(serve({})).rejects.toThrow('busy');
    expect(clock.now()).toBe(0);
  });

  test('a fetch response that is tried again is asked, too, by the wall clock', async () => {
    const { clock, outcomeOf, said } = under(
      stubHandler<Call, Response>(
        async (): Promise<Response> =>
          new Response(null, {
            status: 503,
            headers: { 'retry-after': new Date(Date.UTC(2024, 0, 1) + 5000).toUTCString() },
          }),
        async (): Promise<Response> => new Response(null, { status: 200 }),
      ),
      { retryIf: (outcome) => outcome.ok && (outcome.value as Response).status === 503 },
    );
    const call = outcomeOf();
    await clock.advance(5000);
    expect(await call).toMatchObject({ status: 200 });
    expect(said('retry')).toMatchObject([{ delayMs: 5000 }]);
  });

  test('it may be ignored', async () => {
    const { clock, outcomeOf } = under(failing(asking(1500)), { retryAfter: 'ignore' });
    const call = outcomeOf();
    await clock.advance(100);
    expect(await call).toBe('ok');
  });
});

describe('budget', () => {
  const fails = async (): Promise<never> => Promise.reject(one);

  test('R4 each has one of its own: of a thousand failing calls a fifth and a hundred are tried again', async () => {
    let calls = 0;
    const { serve, said, policy } = under(
      async () => {
        calls++;
        throw one;
      },
      { backoff: 'none', maxAttempts: 2 },
    );
    for (let call = 0; call < 1000; call++) {
      await Promise.resolve(serve({})).catch(() => {});
    }
    expect(calls).toBe(1000 + 300);
    expect(said('giveUp').filter(({ reason }) => reason === 'budget')).toHaveLength(700);
    expect(policy.state().budget).toEqual({ balance: 0, deposits: 1000, withdrawals: 300 });
  });

  test('it is asked before the pause, not after', async () => {
    const { outcomeOf, said, clock, events } = under(fails, {
      budget: { ratio: 0, minPerSecond: 0 },
    });
    expect(await outcomeOf()).toBe(one);
    expect(said('giveUp')).toMatchObject([{ reason: 'budget', attempts: 1 }]);
    expect(clock.pending).toBe(0);
    expect(events.map(({ type }) => type)).toEqual(['attempt', 'giveUp']);
  });

  test('it can be switched off', async () => {
    let calls = 0;
    const { serve, policy } = under(
      async () => {
        calls++;
        throw one;
      },
      { budget: false, backoff: 'none' },
    );
    for (let call = 0; call < 500; call++) await Promise.resolve(serve({})).catch(() => {});
    expect(calls).toBe(1500);
    expect(policy.state().budget).toBeUndefined();
    expect(policy.describe().options['budget']).toBe(false);
  });

  test('two that share one share what there is', async () => {
    const clock = fakeClock();
    const budget = retryBudget({ clock, ratio: 0, minPerSecond: 1, ttlMs: 3000 });
    const [first, second] = [0, 1].map(() => under(fails, { budget, backoff: 'none' }));
    await first?.outcomeOf();
    await second?.outcomeOf();
    expect(first?.policy.state().retries).toBe(2);
    expect(second?.policy.state().retries).toBe(1);
    expect(second?.said('giveUp')).toMatchObject([{ reason: 'budget' }]);
  });

  test('a call through two that share one is counted once, and so are all its attempts', async () => {
    const clock = fakeClock();
    const budget = retryBudget({ clock, ratio: 0, minPerSecond: 100 });
    let calls = 0;
    const serve = pipeline<Call, never>()
      .use(retry({ clock, budget, backoff: 'none', maxAttempts: 2, name: 'outer' }))
      .use(timeout({ clock }))
      .use(retry({ clock, budget, backoff: 'none', maxAttempts: 2, name: 'inner' }))
      .handle(async ({ signal }) => {
        calls += signal ? 1 : 100;
        throw one;
      });
    await expect(serve({})).rejects.toBe(one);
    expect(calls).toBe(4);
    expect(budget.state()).toMatchObject({ deposits: 1, withdrawals: 3 });
  });

  test('one that counts tokens hears of successes, once for each call', async () => {
    const clock = fakeClock();
    const budget = tokenBudget({ capacity: 20, cost: 5 });
    budget.withdraw();
    budget.withdraw();
    const serve = pipeline<Call, string>()
      .use(retry({ clock, budget, name: 'outer' }))
      .use(retry({ clock, budget, name: 'inner' }))
      .handle(async () => 'ok');
    await serve({});
    expect(budget.state().balance).toBe(11);
    const again = pipeline<Call, string>()
      .use(retry({ clock, budget, backoff: 'none' }))
      .handle(failing(one, two));
    await again({});
    // Two attempts more took ten, and the last of them gave its five back.
    expect(budget.state().balance).toBe(6);
  });

  test('one that throws has nothing to spend, and harms no call', async () => {
    const broken = (): never => {
      throw new Error('budget');
    };
    const budget = { ...tokenBudget(), deposit: broken, withdraw: broken, succeeded: broken };
    const { outcomeOf, said } = under(fails, { budget });
    expect(await outcomeOf()).toBe(one);
    expect(said('giveUp')).toMatchObject([{ reason: 'budget' }]);
    expect(await under(() => 'ok', { budget }).outcomeOf()).toBe('ok');
  });
});

describe('looking after it', () => {
  test('what happens is told in order', async () => {
    const { clock, outcomeOf, events } = under(failing(one));
    const call = outcomeOf();
    await clock.advance(100);
    await call;
    const failed = { ok: false, error: one };
    expect(events).toEqual([
      { type: 'attempt', attempt: 1, outcome: failed, delayMs: 0 },
      { type: 'retry', attempt: 2, outcome: failed, delayMs: 100 },
      { type: 'attempt', attempt: 2, outcome: { ok: true, value: 'ok' }, delayMs: 100 },
    ]);
  });

  test('A3.9 a listener that throws changes nothing, and is reported', async () => {
    const failures: unknown[] = [];
    const { clock, policy, outcomeOf } = under(failing(one), {
      onListenerError: (error) => failures.push(error),
    });
    policy.on('*', () => {
      throw two;
    });
    const call = outcomeOf();
    await clock.advance(100);
    expect(await call).toBe('ok');
    expect(failures).toEqual([two, two, two]);
  });

  test('attempts and listeners run in the async context of the call', async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    let failures = 2;
    const { clock, policy, outcomeOf } = under(async () => {
      seen.push(['attempt', storage.getStore()]);
      if (failures-- > 0) throw one;
      return storage.getStore();
    });
    policy.on('retry', () => seen.push(['retry', storage.getStore()]));
    const calls = ['a', 'b'].map((name) => storage.run(name, () => outcomeOf()));
    await storage.run('clock', () => clock.advance(100));
    expect(await Promise.all(calls)).toEqual(['a', 'b']);
    expect(seen).toEqual([
      ['attempt', 'a'],
      ['attempt', 'b'],
      ['retry', 'a'],
      ['retry', 'b'],
      ['attempt', 'a'],
      ['attempt', 'b'],
    ]);
  });

  test('after a timeout further in it goes on in the async context of the call', async () => {
    const storage = new AsyncLocalStorage<string>();
    const clock = fakeClock();
    const seen: unknown[] = [];
    const serve = pipeline<Call, string>()
      .use(retry({ clock, backoff: 'none', maxAttempts: 2 }))
      .use(timeout({ clock, timeoutMs: 50 }))
      .handle(() => {
        seen.push(storage.getStore());
        return pending<string>();
      });
    const calls = ['a', 'b'].map((name) =>
      storage.run(name, () => Promise.resolve(serve({})).catch(() => {})),
    );
    await clock.advance(100);
    await Promise.all(calls);
    expect(seen).toEqual(['a', 'b', 'a', 'b']);
  });

  test('reconfigure counts for new calls only, keeps what was counted, and changes nothing if it is wrong', async () => {
    const { clock, policy, outcomeOf } = under(async () => Promise.reject(one));
    const old = outcomeOf();
    await settle();
    expect(() => policy.reconfigure({ maxAttempts: 1, maxRetryAfterMs: -1 })).toThrow(RangeError);
    expect(policy.describe().options['maxAttempts']).toBe(3);
    policy.reconfigure({ maxAttempts: 1 });
    expect(await outcomeOf()).toBe(one);
    expect(policy.state()).toMatchObject({
      waiting: 1,
      retries: 1,
      givenUp: 1,
      budget: { deposits: 2, withdrawals: 1 },
    });
    await clock.advance(300);
    await old;
    expect(policy.state()).toMatchObject({ retries: 2, givenUp: 2 });
    expect(() => policy.reconfigure({ random: Math.random })).toThrow('cannot change');
    policy.reconfigure({ budget: { ratio: 1 } });
    expect(policy.state().budget).toMatchObject({ deposits: 0 });
  });

  test('reset forgets what was counted, and calls under way count no more', async () => {
    const { clock, policy, outcomeOf } = under(async () => Promise.reject(one));
    const call = outcomeOf();
    await settle();
    policy.reset();
    expect(policy.state()).toEqual({
      waiting: 1,
      retries: 0,
      recovered: 0,
      givenUp: 0,
      budget: { balance: 100, deposits: 0, withdrawals: 0 },
    });
    await clock.advance(300);
    await call;
    expect(policy.state()).toMatchObject({ waiting: 0, retries: 0, givenUp: 0 });
  });

  test('reset leaves a shared budget alone', async () => {
    const budget = retryBudget({ clock: fakeClock() });
    const { policy, outcomeOf } = under(() => 'ok', { budget });
    await outcomeOf();
    policy.reset();
    expect(budget.state().deposits).toBe(1);
  });

  test('once disposed of it sends away whoever waits, and tries nothing again', async () => {
    const rest = pending<string>();
    const answers = [Promise.reject(one), rest];
    answers[0]?.catch(() => {});
    const { clock, policy, outcomeOf, said } = under(() => answers.shift() ?? Promise.reject(one));
    const waiting = outcomeOf();
    await settle();
    const running = outcomeOf();
    policy[Symbol.dispose]();
    expect(await waiting).toBeInstanceOf(DisposedError);
    expect([clock.pending, policy.state().waiting]).toEqual([0, 0]);
    rest.reject(two);
    expect(await running).toBe(two);
    expect(said('giveUp')).toMatchObject([{ reason: 'disposed' }]);
    expect(await outcomeOf()).toBeInstanceOf(DisposedError);
  });

  test('it says how it is set', () => {
    expect(retry({ backoff: 'linear', clock: fakeClock() }).describe()).toEqual({
      policy: 'retry',
      name: 'retry',
      options: {
        maxAttempts: 3,
        backoff: { kind: 'linear', baseMs: 100, factor: 2, capMs: 30_000, jitter: 'full' },
        retryIf: undefined,
        retryAfter: 'honor',
        maxRetryAfterMs: 30_000,
        budget: {
          kind: 'retryBudget',
          name: 'retry',
          ratio: 0.2,
          minPerSecond: 10,
          ttlMs: 10_000,
          shared: false,
        },
        respectDeadline: true,
      },
    });
    const own = retry({
      backoff: function patient() {
        return 5;
      },
      budget: tokenBudget(),
    });
    expect(own.describe().options).toMatchObject({
      backoff: '[function patient]',
      budget: { kind: 'tokenBudget', shared: true },
    });
  });

  test('options that are wrong are refused in a sentence', () => {
    expect(() => retry({ maxAttempts: 0 })).toThrow(
      'Expected `maxAttempts` to be a whole number, 1 or more, got `0` (number).',
    );
    expect(() => retry({ maxAttempts: '3' as never })).toThrow(TypeError);
    expect(() => retry({ backoff: 'quadratic' as never })).toThrow("'exponential' or 'none'");
    expect(() => retry({ backoff: 5 as never })).toThrow('a kind, options or a function');
    expect(() => retry({ backoff: null as never })).toThrow('a kind, options or a function');
    expect(() => retry({ backoff: { baseMs: -5 } })).toThrow(RangeError);
    expect(() => retry({ retryIf: true as never })).toThrow('Expected `retryIf` to be a function');
    expect(() => retry({ retryAfter: 'obey' as never })).toThrow("'honor' or 'ignore'");
    expect(() => retry({ maxRetryAfterMs: Infinity })).toThrow(RangeError);
    expect(() => retry({ respectDeadline: 1 as never })).toThrow('true or false');
    expect(() => retry({ budget: true as never })).toThrow('a budget, options of one, or false');
    expect(() => retry({ budget: { ratio: -1 } })).toThrow(RangeError);
    expect(() => retry({ budget: { shares: 1 } as never })).toThrow('Unknown option `shares`');
    expect(() => retry({ random: 1 as never })).toThrow(TypeError);
    expect(() => retry({ retries: 3 } as never)).toThrow('Did you mean "retryIf"?');
  });

  test('X-R6 a hundred thousand calls, one in ten of them tried again, leave nothing behind', async () => {
    const clock = fakeClock();
    const policy = retry({ clock, backoff: 'none', budget: false });
    let calls = 0;
    const caller = new AbortController();
    let listeners = 0;
    const { signal } = caller;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    Object.assign(signal, {
      addEventListener: (...args: Parameters<typeof add>) => (listeners++, add(...args)),
      removeEventListener: (...args: Parameters<typeof remove>) => (listeners--, remove(...args)),
    });
    const serve = pipeline<Call, number>()
      .use(policy)
      .handle(async (ctx) => {
        if (++calls % 11 === 0) throw one;
        return attemptOf(ctx) > 1 ? Number(ctx.signal?.aborted) : 0;
      });
    for (let round = 0; round < 1000; round++) {
      await Promise.all(Array.from({ length: 100 }, () => serve({ signal })));
    }
    expect(policy.state()).toMatchObject({ waiting: 0, givenUp: 0 });
    expect(policy.state().recovered).toBeGreaterThan(9000);
    expect([clock.pending, listeners]).toEqual([0, 0]);
  });
});
