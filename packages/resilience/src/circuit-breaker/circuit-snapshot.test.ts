/** Tests of snapshots: what goes on where it was left, and what is refused. */
import { type FakeClock, fakeClock } from '@interpose/testing';
import { pipeline } from '@interpose/kernel';
import { describe, expect, test } from 'vitest';
import type { CircuitBreakerOptions } from './breaker-options.ts';
import { circuitBreaker } from './circuit-breaker.ts';

function under(options: CircuitBreakerOptions, clock: FakeClock = fakeClock()) {
  const breaker = circuitBreaker({ clock, ...options });
  const events: unknown[] = [];
  breaker.on('*', ({ type, ...event }) =>
    events.push([type, (event as { reason?: string }).reason]),
  );
  const serve = pipeline<{ readonly fails: boolean }, string>()
    .use(breaker)
    .handle(({ fails }) => {
      if (fails) throw new Error('down');
      return 'ok';
    });
  const fail = (times: number): void => {
    for (let time = 0; time < times; time++) expect(() => serve({ fails: true })).toThrow('down');
  };
  return { breaker, clock, events, serve, fail };
}

/** Another process: its own clock, the same wall. */
const later = (clock: FakeClock, ms = 0): FakeClock =>
  fakeClock({ startMs: 77, wallMs: clock.wall() + ms });

const through = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

describe('a snapshot', () => {
  test('of an open circuit goes on elsewhere until the same time, and opens for longer the next', () => {
    const one = under({ trip: { kind: 'consecutive', failures: 2 }, openMs: 5000 });
    one.fail(2);
    one.clock.advanceSync(1000);
    const other = under(
      { trip: { kind: 'consecutive', failures: 2 }, openMs: 5000 },
      later(one.clock, 1500),
    );
    other.breaker.restore(through(one.breaker.snapshot()));
    expect(other.breaker.state()).toMatchObject({ state: 'open', openUntilMs: 77 + 2500 });
    expect(other.events).toEqual([['opened', 'restored']]);
    other.clock.advanceSync(2500);
    other.fail(1);
    expect(other.breaker.state()).toMatchObject({ state: 'open', openings: 2 });
    expect(other.breaker.state().openUntilMs).toBe(77 + 2500 + 10_000);
  });

  test('whose time is up is half-open', () => {
    const one = under({ trip: { kind: 'consecutive', failures: 2 } });
    one.fail(2);
    const snapshot = through(one.breaker.snapshot());
    const other = under({}, later(one.clock, 1e9));
    other.breaker.restore(snapshot);
    expect(other.breaker.state()).toMatchObject({ state: 'half-open', onTrial: 0, openings: 1 });
    expect(other.serve({ fails: false })).toBe('ok');
    expect(other.breaker.state().state).toBe('closed');

    one.clock.advanceSync(5000);
    expect(one.breaker.snapshot()).toMatchObject({ state: 'open', openUntilMs: one.clock.wall() });
  });

  test('of a closed circuit goes on counting; what has grown too old meanwhile is out', () => {
    const trip = { kind: 'ratio', minimumCalls: 3, windowMs: 1000 } as const;
    const one = under({ trip });
    one.fail(1);
    one.clock.advanceSync(500);
    one.fail(1);
    const snapshot = through(one.breaker.snapshot());
    const soon = under({ trip }, later(one.clock, 499));
    soon.breaker.restore(snapshot);
    expect(soon.breaker.state()).toMatchObject({ state: 'closed', failures: 2 });
    soon.fail(1);
    expect(soon.breaker.state().state).toBe('open');

    const late = under({ trip }, later(one.clock, 500));
    late.breaker.restore(snapshot);
    expect(late.breaker.state()).toMatchObject({ failures: 1 });
  });

  test.each([
    [{ kind: 'count', minimumCalls: 3 } as const],
    [{ kind: 'consecutive', failures: 3 } as const],
  ])('keeps what was counted by %j', (trip) => {
    const one = under({ trip });
    one.fail(2);
    const other = under({ trip });
    other.breaker.restore(through(one.breaker.snapshot()));
    other.fail(1);
    expect(other.breaker.state().state).toBe('open');
  });

  test('of another kind of rule counts from nothing', () => {
    const one = under({ trip: { kind: 'consecutive', failures: 3 } });
    one.fail(2);
    const other = under({ trip: { kind: 'count' } });
    other.breaker.restore(one.breaker.snapshot());
    expect(other.breaker.state()).toMatchObject({ state: 'closed', calls: 0 });
  });

  test('closes an open circuit, and calls under way count no more', () => {
    const one = under({ trip: { kind: 'consecutive', failures: 1 } });
    const snapshot = one.breaker.snapshot();
    one.fail(1);
    one.breaker.restore(snapshot);
    expect(one.breaker.state()).toMatchObject({ state: 'closed', openings: 0, generation: 3 });
    expect(one.events).toEqual([
      ['opened', 'failures'],
      ['closed', 'restored'],
    ]);
  });

  test('from the future was saved now, and opens for no longer than may be', () => {
    const { breaker, clock, fail } = under({
      trip: { kind: 'ratio', minimumCalls: 2, windowMs: 1000 },
      maxOpenMs: 60_000,
    });
    const snapshot = breaker.snapshot();
    breaker.restore({
      ...snapshot,
      state: 'open',
      openings: 1,
      openUntilMs: clock.wall() + 1e12,
    });
    expect(breaker.state()).toMatchObject({ state: 'open', openUntilMs: 60_000 });

    breaker.reset();
    fail(1);
    clock.advanceSync(900);
    breaker.restore({ ...breaker.snapshot(), savedAtMs: clock.wall() + 1e12 });
    expect(breaker.state()).toMatchObject({ state: 'closed', failures: 1 });
    clock.advanceSync(100);
    expect(breaker.state().failures).toBe(0);
  });

  test('does not say that a circuit is isolated, and does not end it', () => {
    const { breaker } = under({});
    const release = breaker.isolate();
    const snapshot = breaker.snapshot();
    expect(snapshot).toMatchObject({ version: 1, state: 'closed' });
    breaker.restore(snapshot);
    expect(breaker.state().state).toBe('isolated');
    release();
    expect(breaker.state().state).toBe('closed');
  });
});

describe('what is no snapshot', () => {
  const good = circuitBreaker({ clock: fakeClock() }).snapshot();
  const counts = (value: unknown): object => ({ ...good, counts: value });

  test.each<[unknown, string]>([
    [undefined, 'Expected `snapshot` to be what `snapshot()` gave, got `undefined`'],
    ['{}', 'Expected `snapshot` to be what `snapshot()` gave'],
    [{ ...good, version: 2 }, 'Expected `snapshot.version` to be 1, got `2` (number).'],
    [{ ...good, state: 'half-open' }, "Expected `snapshot.state` to be 'closed' or 'open'"],
    [{ ...good, openings: -1 }, 'Expected `snapshot.openings` to be a whole number, 0 or more'],
    [{ ...good, openUntilMs: Number.NaN }, 'Expected `snapshot.openUntilMs` to be a number'],
    [{ ...good, savedAtMs: 'now' }, 'Expected `snapshot.savedAtMs` to be a number'],
    [counts(undefined), 'Expected `snapshot.counts` to be what a trip rule has counted'],
    [counts({ kind: 'guess' }), 'Expected `snapshot.counts` to be what a trip rule has counted'],
    [counts({ kind: 'consecutive', calls: 1 }), 'Expected `snapshot.counts.failures` to be a'],
    [counts({ kind: 'count', calls: '0124' }), 'to be a text of the digits 0 to 3'],
    [counts({ kind: 'count', calls: 7 }), 'to be a text of the digits 0 to 3'],
    [counts({ kind: 'ratio', buckets: {} }), 'Expected `snapshot.counts.buckets` to be an array'],
    [counts({ kind: 'ratio', buckets: [1] }), 'Expected `snapshot.counts` to be what a trip rule'],
    [
      counts({ kind: 'ratio', buckets: [{ calls: 1, failures: 1, slow: 0, ageMs: -1 }] }),
      'Expected `snapshot.counts.buckets.ageMs` to be a number of milliseconds, 0 or more',
    ],
  ])('%j is refused, and nothing changes', (snapshot, sentence) => {
    const { breaker, fail } = under({ trip: { kind: 'consecutive', failures: 1 } });
    fail(1);
    const before = breaker.state();
    expect(() => breaker.restore(snapshot as never)).toThrow(sentence);
    expect(breaker.state()).toEqual(before);
  });
});
