/** Balancers: the laws that all keep, and what is the point of each. */
import { fakeClock } from '@interpose/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BalancedTarget, Balancer } from './balancer.ts';
import { consistentHash } from './consistent-hash.ts';
import { ewma } from './ewma.ts';
import { leastRequests } from './least-requests.ts';
import { ringHash } from './ring-hash.ts';
import { roundRobin } from './round-robin.ts';

interface Mutable extends BalancedTarget {
  weight: number;
  isAvailable: boolean;
  inFlight: number;
}

const target = (name: string, weight = 1): Mutable => ({
  name,
  weight,
  isAvailable: true,
  inFlight: 0,
});

/** Numbers that look random, and are the same each time. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const MAKERS: readonly [string, (targets: readonly Mutable[]) => Balancer<Mutable>][] = [
  ['round robin', roundRobin],
  ['least requests', leastRequests],
  ['ewma', (targets) => ewma(targets, { clock: fakeClock(), random: seeded(7) })],
  ['consistent hash', (targets) => consistentHash(targets)],
  ['consistent hash with bounded loads', (targets) => consistentHash(targets, { loadBound: 1.25 })],
];

/** How often each target is picked. */
function counts(
  balancer: Balancer<Mutable>,
  picks: number,
  key: (at: number) => string | undefined = () => undefined,
): Record<string, number> {
  const counted: Record<string, number> = {};
  for (let at = 0; at < picks; at++) {
    const name = balancer.pick(key(at))?.name ?? 'none';
    counted[name] = (counted[name] ?? 0) + 1;
  }
  return counted;
}

describe.each(MAKERS)('%s', (_, make) => {
  test('picks only what is available, has a weight and was not tried; nothing if there is nothing', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            weight: fc.integer({ min: 0, max: 3 }),
            isAvailable: fc.boolean(),
            inFlight: fc.integer({ min: 0, max: 5 }),
            isTried: fc.boolean(),
          }),
          { maxLength: 6 },
        ),
        fc.array(fc.option(fc.string(), { nil: undefined }), { minLength: 1, maxLength: 12 }),
        (shapes, keys) => {
          const targets = shapes.map((shape, at) => ({ ...target(`t${at}`), ...shape }));
          const except = new Set<Mutable>(targets.filter(({ isTried }) => isTried));
          const right = targets.filter(
            (one) => one.isAvailable && one.weight > 0 && !except.has(one),
          );
          const balancer = make(targets);
          for (const key of keys) {
            const picked = balancer.pick(key, except);
            if (right.length === 0) expect(picked).toBe(undefined);
            else expect(right.includes(picked as (typeof right)[number])).toBe(true);
          }
        },
      ),
    );
  });

  test('a target that becomes available is used', () => {
    const [one, two] = [target('one'), target('two')];
    two.isAvailable = false;
    const balancer = make([one, two]);
    const key = (at: number): string => `key ${at}`;
    expect(counts(balancer, 50, key)).toEqual({ one: 50 });
    two.isAvailable = true;
    expect(counts(balancer, 200, key)['two']).toBeGreaterThan(0);
  });
});

describe('round robin', () => {
  test('weights are kept exactly, and no target is picked in a burst', () => {
    const balancer = roundRobin([target('a', 5), target('b', 1), target('c', 1)]);
    const names = Array.from({ length: 7 }, () => balancer.pick()?.name);
    expect(names).toEqual(['a', 'a', 'b', 'a', 'c', 'a', 'a']);
    expect(counts(balancer, 700)).toEqual({ a: 500, b: 100, c: 100 });
  });
});

describe('least requests', () => {
  test('the target with the least load for its weight', () => {
    const [busy, idle, strong] = [target('busy'), target('idle'), target('strong', 4)];
    busy.inFlight = 3;
    strong.inFlight = 2;
    const balancer = leastRequests([busy, idle, strong]);
    expect(balancer.pick()?.name).toBe('strong');
    strong.inFlight = 8;
    expect(balancer.pick()?.name).toBe('idle');
  });

  test('idle targets take turns', () => {
    expect(counts(leastRequests([target('a'), target('b'), target('c')]), 30)).toEqual({
      a: 10,
      b: 10,
      c: 10,
    });
  });
});

describe('ewma', () => {
  const two = () => {
    const clock = fakeClock();
    const [fast, slow] = [target('fast'), target('slow')];
    return { clock, fast, slow, own: ewma([fast, slow], { clock, random: seeded(3) }) };
  };

  test('the faster one is preferred, and the slower one tried again when that is long ago', async () => {
    const { clock, fast, slow, own } = two();
    own.observe?.(fast, 5);
    own.observe?.(slow, 500);
    expect(counts(own, 100)).toEqual({ fast: 100 });
    await clock.advance(100_000);
    own.observe?.(fast, 5);
    expect(counts(own, 100)).toEqual({ slow: 100 });
  });

  test('one slow answer counts at once', () => {
    const { fast, slow, own } = two();
    for (let at = 0; at < 50; at++) {
      own.observe?.(fast, 5);
      own.observe?.(slow, 20);
    }
    own.observe?.(fast, 1000);
    expect(counts(own, 20)).toEqual({ slow: 20 });
  });

  test('load is spread over targets of equal speed', () => {
    const targets = ['a', 'b', 'c', 'd'].map((name) => target(name));
    const own = ewma(targets, { clock: fakeClock(), random: seeded(11) });
    for (const one of targets) own.observe?.(one, 10);
    for (const count of Object.values(counts(own, 4000))) {
      expect(count).toBeGreaterThan(700);
    }
  });
});

describe('consistent hash', () => {
  const keys = Array.from({ length: 5000 }, (_, at) => `user-${at}`);
  const placesOf = (balancer: Balancer<Mutable>): (string | undefined)[] =>
    keys.map((key) => balancer.pick(key)?.name);

  test('the same key goes to the same target, in another process as well', () => {
    const make = () => consistentHash([target('a'), target('b'), target('c')]);
    expect(placesOf(make())).toEqual(placesOf(make()));
    expect(placesOf(consistentHash([target('c'), target('a'), target('b')]))).toEqual(
      placesOf(make()),
    );
  });

  test('when a target goes, only its keys move; when one comes, only to it', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const all = placesOf(consistentHash(names.map((name) => target(name))));
    const fewer = placesOf(consistentHash(names.slice(0, 4).map((name) => target(name))));
    let moved = 0;
    all.forEach((name, at) => {
      if (name === fewer[at]) return;
      expect(name).toBe('e');
      moved++;
    });
    expect(moved).toBeGreaterThan(700);
    expect(moved).toBeLessThan(1400);
    const targets = names.map((name) => target(name));
    (targets[4] as Mutable).isAvailable = false;
    expect(placesOf(consistentHash(targets))).toEqual(fewer);
  });

  test('keys are spread by weight', () => {
    const share = counts(
      consistentHash([target('a', 3), target('b', 1)]),
      keys.length,
      (at) => keys[at],
    );
    expect((share['a'] ?? 0) / (share['b'] ?? 1)).toBeGreaterThan(2.4);
    expect((share['a'] ?? 0) / (share['b'] ?? 1)).toBeLessThan(3.7);
  });

  test('with a bound no target has much more than its share, however hot a key is', () => {
    const targets = ['a', 'b', 'c', 'd'].map((name) => target(name));
    const balancer = consistentHash(targets, { loadBound: 1.25 });
    for (let at = 0; at < 400; at++) {
      const picked = balancer.pick('hot');
      if (picked) picked.inFlight++;
    }
    for (const { inFlight } of targets) expect(inFlight).toBeLessThanOrEqual(126);
    expect(targets.reduce((sum, { inFlight }) => sum + inFlight, 0)).toBe(400);
  });

  test('a bound below the average is refused', () => {
    expect(() => consistentHash([], { loadBound: 0.5 })).toThrow(
      'Expected `loadBound` to be 1 or more, or 0, got `0.5` (number).',
    );
  });

  test('neighbouring texts lie far apart', () => {
    const hashes = Array.from({ length: 1000 }, (_, at) => ringHash(`target#${at}`));
    expect(new Set(hashes).size).toBe(1000);
    const quarters = [0, 0, 0, 0];
    for (const hash of hashes) quarters[hash >>> 30] = (quarters[hash >>> 30] ?? 0) + 1;
    for (const count of quarters) expect(count).toBeGreaterThan(180);
  });
});
