/** Tests of unique. */
import { pipeline } from '@interpose/kernel';
import { memoryStore } from '@interpose/kernel/store';
import { fakeClock } from '@interpose/testing';
import { expect, test } from 'vitest';
import { testRun, toEnd } from '../../test-kit/job-runs.ts';
import type { JobContext } from '../job-context.ts';
import { unique, type UniqueOptions } from './unique.ts';

type Sync = JobContext<{ readonly account?: string }>;

function setUp(options: Partial<UniqueOptions<Sync>> = {}) {
  const clock = fakeClock();
  const store = memoryStore({ clock });
  const serve = pipeline<Sync, unknown>()
    .use(unique<Sync>({ key: ({ data }) => data.account, store, ttlMs: 900, ...options }))
    .handle(
      ({ data }) =>
        new Promise((done, fail) => {
          clock.setTimer(() => (data.account === 'bad' ? fail(new Error('no')) : done('ok')), 3000);
        }),
    );
  return {
    clock,
    store,
    start: (account?: string) => {
      const data = account === undefined ? {} : { account };
      return toEnd(testRun({ clock, job: { data } }), serve as never);
    },
  };
}

test('the second of a key is put off while the first runs, however long that takes', async () => {
  const { clock, start, store } = setUp({ postponeMs: 50 });
  const first = start('a');
  await clock.advance(2900);
  expect(await start('a')).toEqual({ kind: 'postponed' });
  const other = start('b');
  const [one, two] = [start(), start()];
  await clock.advance(3000);
  const kinds = (await Promise.all([first, other, one, two])).map(({ kind }) => kind);
  expect(kinds).toEqual(['completed', 'completed', 'completed', 'completed']);
  expect(store.keys()).toEqual([]);
  const again = start('a');
  await clock.advance(3000);
  expect((await again).kind).toBe('completed');
  expect(clock.pending).toBe(0);
});

test('a failure lets go of the key', async () => {
  const { clock, start, store } = setUp();
  const failing = start('bad');
  await clock.advance(3000);
  expect((await failing).kind).toBe('failed');
  expect(store.keys()).toEqual([]);
});

test('a key that was lost to another is not taken from that one', async () => {
  const { clock, start, store } = setUp();
  const first = start('a');
  store.set('unique:a', { holder: 'another' });
  await clock.advance(3000);
  expect((await first).kind).toBe('completed');
  expect(store.get('unique:a')).toEqual({ holder: 'another' });
  expect(clock.pending).toBe(0);
});

test('a store that fails at the end is reported, and the result stands', async () => {
  const failures: unknown[] = [];
  const inner = memoryStore();
  let isDown = false;
  const get = (key: string): unknown => {
    if (isDown) throw new Error('down');
    return inner.get(key);
  };
  const { clock, start } = setUp({
    store: { ...inner, get },
    onFailure: (error) => void failures.push(error),
  });
  const first = start('a');
  isDown = true;
  await clock.advance(3000);
  expect(await first).toEqual({ kind: 'completed', result: 'ok' });
  expect(failures.length).toBeGreaterThan(1);
});

test('options are checked', () => {
  const key = (): string => 'k';
  expect(() => unique({} as never)).toThrow('Expected `key`');
  expect(() => unique({ key, store: {} as never })).toThrow('Expected `store`');
  expect(() => unique({ key, ttlMs: 0 })).toThrow('Expected `ttlMs`');
  expect(() => unique({ key, postponeMs: 0 })).toThrow('Expected `postponeMs`');
  expect(() => unique({ key, onFailure: 1 as never })).toThrow('Expected `onFailure`');
  expect(() => unique({ key, ttl: 1 } as never)).toThrow('Did you mean "ttlMs"?');
});
