/** Tests of heartbeat. */
import { pipeline } from '@interpose/kernel';
import { fakeClock } from '@interpose/testing';
import { expect, test } from 'vitest';
import { leaseLost, type RunParts, testRun, toEnd } from '../../test-kit/job-runs.ts';
import type { JobContext } from '../job-context.ts';
import { heartbeat, type HeartbeatOptions } from './heartbeat.ts';

function setUp(handler: (ctx: JobContext) => unknown, options: HeartbeatOptions = {}) {
  const clock = fakeClock();
  const serve = pipeline<JobContext, unknown>({ answersNothing: true })
    .use(heartbeat({ everyMs: 100, ...options }))
    .handle(handler as never);
  return {
    clock,
    serve,
    start(parts: RunParts = {}) {
      const run = testRun({ clock, ...parts });
      return { run, ended: toEnd(run, serve as never) };
    },
  };
}

test('renews the lease while the rest runs, and no longer', async () => {
  const { clock, start } = setUp(() => new Promise((done) => clock.setTimer(() => done('x'), 350)));
  const { run, ended } = start();
  await clock.advance(350);
  expect(await ended).toEqual({ kind: 'completed', result: 'x' });
  expect([run.renewals, clock.pending]).toEqual([3, 0]);
});

test('a lease that is lost ends the run, whatever it comes to', async () => {
  let reason: unknown;
  const { clock, serve } = setUp(
    ({ signal }) =>
      new Promise((done) => {
        signal.addEventListener('abort', () => {
          reason = signal.reason;
          done('nobody wants it');
        });
      }),
  );
  const run = testRun({ clock, renew: leaseLost });
  const ended = Promise.resolve(serve(run.ctx)).catch((error: unknown) => error);
  await clock.advance(100);
  expect(await ended).toMatchObject({ code: 'LEASE_LOST' });
  expect(reason).toMatchObject({ code: 'LEASE_LOST' });
  expect(clock.pending).toBe(0);
});

test('a store that is down for a while is reported and costs no lease', async () => {
  const failures: unknown[] = [];
  let isDown = true;
  const { clock, start } = setUp(
    () => new Promise((done) => clock.setTimer(() => done('x'), 250)),
    {
      onFailure: (error) => void failures.push(error),
    },
  );
  const { run, ended } = start({
    renew: async () => {
      if (isDown) throw new Error('down');
    },
  });
  await clock.advance(100);
  isDown = false;
  await clock.advance(150);
  expect((await ended).kind).toBe('completed');
  expect([failures, run.renewals]).toEqual([[new Error('down')], 2]);
});

test("a renewal that takes long is not joined by a second, and what it says after the end is nobody's", async () => {
  let fail!: (error: Error) => void;
  const failures: unknown[] = [];
  const { clock, start } = setUp(
    () => new Promise((done) => clock.setTimer(() => done('x'), 500)),
    {
      onFailure: (error) => void failures.push(error),
    },
  );
  const { run, ended } = start({ renew: () => new Promise((_, reject) => (fail = reject)) });
  await clock.advance(500);
  expect((await ended).kind).toBe('completed');
  expect(run.renewals).toBe(1);
  fail(new Error('late'));
  await clock.advance(1000);
  expect([failures, clock.pending]).toEqual([[], 0]);
});

test('the signal of the run still ends it', async () => {
  const controller = new AbortController();
  const { serve } = setUp(
    ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      }),
  );
  const ended = serve(testRun({ signal: controller.signal }).ctx);
  const reason = new Error('closing');
  controller.abort(reason);
  await expect(ended).rejects.toBe(reason);
});

test('options are checked', () => {
  expect(() => heartbeat({ everyMs: 0 })).toThrow('Expected `everyMs`');
  expect(() => heartbeat({ onFailure: 1 as never })).toThrow('Expected `onFailure`');
  expect(() => heartbeat({ every: 5 } as never)).toThrow('Did you mean "everyMs"?');
});
