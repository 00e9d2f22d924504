/** Laws that hold for every policy, whatever it does. */
import { COPY, type Middleware, pipeline } from '@interpose/kernel';
import { fakeClock, type FakeClock, pending, settle } from '@interpose/testing';
import { describe, expect, test, vi } from 'vitest';
import { adaptiveLimit } from './adaptive-limit/adaptive-limit.ts';
import { batch } from './batch/batch.ts';
import { bulkhead } from './bulkhead/bulkhead.ts';
import { cache } from './cache/cache.ts';
import { chaos } from './chaos/chaos.ts';
import { circuitBreaker } from './circuit-breaker/circuit-breaker.ts';
import { coalesce } from './coalesce/coalesce.ts';
import { fallback } from './fallback.ts';
import { hedge } from './hedge/hedge.ts';
import { keyed } from './keyed/keyed.ts';
import { loadShed } from './load-shed/load-shed.ts';
import type { ResiliencePolicy } from './policy.ts';
import { rateLimit } from './rate-limiter/rate-limiter.ts';
import { retry } from './retry/retry.ts';
import { timeout } from './timeout/timeout.ts';
import { outcomeOf } from '../test-kit/outcome-of.ts';

interface Call {
  readonly n: number;
  readonly signal?: AbortSignal;
}

type Made = Middleware<Call, number> &
  Pick<
    ResiliencePolicy<Call, object, object, Record<string, object>>,
    'state' | 'describe' | 'reset' | 'reconfigure' | typeof Symbol.dispose
  > & { readonly on: (type: '*', listener: (event: object) => unknown) => () => void };

/** One of each, by its name. */
const POLICIES: Readonly<Record<string, (clock: FakeClock) => object>> = {
  adaptiveLimit: (clock) => adaptiveLimit({ clock }),
  batch: (clock) =>
    batch({
      clock,
      windowMs: 5,
      item: (ctx: Call) => ctx.n,
      execute: (items: readonly number[]) => items.map((n) => n + 1),
    }),
  bulkhead: (clock) => bulkhead({ clock }),
  cache: (clock) => cache({ clock, key: (ctx: Call) => `${ctx.n}` }),
  chaos: (clock) => chaos({ clock, enabled: true, rate: 0 }),
  circuitBreaker: (clock) => circuitBreaker({ clock }),
  coalesce: (clock) => coalesce({ clock, key: (ctx: Call) => `${ctx.n}` }),
  fallback: (clock) => fallback({ clock, fallback: 0 }),
  hedge: (clock) => hedge({ clock, idempotent: true }),
  keyed: (clock) => keyed(() => timeout({ clock }), { clock, key: (ctx: Call) => `${ctx.n}` }),
  loadShed: (clock) => loadShed({ clock, queueOf: bulkhead({ clock }) }),
  rateLimit: (clock) => rateLimit({ clock, limit: 1000 }),
  retry: (clock) => retry({ clock }),
  timeout: (clock) => timeout({ clock }),
};

const made = (name: string): { policy: Made; clock: FakeClock } => {
  const clock = fakeClock();
  return { policy: POLICIES[name]?.(clock) as Made, clock };
};

describe.each(Object.keys(POLICIES))('%s', (name) => {
  test('M-181 M-186 says what it is, and how it is set, as plain data', () => {
    const { policy } = made(name);
    expect(policy.name).toBe(name);
    const described = policy.describe();
    expect(described).toMatchObject({ policy: name, name });
    expect(structuredClone(policy.state())).toEqual(policy.state());
    const { description } = pipeline<Call, number>().use(policy).describe()[0] ?? {};
    expect(description).toMatch(/^[A-Z].*\.$/);
  });

  test('M-174 X-R2 does its work by the clock that it is given, and needs no other', async () => {
    const { policy, clock } = made(name);
    const serve = pipeline<Call, number>()
      .use(policy)
      .handle(({ n }) => Promise.resolve(n + 1));
    const answer = outcomeOf(() => serve({ n: 1 }));
    await clock.advance(5);
    expect(await answer).toBe(2);
  });

  test('X-R6 leaves no timer that holds the process, and nothing pending', async () => {
    const { policy, clock } = made(name);
    const serve = pipeline<Call, number>()
      .use(policy)
      .handle(({ n }) => Promise.resolve(n + 1));
    const answers = Array.from({ length: 20 }, (_, n) => outcomeOf(() => serve({ n })));
    await clock.advance(10);
    await Promise.all(answers);
    await settle();
    expect(clock.pending).toBe(0);
  });

  test('refuses an unknown option with a suggestion, when it is made and when it is changed', () => {
    const { policy } = made(name);
    expect(() => policy.reconfigure({ clokc: 1 } as object)).toThrow('Unknown option `clokc`');
    const before = policy.describe();
    expect(() => policy.reconfigure({ clock: fakeClock() } as object)).toThrow(TypeError);
    expect(policy.describe()).toEqual(before);
  });

  test('once disposed of it refuses every call, also when disposed of twice', async () => {
    const { policy } = made(name);
    policy[Symbol.dispose]();
    policy[Symbol.dispose]();
    const serve = pipeline<Call, number>()
      .use(policy)
      .handle(({ n }) => n + 1);
    expect(await outcomeOf(() => serve({ n: 1 }))).toMatchObject({
      code: 'DISPOSED',
      policy: name,
    });
  });

  test('X-R7 is not disturbed by a listener that throws', async () => {
    const written = vi.spyOn(console, 'error').mockImplementation(() => {});
    const { policy, clock } = made(name);
    let told = 0;
    policy.on('*', () => {
      told++;
      throw new Error('listener');
    });
    const serve = pipeline<Call, number>()
      .use(policy)
      .handle(({ n }) => Promise.resolve(n + 1));
    const answer = outcomeOf(() => serve({ n: 1 }));
    await clock.advance(5);
    expect(await answer).toBe(2);
    expect(written).toHaveBeenCalledTimes(told);
    written.mockRestore();
  });

  test('asks nobody when the caller has given up before', async () => {
    const { policy } = made(name);
    const reason = new Error('left');
    let calls = 0;
    const serve = pipeline<Call, number>()
      .use(policy)
      .handle(() => ++calls);
    expect(await outcomeOf(() => serve({ n: 1, signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(calls).toBe(0);
  });
});

/** Those through which a call passes on its way to a timeout. */
const PASSING = Object.keys(POLICIES).filter((name) => !['batch', 'timeout'].includes(name));

test.each(PASSING)(
  'G11 a bulkhead outside %s keeps the slot of work that a timeout inside has given up',
  async (name) => {
    const { policy, clock } = made(name);
    const held = bulkhead({ clock, maxConcurrent: 5 });
    const deaf = pending<number>();
    const serve = pipeline<Call, number>()
      .use(held)
      .use(policy)
      .use(timeout({ clock, timeoutMs: 10 }))
      .handle(() => deaf);
    const answer = outcomeOf(() => serve({ n: 1 }));
    await clock.advance(5000);
    await answer;
    expect(held.state().running).toBeGreaterThan(0);
    deaf.resolve(7);
    await settle();
    expect(held.state().running).toBe(0);
  },
);

test('X-R6 a context that cannot be copied fails the call, and leaves nobody waiting', async () => {
  const fault = new Error('no copies');
  const ctx = {
    n: 1,
    [COPY]: (): never => {
      throw fault;
    },
    __proto__: { kind: 'own' },
  };
  for (const name of Object.keys(POLICIES)) {
    const { policy, clock } = made(name);
    let calls = 0;
    const serve = pipeline<Call, number>()
      .use(policy)
      .use((own, next) => next(own))
      .handle(({ n }) =>
        calls++ === 0 && name === 'retry'
          ? Promise.reject(new Error('once'))
          : Promise.resolve(n + 1),
      );
    const answer = outcomeOf(() => serve(ctx));
    await clock.advance(5000);
    const copies = ['retry', 'timeout', 'hedge'].includes(name);
    expect(copies ? [fault] : [2, fault], name).toContain(await answer);
  }
});
