/** Tests of concurrency. */
import { pipeline } from '@interpose/kernel';
import { memoryStore } from '@interpose/kernel/store';
import { BulkheadFullError } from '@interpose/resilience';
import { fakeClock, settle } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { testRun, toEnd } from '../../test-kit/job-runs.ts';
import type { JobContext } from '../job-context.ts';
import { concurrency, type ConcurrencyOptions } from './concurrency.ts';

type Mail = JobContext<{ readonly to?: string }>;

function setUp(options: Partial<ConcurrencyOptions<Mail>> = {}) {
  const clock = fakeClock();
  const open: (() => void)[] = [];
  const limit = concurrency<Mail>({ max: 2, key: ({ data }) => data.to, ...options });
  const serve = pipeline<Mail, unknown>()
    .use(limit)
    .handle(() => new Promise((done) => void open.push(() => done('sent'))));
  const ends: string[] = [];
  return {
    clock,
    open,
    ends,
    async start(to?: string) {
      const run = testRun({ clock, job: { data: to === undefined ? {} : { to } } });
      const ended = toEnd(run, serve as never).then(({ kind }) => void ends.push(`${to} ${kind}`));
      await settle();
      return ended;
    },
  };
}

describe.each<[string, () => Partial<ConcurrencyOptions<Mail>>]>([
  ['in one process', () => ({})],
  ['in a store', () => ({ store: memoryStore() })],
])('concurrency %s', (_, more) => {
  test('runs so many of a key at once and puts the others off', async () => {
    const { start, ends, open, clock } = setUp(more());
    for (const to of ['ada', 'ada', 'bob', 'ada', '__proto__', undefined, undefined, undefined]) {
      void start(to);
      await settle();
    }
    expect(ends).toEqual(['ada postponed']);
    expect(open).toHaveLength(7);
    open.shift()?.();
    await settle();
    void start('ada');
    await settle();
    expect(ends).toEqual(['ada postponed', 'ada completed']);
    for (const finish of open.splice(0)) finish();
    await settle();
    expect(ends).toHaveLength(9);
    expect(clock.pending).toBe(0);
  });
});

test('one too many can wait for its turn', async () => {
  const { start, ends, open } = setUp({ max: 1, whenFull: 'wait' });
  for (let count = 0; count < 3; count++) await Promise.race([start('ada'), settle()]);
  expect([open.length, ends]).toEqual([1, []]);
  for (let count = 0; count < 3; count++) {
    open.shift()?.();
    await settle();
  }
  expect(ends).toEqual(['ada completed', 'ada completed', 'ada completed']);
});

test('a place in the store is held for as long as the job takes, and is free again when its worker has died', async () => {
  const clock = fakeClock();
  const store = memoryStore({ clock });
  const open: (() => void)[] = [];
  const serve = pipeline<JobContext, unknown>()
    .use(concurrency({ max: 1, store, leaseMs: 900, postponeMs: 77 }))
    .handle(() => new Promise((done) => void open.push(() => done('sent'))));
  const first = toEnd(testRun({ clock }), serve as never);
  await clock.advance(5000);
  await expect(serve(testRun({ clock }).ctx)).rejects.toMatchObject({
    code: 'POSTPONED',
    afterMs: 77,
  });
  open.shift()?.();
  expect((await first).kind).toBe('completed');
  expect([store.keys(), clock.pending]).toEqual([[], 0]);
  // Of one that has died nobody renews the place.
  store.set('concurrency:["mail","send"]:0', { holder: 'dead' }, 900);
  await expect(serve(testRun({ clock }).ctx)).rejects.toMatchObject({ code: 'POSTPONED' });
  await clock.advance(900);
  const next = toEnd(testRun({ clock }), serve as never);
  await settle();
  open.shift()?.();
  expect((await next).kind).toBe('completed');
});

test('a bulkhead further in that is full is a failure of the rest', async () => {
  const refusal = new BulkheadFullError('database', 1, 0);
  const serve = pipeline<JobContext, unknown>()
    .use(concurrency({ max: 1 }))
    .handle(() => {
      throw refusal;
    });
  expect(await toEnd(testRun(), serve as never)).toEqual({ kind: 'failed', error: refusal });
});

test('options are checked', () => {
  expect(() => concurrency({ max: 0 })).toThrow('Expected `max`');
  expect(() => concurrency({ max: 1, key: 'x' as never })).toThrow('Expected `key`');
  expect(() => concurrency({ max: 1, whenFull: 'fail' as never })).toThrow('Expected `whenFull`');
  expect(() => concurrency({ max: 1, store: {} as never })).toThrow('Expected `store`');
  expect(() => concurrency({ max: 1, store: memoryStore(), whenFull: 'wait' })).toThrow('`store`');
  expect(() => concurrency({ max: 1, postponeMs: 0 })).toThrow('Expected `postponeMs`');
  expect(() => concurrency({ max: 1, leaseMs: 0 })).toThrow('Expected `leaseMs`');
  expect(() => concurrency({ maximum: 1 } as never)).toThrow('Unknown option `maximum`');
});
