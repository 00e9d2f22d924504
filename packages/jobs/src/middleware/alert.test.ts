/** Tests of alert. */
import { pipeline } from '@interpose/kernel';
import { retry } from '@interpose/resilience';
import { fakeClock } from '@interpose/testing';
import { expect, test } from 'vitest';
import { leaseLost, type RunParts, testRun, toEnd } from '../../test-kit/job-runs.ts';
import type { JobContext } from '../job-context.ts';
import { alert, type AlertOptions, type JobFailure } from './alert.ts';

function setUp(options: Partial<AlertOptions> = {}) {
  const clock = fakeClock();
  const told: JobFailure[] = [];
  const serve = pipeline<JobContext, unknown>()
    .use(retry({ maxAttempts: 3, backoff: 'none', clock, budget: false }))
    .use(alert({ onFailure: (failure) => void told.push(failure), ...options }))
    .handle(({ data }) => {
      throw data instanceof Error ? data : new Error('no mail today');
    });
  const fail = async (parts: RunParts = {}) => {
    const run = testRun({ clock, ...parts });
    const end = await toEnd(run, serve as never);
    return { run, end };
  };
  return { clock, told, fail, heldBack: () => told.map((one) => one.heldBack) };
}

test('M-142 tells once of a job that has failed for good, with its error and context, not of each attempt', async () => {
  const { told, fail } = setUp();
  await fail({ maxAttempts: 2 });
  expect(told).toEqual([]);
  const { run } = await fail({ maxAttempts: 2, attempt: 2 });
  expect(told).toHaveLength(1);
  expect(told[0]).toMatchObject({ heldBack: 0, escalated: false, key: 'mail send Error' });
  expect(told[0]?.error.message).toBe('no mail today');
  expect(told[0]?.ctx.job).toBe(run.ctx.job);
});

test('M-142 an alert that throws does not hide the error of the job; the next one is told at once', async () => {
  let isDown = true;
  const said: number[] = [];
  const { fail } = setUp({
    windowMs: 60_000,
    onFailure({ heldBack }) {
      if (isDown) throw new Error('pager is down');
      said.push(heldBack);
    },
  });
  const { run, end } = await fail();
  expect(end).toMatchObject({ kind: 'failed', error: { message: 'no mail today' } });
  expect(run.reports).toEqual([new Error('pager is down')]);
  isDown = false;
  await fail();
  expect(said).toEqual([1]);
});

test('one that takes too long holds the job up for so long and no longer', async () => {
  const { fail, clock } = setUp({ onFailure: () => new Promise(() => {}), maxWaitMs: 500 });
  const failed = fail();
  await clock.advance(500);
  const { run, end } = await failed;
  expect(end.kind).toBe('failed');
  expect(run.reports).toMatchObject([{ code: 'TIMEOUT', policy: 'alert' }]);
});

test('those that are the same are held back in the window and counted with the next', async () => {
  const { clock, fail, heldBack, told } = setUp({ windowMs: 1000 });
  for (let count = 0; count < 5; count++) await fail();
  expect(heldBack()).toEqual([0]);
  await fail({ job: { name: 'sync' } });
  await fail({ job: { data: new RangeError('other') } });
  expect(told.map(({ key }) => key)).toEqual([
    'mail send Error',
    'mail sync Error',
    'mail send RangeError',
  ]);
  await clock.advance(999);
  await fail();
  expect(told).toHaveLength(3);
  await clock.advance(1);
  await fail();
  expect(heldBack()).toEqual([0, 0, 0, 5]);
});

test('so many in one window are told of once more', async () => {
  const { clock, fail, told } = setUp({ windowMs: 1000, escalateAfter: 3 });
  for (let count = 0; count < 5; count++) await fail();
  expect(told.map(({ escalated, heldBack }) => [escalated, heldBack])).toEqual([
    [false, 0],
    [true, 1],
  ]);
  await clock.advance(1000);
  await fail();
  expect(told.at(-1)).toMatchObject({ escalated: false, heldBack: 2 });
});

test("a key of one's own says which are the same", async () => {
  const { fail, told } = setUp({
    windowMs: 1000,
    key: (_, { data }) => (data as { to: string }).to,
  });
  for (const to of ['ada', 'bob', 'ada', '__proto__']) await fail({ job: { data: { to } } });
  expect(told.map(({ key }) => key)).toEqual(['ada', 'bob', '__proto__']);
});

test('a run that has lost its lease tells nobody: how the job ends another worker will know', async () => {
  const { fail, told } = setUp();
  await fail({ renew: leaseLost });
  expect(told).toEqual([]);
  await fail({
    renew: async () => {
      throw new Error('the store is down');
    },
  });
  expect(told).toHaveLength(1);
});

test('options are checked', () => {
  const onFailure = () => {};
  expect(() => alert({} as never)).toThrow('Expected `onFailure`');
  expect(() => alert({ onFailure, windowMs: -1 })).toThrow('Expected `windowMs`');
  expect(() => alert({ onFailure, key: 'job' as never })).toThrow('Expected `key`');
  expect(() => alert({ onFailure, escalateAfter: 1 })).toThrow('Expected `escalateAfter`');
  expect(() => alert({ onFailure, maxWaitMs: 0 })).toThrow('Expected `maxWaitMs`');
  expect(() => alert({ onFailure, window: 5 } as never)).toThrow('Did you mean "windowMs"?');
});
