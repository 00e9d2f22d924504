/** Tests of idempotency. */
import { pipeline } from '@interpose/kernel';
import { memoryStore } from '@interpose/kernel/store';
import { fakeClock, settle } from '@interpose/testing';
import { expect, test } from 'vitest';
import { type RunParts, testRun, toEnd } from '../../test-kit/job-runs.ts';
import { PostponedError } from '../errors.ts';
import type { JobContext } from '../job-context.ts';
import { idempotency, type IdempotencyOptions } from './idempotency.ts';

type Order = JobContext<{ readonly number?: string }>;

function setUp(options: Partial<IdempotencyOptions<Order>> = {}) {
  const clock = fakeClock();
  const store = memoryStore({ clock });
  const made = { runs: 0, replays: 0, answer: (): unknown => `receipt ${made.runs}` };
  const serve = pipeline<Order, unknown>({ answersNothing: true })
    .use(
      idempotency<Order>({
        key: ({ data }) => data.number,
        store,
        onReplay: () => void made.replays++,
        ...options,
      }),
    )
    .handle(() => {
      made.runs++;
      return made.answer();
    });
  return {
    clock,
    store,
    made,
    run: (number?: string, parts: RunParts = {}) =>
      toEnd(testRun({ clock, job: { data: { number } }, ...parts }), serve as never),
  };
}

test('what was done is not done again, and comes to what it came to', async () => {
  const { run, made, clock } = setUp({ ttlMs: 5000 });
  expect(await run('a')).toEqual({ kind: 'completed', result: 'receipt 1' });
  expect(await run('a')).toEqual({ kind: 'completed', result: 'receipt 1' });
  expect(await run('b')).toEqual({ kind: 'completed', result: 'receipt 2' });
  expect([made.runs, made.replays]).toEqual([2, 1]);
  await clock.advance(5000);
  expect(await run('a')).toEqual({ kind: 'completed', result: 'receipt 3' });
});

test('a job without a result is not done again either; one without a key is', async () => {
  const { run, made } = setUp();
  made.answer = () => undefined;
  await run('a');
  expect(await run('a')).toEqual({ kind: 'completed', result: undefined });
  expect(made.runs).toBe(1);
  await run();
  await run();
  expect(made.runs).toBe(3);
});

test('by default a job is known by its queue and id: handed out twice, it is done once', async () => {
  const clock = fakeClock();
  let runs = 0;
  const serve = pipeline<JobContext, unknown>()
    .use(idempotency())
    .handle(() => ++runs);
  await toEnd(testRun({ clock }), serve as never);
  await toEnd(testRun({ clock, redelivered: true }), serve as never);
  await toEnd(testRun({ clock, job: { id: 'j-2' } }), serve as never);
  await toEnd(testRun({ clock, job: { queue: 'other' } }), serve as never);
  expect(runs).toBe(3);
});

test('a failure frees the key, and so does being put off', async () => {
  const { run, made, store } = setUp();
  made.answer = () => {
    throw made.runs === 1 ? new Error('no') : new PostponedError(5);
  };
  expect((await run('a')).kind).toBe('failed');
  expect((await run('a')).kind).toBe('postponed');
  expect([made.runs, store.keys()]).toEqual([2, []]);
});

test('while one is at it the other is put off; if it dies, the key is free after its time', async () => {
  const { run, made, clock, store } = setUp({ leaseMs: 900, postponeMs: 40 });
  let finish!: (value: string) => void;
  made.answer = () => new Promise((resolve) => (finish = resolve));
  const first = run('a');
  await clock.advance(10_000);
  expect(await run('a')).toEqual({ kind: 'postponed' });
  finish('done');
  expect(await first).toEqual({ kind: 'completed', result: 'done' });
  store.set('idempotency:dead', { holder: 'dead' }, 900);
  expect((await run('dead')).kind).toBe('postponed');
  await clock.advance(900);
  const next = run('dead');
  await settle();
  finish('after all');
  expect(await next).toEqual({ kind: 'completed', result: 'after all' });
});

test('a store that cannot be asked fails the run before anything is done; one that fails afterwards is reported', async () => {
  const inner = memoryStore();
  const failures: unknown[] = [];
  const down = (): never => {
    throw new Error('down');
  };
  const before = setUp({ store: { ...inner, add: down } });
  expect(await before.run('a')).toEqual({ kind: 'failed', error: new Error('down') });
  expect(before.made.runs).toBe(0);
  const after = setUp({ store: { ...inner, set: down }, onFailure: (e) => void failures.push(e) });
  expect(await after.run('a')).toEqual({ kind: 'completed', result: 'receipt 1' });
  expect(failures).toEqual([new Error('down')]);
});

test('an observer that throws is reported and harms nothing', async () => {
  const failures: unknown[] = [];
  const { run } = setUp({
    onReplay() {
      throw new Error('observer');
    },
    onFailure: (error) => void failures.push(error),
  });
  await run('__proto__');
  expect((await run('__proto__')).kind).toBe('completed');
  expect(failures).toEqual([new Error('observer')]);
});

test('options are checked', () => {
  expect(() => idempotency({ key: 'x' as never })).toThrow('Expected `key`');
  expect(() => idempotency({ store: {} as never })).toThrow('Expected `store`');
  expect(() => idempotency({ ttlMs: 0 })).toThrow('Expected `ttlMs`');
  expect(() => idempotency({ leaseMs: 0 })).toThrow('Expected `leaseMs`');
  expect(() => idempotency({ postponeMs: 0 })).toThrow('Expected `postponeMs`');
  expect(() => idempotency({ onReplay: 1 as never })).toThrow('Expected `onReplay`');
  expect(() => idempotency({ onFailure: 1 as never })).toThrow('Expected `onFailure`');
  expect(() => idempotency({ keys: 1 } as never)).toThrow('Did you mean "key"?');
});
