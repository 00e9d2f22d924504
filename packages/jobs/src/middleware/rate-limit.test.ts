/** Tests of rateLimit. */
import { pipeline } from '@interpose/kernel';
import { memoryLimitStore } from '@interpose/resilience/stores';
import { RateLimitedError } from '@interpose/resilience';
import { fakeClock, settle } from '@interpose/testing';
import { expect, test } from 'vitest';
import { testRun, toEnd } from '../../test-kit/job-runs.ts';
import type { JobContext } from '../job-context.ts';
import { rateLimit, type RateLimitOptions } from './rate-limit.ts';

type Mail = JobContext<{ readonly to?: string }>;

function setUp(options: Partial<RateLimitOptions<Mail>> = {}) {
  const clock = fakeClock();
  const limit = rateLimit<Mail>({ limit: 2, perMs: 1000, algorithm: 'fixed-window', ...options });
  const serve = pipeline<Mail, unknown>()
    .use(limit)
    .handle(() => clock.now());
  return {
    clock,
    run: (data: unknown = {}) => serve(testRun({ clock, job: { data } }).ctx as Mail),
  };
}

test('puts off what is one too many until there is room, which is then', async () => {
  const { clock, run } = setUp();
  await clock.advance(300);
  expect([await run(), await run()]).toEqual([300, 300]);
  await expect(run()).rejects.toMatchObject({ code: 'POSTPONED', afterMs: 1000 });
  await clock.advance(1000);
  expect(await run()).toBe(1300);
});

test('each key has its own limit, and no key has none', async () => {
  const { run } = setUp({ limit: 1, key: ({ data }) => data.to });
  await run({ to: 'ada' });
  await run({ to: 'constructor' });
  for (let count = 0; count < 3; count++) await run({});
  await expect(run({ to: 'ada' })).rejects.toMatchObject({ code: 'POSTPONED' });
});

test('one too many can wait for its turn', async () => {
  const { clock, run } = setUp({ limit: 1, whenFull: 'wait' });
  const ended = Promise.all([run(), run(), run()]);
  await settle();
  await clock.advance(2000);
  expect(await ended).toEqual([0, 1000, 2000]);
});

test('workers that share a store share the limit', async () => {
  const store = memoryLimitStore();
  const [one, other] = [setUp({ limit: 1, store }), setUp({ limit: 1, store })];
  await one.run();
  await expect(other.run()).rejects.toMatchObject({ code: 'POSTPONED' });
});

test('the least that it is put off can be said, and a refusal further in is a failure of the rest', async () => {
  const { run } = setUp({ limit: 1, leastPostponeMs: 60_000 });
  await run();
  await expect(run()).rejects.toMatchObject({ afterMs: 60_000 });
  const facts = { policy: 'api', retryAfterMs: 5, limit: 1, remaining: 0, resetMs: 5 };
  const refusal = new RateLimitedError(facts);
  const serve = pipeline<JobContext, unknown>()
    .use(rateLimit({ limit: 1 }))
    .handle(() => {
      throw refusal;
    });
  expect(await toEnd(testRun(), serve as never)).toEqual({ kind: 'failed', error: refusal });
});

test('options are checked', () => {
  expect(() => rateLimit({ limit: 0 })).toThrow('Expected `limit`');
  expect(() => rateLimit({ limit: 1, key: 1 as never })).toThrow('Expected `key`');
  expect(() => rateLimit({ limit: 1, whenFull: 'x' as never })).toThrow('Expected `whenFull`');
  expect(() => rateLimit({ limit: 1, leastPostponeMs: 0 })).toThrow('`leastPostponeMs`');
  expect(() => rateLimit({ limit: 1, max: 2 } as never)).toThrow('Unknown option `max`');
});
