/** Tests of hedge. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { pipeline } from '@interpose/kernel';
import { fakeClock, middlewareContract, type Pending, pending, settle } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { bulkhead } from '../bulkhead/bulkhead.ts';
import { circuitBreaker } from '../circuit-breaker/circuit-breaker.ts';
import { CircuitOpenError, DisposedError, HedgeCancelledError } from '../errors.ts';
import { hedge, type HedgeOptions } from './hedge.ts';
import { verdictOf } from '../outcome.ts';
import { retry } from '../retry/retry.ts';
import { retryBudget } from '../retry/retry-budget.ts';
import { attemptOf, scopeOf } from '../scope.ts';
import { timeout } from '../timeout/timeout.ts';
import { tokenBudget } from '../retry/token-budget.ts';

interface Call {
  readonly signal?: AbortSignal;
}

for (const law of middlewareContract(({ clock }) => hedge({ clock, idempotent: true }), {
  repeats: true,
  detached: true,
  heedsSignal: true,
  changesContext: true,
})) {
  test(`hedge ${law.name}`, law.check);
}
for (const law of middlewareContract(
  ({ clock }) => hedge({ clock, idempotent: true, delayMs: 'parallel', maxHedges: 2 }),
  {
    repeats: true,
    detached: true,
    heedsSignal: true,
    changesContext: true,
    sync: true,
  },
)) {
  test(`hedge in parallel ${law.name}`, law.check);
}

/** A hedge round runs that the test settles one by one. The delay is 100 ms. */
function under(options: Partial<HedgeOptions<Call>> = {}) {
  const clock = fakeClock();
  const policy = hedge<Call>({ clock, idempotent: true, delayMs: 100, ...options });
  const events: Record<string, unknown>[] = [];
  policy.on('*', ({ policy: _name, atMs: _at, ...event }) => events.push(event));
  const runs: (Pending<unknown> & { readonly ctx: Required<Call> })[] = [];
  const serve = pipeline<Call, unknown>()
    .use(policy)
    .handle((ctx) => {
      const run = Object.assign(pending<unknown>(), { ctx: ctx as Required<Call> });
      runs.push(run);
      return run;
    });
  const outcomeOf = async (ctx: Call = {}): Promise<unknown> => {
    try {
      return await serve(ctx);
    } catch (error) {
      return error;
    }
  };
  const run = (number: number): Pending<unknown> & { readonly ctx: Required<Call> } =>
    runs[number - 1] as Pending<unknown> & { readonly ctx: Required<Call> };
  return { clock, policy, events, runs, run, serve, outcomeOf };
}

const [one, two, three] = [new Error('one'), new Error('two'), new Error('three')];

describe('runs', () => {
  test('the second starts at the very millisecond, and the first to end well is the answer', async () => {
    const { clock, outcomeOf, runs, run, events, policy } = under();
    const call = outcomeOf();
    const losing = run(1).ctx.signal;
    await clock.advance(99);
    expect(runs).toHaveLength(1);
    await clock.advance(1);
    expect(runs).toHaveLength(2);
    run(2).resolve('second');
    expect(await call).toBe('second');
    expect(losing.reason).toBeInstanceOf(HedgeCancelledError);
    expect(losing.reason).toMatchObject({ policy: 'hedge' });
    expect(policy.state()).toMatchObject({ running: 0, abandoned: 1, hedges: 1, won: 1 });
    run(1).resolve('late');
    await settle();
    expect(policy.state()).toMatchObject({ abandoned: 0 });
    expect(events).toEqual([
      { type: 'hedged', run: 2 },
      { type: 'won', run: 2 },
      { type: 'cancelled', run: 1 },
      { type: 'abandoned', run: 1, elapsedMs: 100 },
    ]);
    expect(clock.pending).toBe(0);
  });

  test('a first run that is quick enough is the only one', async () => {
    const { clock, outcomeOf, run, runs, events } = under();
    const call = outcomeOf();
    await clock.advance(50);
    run(1).resolve('first');
    expect(await call).toBe('first');
    await clock.advance(1000);
    expect(runs).toHaveLength(1);
    expect(events).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  test('the winner waits for no loser, and a loser that fails harms nobody', async () => {
    const { clock, outcomeOf, run, policy } = under();
    const call = outcomeOf();
    await clock.advance(100);
    run(1).resolve('first');
    expect(await call).toBe('first');
    run(2).reject(two);
    await settle();
    expect(policy.state()).toMatchObject({ abandoned: 0, hedges: 1, won: 0, failed: 0 });
  });

  test('each has a context and a signal of its own; that of the winner is not aborted', async () => {
    const { clock, outcomeOf, run } = under({ maxHedges: 2 });
    const ctx: Call = { signal: new AbortController().signal };
    const call = outcomeOf(ctx);
    await clock.advance(200);
    const contexts = [1, 2, 3].map((number) => run(number).ctx);
    const signals = contexts.map(({ signal }) => signal);
    expect(new Set([ctx, ...contexts]).size).toBe(4);
    expect(new Set(signals).size).toBe(3);
    run(2).resolve('second');
    await call;
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false, true]);
    expect(signals[0]?.reason).toBe(signals[2]?.reason);
  });

  test('a failure before the delay starts the next run at once, which has the whole delay before it', async () => {
    const { clock, outcomeOf, run, runs } = under({ maxHedges: 2 });
    const call = outcomeOf();
    await clock.advance(40);
    run(1).reject(one);
    await settle();
    expect(runs).toHaveLength(2);
    await clock.advance(99);
    expect(runs).toHaveLength(2);
    await clock.advance(1);
    expect(runs).toHaveLength(3);
    run(3).resolve('third');
    expect(await call).toBe('third');
  });

  test('a failure at the moment when the delay is over starts one run, not two', async () => {
    const { clock, outcomeOf, run, runs } = under({ maxHedges: 2 });
    clock.setTimer(() => run(1).reject(one), 100);
    void outcomeOf();
    clock.advanceSync(100);
    await settle();
    expect(runs).toHaveLength(2);
    await clock.advance(100);
    expect(runs).toHaveLength(3);
  });

  test('when all fail, the error is that of the first run; the others are told', async () => {
    const { clock, outcomeOf, run, events, policy } = under({ maxHedges: 2 });
    const call = outcomeOf();
    await clock.advance(200);
    run(3).reject(three);
    run(1).reject(one);
    await settle();
    run(2).reject(two);
    expect(await call).toBe(one);
    expect(events.at(-1)).toEqual({ type: 'failed', errors: [three, two] });
    expect(policy.state()).toMatchObject({ running: 0, failed: 1, won: 0 });
    expect(clock.pending).toBe(0);
  });

  test('in parallel all start at once, unless the first answers without waiting', async () => {
    for (const delayMs of ['parallel', 0] as const) {
      const { outcomeOf, run, runs } = under({ delayMs, maxHedges: 2 });
      const call = outcomeOf();
      expect(runs).toHaveLength(3);
      run(3).resolve('third');
      expect(await call).toBe('third');
    }
    let calls = 0;
    const serve = pipeline<object, number>()
      .use(hedge({ idempotent: true, delayMs: 'parallel' }))
      .handle(() => ++calls);
    expect(serve({})).toBe(1);
    expect(calls).toBe(1);
  });

  test('on failure only: nothing starts while a run is merely slow', async () => {
    const { clock, outcomeOf, run, runs } = under({ delayMs: 'on-failure' });
    const call = outcomeOf();
    await clock.advance(1e9);
    expect([runs.length, clock.pending]).toEqual([1, 0]);
    run(1).reject(one);
    await settle();
    run(2).resolve('second');
    expect(await call).toBe('second');
  });

  test('without options the delay is a second', async () => {
    const clock = fakeClock();
    let calls = 0;
    const serve = pipeline<object, number>()
      .use(hedge({ clock, idempotent: true }))
      .handle(() => (++calls === 1 ? pending<number>() : calls));
    const call = serve({});
    await clock.advance(999);
    expect(calls).toBe(1);
    await clock.advance(1);
    expect(await call).toBe(2);
  });

  test('a synchronous rest that fails is run again without a promise, as often as may be', () => {
    let calls = 0;
    const serve = pipeline<object, number>()
      .use(hedge({ idempotent: true, maxHedges: 100_000, budget: false }))
      .handle(() => {
        if (++calls <= 100_000) throw one;
        return calls;
      });
    expect(serve({})).toBe(100_001);
  });

  test('hedgeIf says which outcomes are not good enough, also among results', async () => {
    const options: Partial<HedgeOptions<Call>> = {
      hedgeIf: (outcome) => !outcome.ok || (outcome.value as { status: number }).status === 503,
    };
    const busy = { status: 503 };
    const { outcomeOf, run } = under(options);
    const call = outcomeOf();
    run(1).resolve(busy);
    await settle();
    run(2).resolve({ status: 200 });
    expect(await call).toEqual({ status: 200 });

    const allBusy = under(options);
    const failed = allBusy.outcomeOf();
    allBusy.run(1).resolve(busy);
    await settle();
    allBusy.run(2).resolve({ status: 503 });
    expect(await failed).toBe(busy);
    expect(allBusy.policy.state()).toMatchObject({ failed: 1 });
  });

  test('hedgeIf that throws: the outcome goes on as it is, and the fault is told', async () => {
    const { outcomeOf, run, runs, events } = under({
      hedgeIf: () => {
        throw two;
      },
    });
    const call = outcomeOf();
    run(1).reject(one);
    expect(await call).toBe(one);
    expect(runs).toHaveLength(1);
    expect(events).toEqual([{ type: 'fault', error: two }]);
  });

  test('bodies that nobody gets are closed', async () => {
    const closed: string[] = [];
    const response = (name: string, status = 200): Response =>
      new Response(new ReadableStream({ cancel: () => void closed.push(name) }), { status });
    const { clock, outcomeOf, run } = under({
      maxHedges: 2,
      hedgeIf: (outcome) => !outcome.ok || (outcome.value as Response).status === 503,
    });
    const call = outcomeOf();
    run(1).resolve(response('busy', 503));
    await settle();
    await clock.advance(100);
    const winner = response('winner');
    run(2).resolve(winner);
    expect(await call).toBe(winner);
    run(3).resolve(response('late'));
    await settle();
    expect(closed).toEqual(['busy', 'late']);
  });

  test('the stream of a winner still ends with its caller', async () => {
    const caller = new AbortController();
    const { outcomeOf, run } = under();
    const call = outcomeOf({ signal: caller.signal });
    const { signal } = run(1).ctx;
    run(1).resolve(
      (async function* numbers() {
        yield await Promise.resolve(1);
        yield 2;
      })(),
    );
    await ((await call) as AsyncGenerator<number>).next();
    expect(signal.aborted).toBe(false);
    caller.abort(one);
    expect(signal.reason).toBe(one);
  });
});

describe('what hedging is not for', () => {
  test('a call that is not idempotent is run once', async () => {
    const { clock, outcomeOf, run, runs } = under({ idempotent: () => false });
    const ctx: Call = {};
    const call = outcomeOf(ctx);
    await clock.advance(1000);
    expect(runs).toHaveLength(1);
    expect(run(1).ctx).toBe(ctx);
    run(1).reject(one);
    expect(await call).toBe(one);
  });

  test('where idempotent throws, the call is run once, and the fault is told', async () => {
    const { clock, outcomeOf, run, runs, events } = under({
      idempotent: () => {
        throw two;
      },
    });
    const call = outcomeOf();
    await clock.advance(1000);
    run(1).resolve('once');
    expect(await call).toBe('once');
    expect(runs).toHaveLength(1);
    expect(events).toEqual([{ type: 'fault', error: two }]);
  });

  test('a refusal is not tried against itself', async () => {
    const refusals = [
      new CircuitOpenError({ policy: 'breaker', state: 'open' }),
      new DisposedError('cache'),
    ];
    for (const refusal of refusals) {
      const { outcomeOf, run, runs } = under();
      const call = outcomeOf();
      run(1).reject(refusal);
      expect(await call).toBe(refusal);
      expect(runs).toHaveLength(1);
    }
  });
});

describe('aborts', () => {
  test('the caller aborts all runs, and has its reason in the same turn', async () => {
    const { clock, outcomeOf, run, policy, events } = under();
    const caller = new AbortController();
    const call = outcomeOf({ signal: caller.signal });
    await clock.advance(100);
    const signals = [1, 2].map((number) => run(number).ctx.signal);
    caller.abort(one);
    expect(signals.map(({ reason }) => reason)).toEqual([one, one]);
    expect(policy.state()).toMatchObject({ running: 0, abandoned: 2 });
    expect(await call).toBe(one);
    run(1).reject(one);
    run(2).resolve('deaf');
    await settle();
    expect(policy.state()).toMatchObject({ abandoned: 0, failed: 0 });
    expect(events.map(({ type }) => type)).toEqual([
      'hedged',
      'cancelled',
      'cancelled',
      'abandoned',
      'abandoned',
    ]);
  });

  test('an abort before the delay starts nothing more', async () => {
    const { clock, outcomeOf, run, runs } = under();
    const caller = new AbortController();
    const call = outcomeOf({ signal: caller.signal });
    await clock.advance(50);
    caller.abort(one);
    expect(await call).toBe(one);
    run(1).reject(two);
    await clock.advance(1000);
    expect([runs.length, clock.pending]).toEqual([1, 0]);
  });

  test('an abort at the moment when the delay is over starts nothing more', async () => {
    const { clock, outcomeOf, runs } = under();
    const caller = new AbortController();
    const call = outcomeOf({ signal: caller.signal });
    clock.setTimer(() => caller.abort(one), 100);
    clock.advanceSync(100);
    expect(await call).toBe(one);
    expect(runs).toHaveLength(1);
  });

  test('a listener that makes the caller give up is heeded', async () => {
    const { clock, outcomeOf, runs, policy } = under();
    const caller = new AbortController();
    policy.on('hedged', () => caller.abort(one));
    const call = outcomeOf({ signal: caller.signal });
    await clock.advance(100);
    expect(await call).toBe(one);
    expect(runs).toHaveLength(1);
    expect(policy.state()).toMatchObject({ running: 0, abandoned: 1 });
  });

  test('the loser counts for nobody further in: neither as timed out nor as failed', async () => {
    const clock = fakeClock();
    const limit = timeout<Call>({ clock, timeoutMs: 500 });
    const heard: unknown[] = [];
    limit.on('*', ({ type }) => heard.push(type));
    const verdicts: unknown[] = [];
    let calls = 0;
    const serve = pipeline<Call, string>()
      .use(hedge({ clock, idempotent: true, delayMs: 100 }))
      .use(async (ctx: Call, next: (ctx?: Call) => unknown) => {
        const outcome = await Promise.resolve(next(ctx)).then(
          (value) => ({ ok: true, value }) as const,
          (error: unknown) => ({ ok: false, error }) as const,
        );
        verdicts.push(verdictOf(outcome, ctx, undefined));
        if (outcome.ok) return outcome.value as string;
        throw outcome.error;
      })
      .use(limit)
      .handle(({ signal }) => {
        if (++calls === 2) return 'second';
        return new Promise((_, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason));
        });
      });
    const call = serve({});
    await clock.advance(100);
    expect(await call).toBe('second');
    await clock.advance(1000);
    expect(new Set(verdicts)).toEqual(new Set(['success', 'ignored']));
    expect(verdicts).toHaveLength(2);
    expect(limit.state()).toEqual({ running: 0, abandoned: 0, timeouts: 0 });
    expect(heard).not.toContain('timeout');
  });

  test('a bulkhead further out holds its slot until the last loser has ended', async () => {
    const clock = fakeClock();
    const slots = bulkhead<Call>({ clock, maxConcurrent: 1 });
    const runs: Pending<string>[] = [];
    const serve = pipeline<Call, string>()
      .use(slots)
      .use(hedge({ clock, idempotent: true, delayMs: 100 }))
      .handle(() => {
        const run = pending<string>();
        runs.push(run);
        return run;
      });
    const call = serve({});
    await clock.advance(100);
    runs[1]?.resolve('second');
    expect(await call).toBe('second');
    expect(slots.state().running).toBe(1);
    runs[0]?.resolve('late');
    await settle();
    expect(slots.state().running).toBe(0);
  });

  test('a bulkhead further out waits for what a timeout further in has given up, too', async () => {
    const clock = fakeClock();
    const slots = bulkhead<Call>({ clock, maxConcurrent: 1 });
    const deaf = pending<string>();
    let calls = 0;
    const serve = pipeline<Call, string>()
      .use(slots)
      .use(hedge({ clock, idempotent: true, delayMs: 'on-failure' }))
      .use(timeout({ clock, timeoutMs: 50 }))
      .handle(() => (++calls === 1 ? deaf : 'second'));
    const call = serve({});
    await clock.advance(50);
    expect(await call).toBe('second');
    expect(slots.state().running).toBe(1);
    deaf.resolve('late');
    await settle();
    expect(slots.state().running).toBe(0);
  });

  test('a breaker further in stays closed however many runs lose', async () => {
    const clock = fakeClock();
    const breaker = circuitBreaker<Call>({ clock, trip: { kind: 'consecutive', failures: 1 } });
    let calls = 0;
    const serve = pipeline<Call, number>()
      .use(hedge({ clock, idempotent: true, delayMs: 100 }))
      .use(breaker)
      .use(timeout({ clock, timeoutMs: 500 }))
      .handle(({ signal }) => {
        if (++calls % 2 === 0) return calls;
        return new Promise((_, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason));
        });
      });
    for (const answer of [2, 4, 6]) {
      const call = serve({});
      await clock.advance(100);
      expect(await call).toBe(answer);
    }
    await clock.advance(1000);
    expect(breaker.state()).toMatchObject({ state: 'closed', failures: 0 });
  });

  test('an open-ended retry further in does not go on for a run that has lost', async () => {
    const clock = fakeClock();
    const inner = retry<Call>({ clock, maxAttempts: 100, budget: false });
    let calls = 0;
    const serve = pipeline<Call, string>()
      .use(hedge({ clock, idempotent: true, delayMs: 1000 }))
      .use(inner)
      .handle(async (ctx) => {
        calls++;
        if (scopeOf(ctx) && calls > 6) return 'at last';
        throw one;
      });
    const call = serve({});
    await clock.runAll();
    expect(await call).toBe('at last');
    const made = calls;
    await clock.advance(100_000);
    expect(calls).toBe(made);
    expect([clock.pending, inner.state().waiting]).toEqual([0, 0]);
  });
});

describe('budget', () => {
  test('R4 each has one of its own: of a thousand failing calls a fifth and a hundred are hedged', async () => {
    let calls = 0;
    const policy = hedge({ clock: fakeClock(), idempotent: true });
    const serve = pipeline<object, never>()
      .use(policy)
      .handle(async () => {
        calls++;
        throw one;
      });
    for (let call = 0; call < 1000; call++) await Promise.resolve(serve({})).catch(() => {});
    expect(calls).toBe(1300);
    expect(policy.state().budget).toMatchObject({ deposits: 1000, withdrawals: 300 });
  });

  test('one that is spent leaves the first run alone, and the call waits for it', async () => {
    const budget = retryBudget({ clock: fakeClock(), ratio: 0, minPerSecond: 0 });
    const refused: unknown[] = [];
    budget.on('budgetExhausted', (event) => refused.push(event.balance));
    const { clock, outcomeOf, run, runs, events } = under({ budget, maxHedges: 5 });
    const call = outcomeOf();
    await clock.advance(10_000);
    expect(runs).toHaveLength(1);
    expect(refused).toEqual([0]);
    expect(events).toEqual([{ type: 'budgetExhausted', run: 2 }]);
    run(1).reject(one);
    expect(await call).toBe(one);
  });

  test('it can be switched off', async () => {
    const { policy } = under({ budget: false });
    expect(policy.state().budget).toBeUndefined();
    expect(policy.describe().options['budget']).toBe(false);
  });

  test('R4 one object serves retry and hedge, in one pipeline or in two', async () => {
    const clock = fakeClock();
    const budget = retryBudget({ clock, ratio: 0, minPerSecond: 1, ttlMs: 3000 });
    let calls = 0;
    const fails = async (): Promise<never> => {
      calls++;
      throw one;
    };
    const writing = pipeline<object, never>()
      .use(retry({ clock, budget, backoff: 'none', maxAttempts: 2 }))
      .handle(fails);
    const reading = pipeline<object, never>()
      .use(hedge({ clock, budget, idempotent: true }))
      .handle(fails);
    await Promise.resolve(writing({})).catch(() => {});
    await Promise.resolve(reading({})).catch(() => {});
    expect([calls, budget.state().withdrawals, budget.state().deposits]).toEqual([4, 2, 2]);

    const both = pipeline<object, never>()
      .use(retry({ clock, budget, backoff: 'none', maxAttempts: 3 }))
      .use(hedge({ clock, budget, idempotent: true }))
      .handle(fails);
    await Promise.resolve(both({})).catch(() => {});
    // One token was left for the two of them, and the call has been counted once.
    expect([calls, budget.state().withdrawals, budget.state().deposits]).toEqual([6, 3, 3]);

    const turned = pipeline<object, never>()
      .use(hedge({ clock, budget, idempotent: true }))
      .use(retry({ clock, budget, backoff: 'none', maxAttempts: 3 }))
      .handle(fails);
    await Promise.resolve(turned({})).catch(() => {});
    expect([calls, budget.state().withdrawals, budget.state().deposits]).toEqual([7, 3, 4]);
  });

  test('one that counts tokens hears of successes', async () => {
    const budget = tokenBudget({ capacity: 20 });
    budget.withdraw();
    budget.withdraw();
    const { clock, outcomeOf, run, runs } = under({ budget });
    const call = outcomeOf();
    run(1).resolve('first');
    await call;
    expect(budget.state().balance).toBe(11);
    const hedged = outcomeOf();
    await clock.advance(100);
    expect(budget.state().balance).toBe(6);
    runs[2]?.resolve('second');
    await hedged;
    expect(budget.state().balance).toBe(11);
  });
});

describe('a delay that is measured', () => {
  const measured = { percentile: 0.9, minSamples: 10, fallbackMs: 500 };

  /** Serves calls that take so long, one after the other. */
  async function serveAll(
    { clock, outcomeOf, runs }: ReturnType<typeof under>,
    tookMs: readonly number[],
  ): Promise<void> {
    for (const ms of tookMs) {
      const call = outcomeOf();
      const run = runs.at(-1);
      await clock.advance(ms);
      run?.resolve('ok');
      await call;
    }
  }

  test('is the fallback until there are samples enough, then the percentile of first runs', async () => {
    const bench = under({ delayMs: measured });
    await serveAll(bench, [10, 20, 30, 40, 50, 60, 70, 80, 90]);
    expect(bench.policy.state().delayMs).toBe(500);
    await serveAll(bench, [100]);
    expect(bench.policy.state().delayMs).toBe(90);
    const call = bench.outcomeOf();
    const first = bench.runs.at(-1);
    await bench.clock.advance(89);
    expect(bench.runs.at(-1)).toBe(first);
    await bench.clock.advance(1);
    expect(bench.runs.at(-1)).not.toBe(first);
    first?.resolve('ok');
    await call;
  });

  test('a first run that is cancelled counts as having taken so long; one that failed does not count', async () => {
    const bench = under({ delayMs: { percentile: 0.5, minSamples: 1, fallbackMs: 500 } });
    const failed = bench.outcomeOf();
    await bench.clock.advance(5);
    bench.runs.at(-1)?.reject(one);
    await settle();
    bench.runs.at(-1)?.resolve('ok');
    await failed;
    expect(bench.policy.state().delayMs).toBe(500);
    const hedged = bench.outcomeOf();
    await bench.clock.advance(500);
    await bench.clock.advance(20);
    bench.runs.at(-1)?.resolve('ok');
    await hedged;
    expect(bench.policy.state().delayMs).toBe(520);
  });

  test('is never nothing at all, and keeps the last samples only', async () => {
    const bench = under({ delayMs: { percentile: 0.5, minSamples: 1 } });
    expect(bench.policy.state().delayMs).toBe(1000);
    await serveAll(bench, [0]);
    expect(bench.policy.state().delayMs).toBe(1);
    // Worked out anew after every 32 samples, of which the last 256 are kept.
    await serveAll(
      bench,
      Array.from({ length: 32 * 9 }, (_, at) => (at < 32 ? 0 : 10)),
    );
    expect(bench.policy.state().delayMs).toBe(10);
  });

  test('stays as learnt through a change of other options', async () => {
    const bench = under({ delayMs: measured });
    await serveAll(bench, [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
    bench.policy.reconfigure({ maxHedges: 2 });
    expect(bench.policy.state().delayMs).toBe(90);
    bench.policy.reconfigure({ delayMs: 70 });
    expect(bench.policy.state().delayMs).toBe(70);
  });
});

describe('looking after it', () => {
  test('runs and listeners are in the async context of the call', async () => {
    const storage = new AsyncLocalStorage<string>();
    const clock = fakeClock();
    const policy = hedge<Call>({ clock, idempotent: true, delayMs: 100 });
    const seen: unknown[] = [];
    policy.on('*', ({ type }) => seen.push([type, storage.getStore()]));
    const serve = pipeline<Call, string>()
      .use(policy)
      .handle(() => {
        seen.push(['run', storage.getStore()]);
        return pending<string>();
      });
    for (const name of ['a', 'b']) storage.run(name, () => void serve({}));
    await storage.run('clock', () => clock.advance(100));
    expect(seen).toEqual([
      ['run', 'a'],
      ['run', 'b'],
      ['hedged', 'a'],
      ['run', 'a'],
      ['hedged', 'b'],
      ['run', 'b'],
    ]);
  });

  test('after a timeout further in it goes on in the async context of the call', async () => {
    const storage = new AsyncLocalStorage<string>();
    const clock = fakeClock();
    const seen: unknown[] = [];
    const serve = pipeline<Call, string>()
      .use(hedge({ clock, idempotent: true, delayMs: 'on-failure' }))
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

  test('a run knows the attempt in which it stands', async () => {
    const clock = fakeClock();
    const numbers: number[] = [];
    const serve = pipeline<Call, never>()
      .use(retry({ clock, backoff: 'none', maxAttempts: 2 }))
      .use(hedge({ clock, idempotent: true }))
      .handle(async (ctx) => {
        numbers.push(attemptOf(ctx));
        throw one;
      });
    await expect(serve({})).rejects.toBe(one);
    expect(numbers).toEqual([1, 1, 2, 2]);
  });

  test('a listener that throws changes nothing, and is reported', async () => {
    const failures: unknown[] = [];
    const { clock, outcomeOf, run, policy } = under({
      onListenerError: (error) => failures.push(error),
    });
    policy.on('*', () => {
      throw three;
    });
    const call = outcomeOf();
    await clock.advance(100);
    run(2).resolve('second');
    expect(await call).toBe('second');
    expect(failures).toEqual([three, three, three]);
  });

  test('reconfigure counts for new calls only, and changes nothing if it is wrong', async () => {
    const { clock, outcomeOf, runs, policy } = under();
    void outcomeOf();
    expect(() => policy.reconfigure({ delayMs: 10, maxHedges: 0 })).toThrow(RangeError);
    expect(policy.describe().options['delayMs']).toBe(100);
    policy.reconfigure({ delayMs: 10 });
    void outcomeOf();
    await clock.advance(10);
    expect(runs).toHaveLength(3);
    await clock.advance(89);
    expect(runs).toHaveLength(3);
    await clock.advance(1);
    expect(runs).toHaveLength(4);
  });

  test('reset forgets what was counted, not who runs', async () => {
    const { clock, outcomeOf, policy, run } = under({ maxHedges: 2 });
    const call = outcomeOf();
    await clock.advance(100);
    policy.reset();
    expect(policy.state()).toMatchObject({
      running: 1,
      hedges: 0,
      budget: { deposits: 0, withdrawals: 0 },
    });
    await clock.advance(100);
    run(2).resolve('second');
    await call;
    // Calls of before count no more, but are still seen to run.
    expect(policy.state()).toMatchObject({ running: 0, abandoned: 2, hedges: 0, won: 0 });
  });

  test('once disposed of it refuses, and starts no other run of those under way', async () => {
    const { clock, outcomeOf, run, runs, policy } = under();
    const call = outcomeOf();
    policy[Symbol.dispose]();
    await clock.advance(1000);
    expect(runs).toHaveLength(1);
    run(1).resolve('first');
    expect(await call).toBe('first');
    expect(await outcomeOf()).toBeInstanceOf(DisposedError);
    expect(clock.pending).toBe(0);
  });

  test('it says how it is set', () => {
    const policy = hedge({ idempotent: true, delayMs: { percentile: 0.95 }, budget: false });
    expect(policy.describe()).toEqual({
      policy: 'hedge',
      name: 'hedge',
      options: {
        idempotent: true,
        delayMs: { percentile: 0.95 },
        maxHedges: 1,
        hedgeIf: undefined,
        budget: false,
      },
    });
  });

  test('options that are wrong are refused in a sentence', () => {
    const make =
      (options: object): (() => unknown) =>
      () =>
        hedge({ idempotent: true, ...options });
    expect(() => hedge({} as never)).toThrow(
      'Expected `idempotent` to be true or a function, for the rest may run twice, got `undefined` (undefined).',
    );
    expect(() => hedge({ idempotent: false } as never)).toThrow(TypeError);
    expect(make({ maxHedges: 0 })).toThrow(RangeError);
    expect(make({ delayMs: -1 })).toThrow(RangeError);
    expect(make({ delayMs: 'later' })).toThrow("'parallel', 'on-failure' or { percentile }");
    expect(make({ delayMs: null })).toThrow(TypeError);
    expect(make({ delayMs: { percentile: 95 } })).toThrow('a share above 0 and below 1');
    expect(make({ delayMs: { percentile: '0.9' } })).toThrow(TypeError);
    expect(make({ delayMs: { percentile: 0.9, minSamples: 0 } })).toThrow(RangeError);
    expect(make({ delayMs: { percentile: 0.9, minSamples: 10_001 } })).toThrow('up to 10000');
    expect(make({ delayMs: { percentile: 0.9, fallbackMs: -1 } })).toThrow(RangeError);
    expect(make({ delayMs: { percent: 0.9 } })).toThrow('Did you mean "percentile"?');
    expect(make({ hedgeIf: true })).toThrow('Expected `hedgeIf` to be a function');
    expect(make({ budget: 5 })).toThrow('a budget, options of one, or false');
    expect(make({ maxHedge: 2 })).toThrow('Did you mean "maxHedges"?');
  });

  test('X-R6 a hundred thousand calls leave no timer that holds the process, no listener and nothing running', async () => {
    const policy = hedge<Call>({ idempotent: true, delayMs: 60_000 });
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    Object.assign(signal, {
      addEventListener: (...args: Parameters<typeof add>) => (listeners++, add(...args)),
      removeEventListener: (...args: Parameters<typeof remove>) => (listeners--, remove(...args)),
    });
    const serve = pipeline<Call, number>()
      .use(policy)
      .handle(() => Promise.resolve(1));
    const timers = (): number =>
      process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = timers();
    for (let round = 0; round < 20_000; round++) {
      await Promise.all(Array.from({ length: 5 }, () => serve({ signal })));
    }
    expect([timers(), listeners]).toEqual([before, 0]);
    expect(policy.state()).toMatchObject({ running: 0, abandoned: 0, hedges: 0 });
    policy[Symbol.dispose]();
  });
});
