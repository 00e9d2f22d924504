/** Whatever happens in whatever order, a pool does what its model says. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Candidate, LONG_MS, PoolTrial, type Step } from '../../test-kit/pool-model.ts';
import { createPool, type Pool } from './pool.ts';
import type { PoolOptions } from './pool-options.ts';

/** A long run is asked for by the environment. */
const RUNS = Number(process.env['POOL_RUNS'] ?? 120);

const pick = fc.nat(20);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('send'), count: fc.integer({ min: 1, max: 4 }) }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('answer'), pick, keeps: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('abort'), pick }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reset'), pick }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('endIdle'), pick }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('resetIdleAndSend'), pick }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('wait'),
      afterMs: fc.constantFrom(1, 300, 999, 1000, LONG_MS),
    }),
  },
);
const sizes = fc.record({
  maxConnections: fc.integer({ min: 1, max: 3 }),
  maxQueued: fc.integer({ min: 0, max: 4 }),
});

const compare = (candidate: Candidate, numRuns: number) =>
  fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), sizes, (steps, size) =>
      PoolTrial.run(steps, size, candidate),
    ),
    { numRuns, endOnFailure: true },
  );

test('a pool does what its model says', { timeout: Math.max(60_000, RUNS * 100) }, () =>
  compare({ make: createPool }, RUNS),
);

describe('the model finds', () => {
  /** A pool with one thing changed. */
  const changed =
    (change: (pool: Pool, origin: string, options: PoolOptions) => Partial<Pool>) =>
    (origin: string, options: PoolOptions): Pool => {
      const pool = createPool(origin, options);
      const rest = {
        dispatch: pool.dispatch.bind(pool),
        request: pool.request.bind(pool),
        stats: pool.stats.bind(pool),
        close: pool.close.bind(pool),
      };
      return { ...rest, ...change(pool, origin, options) };
    };

  test.each([
    [
      'a request that is never told that it is over',
      changed((pool) => {
        let count = 0;
        return {
          dispatch: (request, receiver) =>
            pool.dispatch(request, ++count === 5 ? { ...receiver, over: () => {} } : receiver),
        };
      }),
    ],
    [
      'a request that cannot be given up',
      changed((pool) => ({
        dispatch: (request, receiver) => {
          pool.dispatch(request, receiver);
          return { abort: () => {} };
        },
      })),
    ],
    [
      'one connection too many',
      (origin: string, options: PoolOptions) =>
        createPool(origin, { ...options, maxConnections: (options.maxConnections ?? 1) + 1 }),
    ],
    [
      'a queue that is too short',
      (origin: string, options: PoolOptions) =>
        createPool(origin, { ...options, maxQueued: Math.max(0, (options.maxQueued ?? 1) - 1) }),
    ],
    [
      'connections that are not used again',
      (origin: string, options: PoolOptions) => createPool(origin, { ...options, keepAliveMs: 0 }),
    ],
    [
      'a wait that is too long',
      (origin: string, options: PoolOptions) =>
        createPool(origin, { ...options, queueTimeoutMs: 1001 }),
    ],
  ])('%s', { timeout: 60_000 }, async (_, make) => {
    await expect(compare({ make, patienceMs: 200 }, 2000)).rejects.toThrow('Property failed');
  });
});
