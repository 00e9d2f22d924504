/** Tests of jobTimeout. */
import { pipeline } from '@interpose/kernel';
import { retry, timeout } from '@interpose/resilience';
import { fakeClock } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { testRun, toEnd } from '../../test-kit/job-runs.ts';
import type { JobContext } from '../job-context.ts';
import { JobTimeoutError } from '../timeout-error.ts';
import { jobTimeout, type JobTimeoutOptions, type LateEnd } from './job-timeout.ts';

function setUp(handler: (ctx: JobContext) => unknown, options: JobTimeoutOptions = {}) {
  const clock = fakeClock();
  const late: LateEnd[] = [];
  const serve = pipeline<JobContext, unknown>({ answersNothing: true })
    .use(
      jobTimeout({
        timeoutMs: 1000,
        graceMs: 100,
        onLateEnd: (end) => void late.push(end),
        ...options,
      }),
    )
    .handle(handler as never);
  return { clock, late, start: () => toEnd(testRun({ clock }), serve as never) };
}

/** Work that goes on until its signal aborts, and for some time after. */
const heeding = (clock: () => ReturnType<typeof fakeClock>, afterMs: number) => (ctx: JobContext) =>
  new Promise((_, reject) => {
    ctx.signal.addEventListener('abort', () =>
      clock().setTimer(() => reject(new Error('interrupted')), afterMs),
    );
  });

describe('jobTimeout', () => {
  test('M-138 a handler that heeds its signal has stopped', async () => {
    const { clock, start, late } = setUp(heeding(() => clock, 50));
    const ended = start();
    await clock.advance(1050);
    const end = await ended;
    expect(end).toMatchObject({
      kind: 'failed',
      error: { code: 'JOB_TIMEOUT', handler: 'stopped', timeoutMs: 1000 },
    });
    const { error } = end as unknown as { readonly error: JobTimeoutError };
    expect(error).toBeInstanceOf(Error);
    expect(error.cause).toMatchObject({ code: 'TIMEOUT' });
    expect(error.message).toBe('The job took longer than 1000 ms; its handler has stopped.');
    expect([late, clock.pending]).toEqual([[], 0]);
  });

  test('M-138 one that does not is abandoned after its grace, and its late end is told', async () => {
    let finish!: (value: string) => void;
    const { clock, start, late } = setUp(() => new Promise((resolve) => (finish = resolve)));
    const ended = start();
    await clock.advance(1099);
    expect(clock.pending).toBe(1);
    await clock.advance(1);
    expect(await ended).toMatchObject({ error: { handler: 'abandoned' } });
    expect(late).toEqual([]);
    await clock.advance(900);
    finish('at last');
    await clock.advance(0);
    expect(late).toMatchObject([{ elapsedMs: 2000, outcome: { ok: true, value: 'at last' } }]);
    expect(late[0]?.ctx.job.id).toBe('j-1');
    expect(clock.pending).toBe(0);
  });

  test('without grace it is abandoned at once; with all the grace there is, never', async () => {
    const hasty = setUp(
      heeding(() => hasty.clock, 50),
      { graceMs: 0 },
    );
    const ended = hasty.start();
    await hasty.clock.advance(1000);
    expect(await ended).toMatchObject({ error: { handler: 'abandoned' } });
    await hasty.clock.advance(50);
    expect(hasty.late).toMatchObject([{ outcome: { ok: false } }]);
    const patient = setUp(
      heeding(() => patient.clock, 1e6),
      { graceMs: Infinity },
    );
    const over = patient.start();
    await patient.clock.advance(1000 + 1e6);
    expect(await over).toMatchObject({ error: { handler: 'stopped' } });
  });

  test('what ends in time, or in its grace after all, comes through', async () => {
    const { start } = setUp(() => 'done');
    expect(await start()).toEqual({ kind: 'completed', result: 'done' });
    const { clock, start: begin } = setUp(
      () => new Promise((resolve) => clock.setTimer(() => resolve('just'), 1050)),
    );
    const ended = begin();
    await clock.advance(1050);
    expect(await ended).toEqual({ kind: 'completed', result: 'just' });
    const own = new Error('its own');
    const failing = setUp(() => {
      throw own;
    });
    expect(await failing.start()).toEqual({ kind: 'failed', error: own });
  });

  test('a timeout further in or further out is not its own', async () => {
    const clock = fakeClock();
    const sleeper = () => new Promise(() => {});
    const inner = pipeline<JobContext, unknown>()
      .use(jobTimeout({ timeoutMs: 1000 }))
      .use(timeout({ timeoutMs: 10, clock }))
      .handle(sleeper);
    const first = toEnd(testRun({ clock }), inner as never);
    await clock.advance(10);
    expect(await first).toMatchObject({ error: { code: 'TIMEOUT', policy: 'timeout' } });
    const outer = pipeline<JobContext, unknown>()
      .use(jobTimeout({ timeoutMs: 10, graceMs: 0 }))
      .use(jobTimeout({ timeoutMs: 1000, graceMs: 0 }))
      .handle(sleeper);
    const second = toEnd(testRun({ clock }), outer as never);
    await clock.advance(10);
    expect(await second).toMatchObject({ error: { code: 'JOB_TIMEOUT', timeoutMs: 10 } });
  });

  test('M-137 each attempt of a retry has the time, and it is tried again after it ran out', async () => {
    const clock = fakeClock();
    let runs = 0;
    const serve = pipeline<JobContext, unknown>()
      .use(retry({ maxAttempts: 3, backoff: 'none', clock }))
      .use(jobTimeout({ timeoutMs: 100, graceMs: 0 }))
      .handle(() => (++runs < 3 ? new Promise(() => {}) : 'third'));
    const ended = toEnd(testRun({ clock }), serve as never);
    await clock.advance(200);
    expect(await ended).toEqual({ kind: 'completed', result: 'third' });
  });

  test('an aborted signal is heeded as its own reason', async () => {
    const clock = fakeClock();
    const controller = new AbortController();
    const serve = pipeline<JobContext, unknown>()
      .use(jobTimeout({ graceMs: 0 }))
      .handle(() => new Promise(() => {}));
    const ended = serve(testRun({ clock, signal: controller.signal }).ctx);
    const reason = new Error('closing');
    controller.abort(reason);
    await expect(ended).rejects.toBe(reason);
  });

  test('it calls itself a timeout to those who look for one', () => {
    expect(jobTimeout({ timeoutMs: 5 }).describe()).toEqual({
      policy: 'timeout',
      name: 'jobTimeout',
      options: { timeoutMs: 5, graceMs: 5000 },
    });
  });

  test('options are checked', () => {
    expect(() => jobTimeout({ timeoutMs: 0 })).toThrow('Expected `timeoutMs`');
    expect(() => jobTimeout({ graceMs: -1 })).toThrow('Expected `graceMs`');
    expect(() => jobTimeout({ onLateEnd: 1 as never })).toThrow('Expected `onLateEnd`');
    expect(() => jobTimeout({ timeout: 5 } as never)).toThrow('Did you mean "timeoutMs"?');
  });
});
