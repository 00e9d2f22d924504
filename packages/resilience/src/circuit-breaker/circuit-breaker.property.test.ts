/** Laws of the circuit breaker: whatever happens in whatever order, it does as a model of forty lines does. */
import { type FakeClock, fakeClock } from '@interpose/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BulkheadFullError } from '../errors.ts';
import { type Receiver, type Stage, STAGE } from '../stage.ts';
import { circuitBreaker } from './circuit-breaker.ts';
import type { Trip } from './trip.ts';

type Verdict = 'success' | 'failure' | 'ignored';

interface Setting {
  readonly trip: Trip;
  readonly slowCallMs?: number | undefined;
  readonly slowRatio?: number | undefined;
  readonly openMs: number;
  readonly openFactor: number;
  readonly maxOpenMs: number;
  readonly halfOpen: { readonly permits: number; readonly successes: number };
  readonly maxHalfOpenMs: number;
}

interface Call {
  readonly era: number;
  readonly at: number;
}

/** A circuit breaker, as plainly as it can be said. It keeps every call that it has seen. */
class Model {
  now = 0;
  mode: 'closed' | 'open' | 'half-open' = 'closed';
  era = 1;
  held = 0;
  opens = 0;
  until = 0;
  out = 0;
  good = 0;
  log: { readonly at: number; readonly bad: boolean; readonly slow: boolean }[] = [];
  set: Setting;

  constructor(set: Setting) {
    this.set = set;
  }

  go(mode: Model['mode']): void {
    Object.assign(this, { mode, era: this.era + 1, out: 0, good: 0, log: [] });
    if (mode === 'closed') this.opens = 0;
  }

  trip(at: number): void {
    const { openMs, openFactor, maxOpenMs } = this.set;
    this.until = at + Math.min(openMs * openFactor ** this.opens++, maxOpenMs);
    this.go('open');
  }

  look(): void {
    if (this.mode === 'open' && this.now >= this.until) this.go('half-open');
    if (this.mode !== 'half-open' || this.out === 0 || this.now < this.until) return;
    this.trip(this.until);
    this.look();
  }

  allows(): boolean {
    this.look();
    if (this.held > 0 || this.mode === 'open') return false;
    return this.mode === 'closed' || this.out < this.set.halfOpen.permits;
  }

  start(): Call | undefined {
    if (!this.allows()) return undefined;
    if (this.mode === 'half-open' && this.out++ === 0) {
      this.until = this.now + this.set.maxHalfOpenMs;
    }
    // A call that began when none was timed is not slow, whatever is set later.
    return { era: this.era, at: this.set.slowCallMs === undefined ? Infinity : this.now };
  }

  end(call: Call, verdict: Verdict): Verdict | 'stale' {
    this.look();
    if (call.era !== this.era) return 'stale';
    if (this.mode === 'half-open') this.out--;
    if (verdict === 'ignored') return verdict;
    const bad = verdict === 'failure';
    const slow = this.now - call.at >= (this.set.slowCallMs ?? Infinity);
    if (this.mode === 'closed') this.log.push({ at: this.now, bad, slow });
    const enough = this.mode === 'half-open' || this.tooMuch();
    if (bad || slow) enough && this.trip(this.now);
    else if (this.mode === 'half-open' && ++this.good >= this.set.halfOpen.successes) {
      this.go('closed');
    }
    return verdict;
  }

  seen(): Model['log'] {
    const { trip } = this.set;
    if (trip.kind === 'ratio') return this.log.filter(({ at }) => this.now - at < trip.windowMs);
    if (trip.kind === 'count') return this.log.slice(-trip.size);
    return this.log.slice(this.log.findLastIndex(({ bad, slow }) => !bad && !slow) + 1);
  }

  tooMuch(): boolean {
    const { trip, slowRatio = 1 } = this.set;
    const { calls, failures, slow } = this.figures();
    if (trip.kind === 'consecutive') return calls >= trip.failures;
    if (calls < trip.minimumCalls) return false;
    return failures / calls >= trip.failureRatio || slow / calls >= slowRatio;
  }

  figures(): { calls: number; failures: number; slow: number } {
    const seen = this.seen();
    return {
      calls: seen.length,
      failures: seen.filter(({ bad }) => bad).length,
      slow: seen.filter(({ slow }) => slow).length,
    };
  }
}

// What is counted by time is counted in buckets of a millisecond here, and time moves in milliseconds: so the model needs no buckets.
const LONGEST_OPEN_MS = 17;
const LONGEST_HALF_OPEN_MS = 7;
const ratio = fc.constantFrom(0.3, 0.5, 1);
const minimumCalls = fc.integer({ min: 1, max: 4 });
const trip: fc.Arbitrary<Trip> = fc.oneof(
  fc
    .record({ failureRatio: ratio, minimumCalls, windowMs: fc.constantFrom(8, 20) })
    .map((one) => ({ kind: 'ratio' as const, ...one, buckets: one.windowMs })),
  fc
    .record({ failureRatio: ratio, minimumCalls, size: fc.constantFrom(4, 7) })
    .map((one) => ({ kind: 'count' as const, ...one })),
  fc.integer({ min: 1, max: 3 }).map((failures) => ({ kind: 'consecutive' as const, failures })),
);
const setting: fc.Arbitrary<Setting> = fc
  .record({
    trip,
    slowCallMs: fc.constantFrom(undefined, 3),
    slowRatio: ratio,
    openMs: fc.constantFrom(1, 5),
    openFactor: fc.constantFrom(1, 2, 1.5),
    maxOpenMs: fc.constantFrom(5, LONGEST_OPEN_MS),
    halfOpen: fc.record({
      permits: fc.integer({ min: 1, max: 3 }),
      successes: fc.integer({ min: 1, max: 3 }),
    }),
    maxHalfOpenMs: fc.constantFrom(2, LONGEST_HALF_OPEN_MS),
  })
  .map((set) => {
    const takesRatio = set.slowCallMs !== undefined && set.trip.kind !== 'consecutive';
    return { ...set, slowRatio: takesRatio ? set.slowRatio : undefined };
  });

type Step =
  | { readonly do: 'start' | 'isolate' | 'reset' | 'open' | 'close' | 'look' }
  | { readonly do: 'end'; readonly at: number; readonly verdict: Verdict }
  | { readonly do: 'tick'; readonly ms: number }
  | { readonly do: 'release'; readonly at: number }
  | { readonly do: 'reconfigure'; readonly to: Setting };

const does = (...names: ('start' | 'isolate' | 'reset' | 'open' | 'close' | 'look')[]) =>
  fc.constantFrom(...names.map((name) => ({ do: name })));
const ends = (verdict: Verdict): fc.Arbitrary<Step> =>
  fc.nat(9).map((at) => ({ do: 'end', at, verdict }));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 24, arbitrary: does('start') },
  { weight: 10, arbitrary: ends('success') },
  { weight: 14, arbitrary: ends('failure') },
  { weight: 3, arbitrary: ends('ignored') },
  {
    weight: 10,
    arbitrary: fc.constantFrom(0, 1, 2, 3, 5, 10, 40).map((ms) => ({ do: 'tick' as const, ms })),
  },
  { weight: 4, arbitrary: does('look') },
  { weight: 2, arbitrary: does('isolate', 'open', 'close', 'reset') },
  { weight: 2, arbitrary: fc.nat(9).map((at) => ({ do: 'release' as const, at })) },
  { weight: 2, arbitrary: setting.map((to) => ({ do: 'reconfigure' as const, to })) },
);
const steps = fc.array(step, { maxLength: 120, size: 'max' });

const REFUSED_FURTHER_IN = new BulkheadFullError('bulkhead', 1, 0);
const FAILURE = new Error('down');

/** The breaker and its model, led through the same steps. */
class Pair {
  readonly clock: FakeClock = fakeClock();
  readonly breaker: ReturnType<typeof circuitBreaker<unknown>>;
  readonly model: Model;
  readonly running: { readonly call: Call; readonly inner: Receiver }[] = [];
  readonly holds: (() => void)[] = [];
  readonly totals = {
    admitted: 0,
    succeeded: 0,
    failed: 0,
    ignored: 0,
    stale: 0,
    rejected: 0,
  };
  /** Calls of eras before this one are in no total. */
  countedFrom = 0;
  told: unknown;
  inner: Receiver | undefined;

  constructor(set: Setting) {
    this.breaker = circuitBreaker({ ...set, clock: this.clock });
    this.model = new Model(set);
  }

  start(): void {
    const { model, totals } = this;
    this.inner = undefined;
    const outer: Receiver = {
      passive: true,
      linger: () => () => {},
      succeed: (value) => (this.told = value),
      fail: (error) => (this.told = error),
    };
    (this.breaker as unknown as { readonly [STAGE]: Stage })[STAGE]((_, inner) => {
      this.inner = inner;
    })({}, outer);
    const call = model.start();
    expect(this.inner !== undefined).toBe(call !== undefined);
    if (!call || !this.inner) {
      totals.rejected++;
      const code = model.held > 0 ? 'CIRCUIT_ISOLATED' : 'CIRCUIT_OPEN';
      const retryAfterMs = model.held > 0 ? undefined : model.until - model.now;
      expect(this.told).toMatchObject({ code, retryAfterMs });
      return;
    }
    totals.admitted++;
    this.running.push({ call, inner: this.inner });
    if (model.mode === 'half-open') {
      expect(this.breaker.state().onTrial).toBeLessThanOrEqual(model.set.halfOpen.permits);
    }
  }

  end(at: number, verdict: Verdict): void {
    const [ended] = this.running.splice(at % Math.max(1, this.running.length), 1);
    if (!ended) return;
    const outcome =
      verdict === 'success' ? {} : verdict === 'failure' ? FAILURE : REFUSED_FURTHER_IN;
    if (verdict === 'success') ended.inner.succeed(outcome);
    else ended.inner.fail(outcome);
    expect(this.told).toBe(outcome);
    const counted = this.model.end(ended.call, verdict);
    const total = { success: 'succeeded', failure: 'failed', ignored: 'ignored', stale: 'stale' };
    if (ended.call.era >= this.countedFrom) this.totals[total[counted] as 'stale']++;
  }

  do(step: Step): void {
    const { breaker, model } = this;
    switch (step.do) {
      case 'start':
        return this.start();
      case 'end':
        return this.end(step.at, step.verdict);
      case 'tick':
        this.clock.advanceSync(step.ms);
        model.now += step.ms;
        return;
      case 'isolate':
        this.holds.push(breaker.isolate());
        model.look();
        if (model.held++ === 0) model.go(model.mode);
        return;
      case 'release': {
        const [release] = this.holds.splice(step.at % Math.max(1, this.holds.length), 1);
        release?.();
        release?.();
        if (release) model.held--;
        return;
      }
      case 'open':
        breaker.open();
        model.look();
        return model.trip(model.now);
      case 'close':
        breaker.close();
        return model.go('closed');
      case 'reset':
        breaker.reset();
        model.go('closed');
        model.held = 0;
        this.holds.length = 0;
        this.countedFrom = model.era;
        for (const key of Object.keys(this.totals)) this.totals[key as 'stale'] = 0;
        return;
      case 'reconfigure':
        return this.reconfigure(step.to);
      case 'look':
        return this.look();
    }
  }

  reconfigure(to: Setting): void {
    const { breaker, model } = this;
    breaker.reconfigure(to);
    model.look();
    const means = ({ trip, slowCallMs }: Setting): unknown => [
      trip.kind,
      trip.kind === 'ratio' && trip.windowMs,
      trip.kind === 'count' && trip.size,
      slowCallMs,
    ];
    const alike = JSON.stringify(means(to)) === JSON.stringify(means(model.set));
    // A success that is not counted any more ends a row of failures all the same.
    if (alike) model.log = model.seen();
    model.set = to;
    if (!alike && model.mode === 'closed') model.go('closed');
  }

  look(): void {
    const { breaker, model } = this;
    expect(breaker.allows()).toBe(model.allows());
    const { mode, held, out, opens, until } = model;
    const state = breaker.state();
    expect(state).toMatchObject({
      state: held > 0 ? 'isolated' : mode,
      onTrial: out,
      openings: opens,
      openUntilMs: mode === 'open' ? until : undefined,
      ...model.figures(),
      ...this.totals,
    });
    const counting = this.running.filter(({ call }) => call.era >= this.countedFrom);
    expect(state.running).toBe(counting.length);
    const { admitted, succeeded, failed, ignored, stale, running } = state;
    expect(admitted).toBe(succeeded + failed + ignored + stale + running);
  }
}

describe('circuitBreaker', () => {
  test(
    'X-R11 does as the model does, whatever happens in whatever order',
    { timeout: 60_000 },
    () => {
      fc.assert(
        fc.property(setting, steps, (set, steps) => {
          const pair = new Pair(set);
          for (const step of steps) pair.do(step);
          pair.look();
        }),
        { numRuns: 1000 },
      );
    },
  );

  test(
    'X-R11 is never wedged: enough time and successes close it, whatever hangs',
    { timeout: 60_000 },
    () => {
      fc.assert(
        fc.property(setting, steps, (set, steps) => {
          const pair = new Pair(set);
          for (const step of steps) pair.do(step);
          for (const release of pair.holds) release();
          pair.model.held = 0;
          const { halfOpen } = pair.model.set;
          pair.do({ do: 'tick', ms: LONGEST_HALF_OPEN_MS + LONGEST_OPEN_MS });
          for (let call = 0; call < halfOpen.successes; call++) {
            pair.start();
            pair.end(pair.running.length - 1, 'success');
          }
          expect(pair.breaker.state().state).toBe('closed');
        }),
        { numRuns: 300 },
      );
    },
  );

  test('X-R11 looking at it changes nothing', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(setting, steps, (set, steps) => {
        const [looked, left] = [new Pair(set), new Pair(set)];
        for (const step of steps) {
          looked.do(step);
          looked.breaker.state();
          looked.breaker.snapshot();
          if (step.do !== 'look') left.do(step);
        }
        const { generation: _one, ...seen } = looked.breaker.state();
        const { generation: _other, ...unseen } = left.breaker.state();
        expect(seen).toEqual(unseen);
      }),
      { numRuns: 300 },
    );
  });
});
