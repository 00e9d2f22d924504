/** Instructions to the queue pass every middleware of jobs as they are, and count as no failure. */
import { type AnyMiddleware, pipeline } from '@interpose/kernel';
import { retry, timeout } from '@interpose/resilience';
import { metricsRegistry } from '@interpose/resilience/observing';
import {
  DelayedError,
  RateLimitError,
  UnrecoverableError as BullmqUnrecoverableError,
  WaitingChildrenError,
  WaitingError,
} from 'bullmq';
import { beforeAll, describe, expect, test } from 'vitest';
import { testRun, toEnd } from '../test-kit/job-runs.ts';
import { markInstructions } from './bullmq-driver/instructions.ts';
import { deadLetters } from './dead-letters/dead-letters.ts';
import { PostponedError, UnrecoverableError } from './errors.ts';
import type { JobContext } from './job-context.ts';
import { jobStack } from './job-stack.ts';
import { memory } from './memory-driver/memory-driver.ts';
import { alert } from './middleware/alert.ts';
import { concurrency } from './middleware/concurrency.ts';
import { deadLetter } from './middleware/dead-letter.ts';
import { heartbeat } from './middleware/heartbeat.ts';
import { idempotency } from './middleware/idempotency.ts';
import { jobMetrics } from './middleware/job-metrics.ts';
import { jobTimeout } from './middleware/job-timeout.ts';
import { jobTracking } from './middleware/job-tracking.ts';
import { rateLimit } from './middleware/rate-limit.ts';
import { unique } from './middleware/unique.ts';
import { memoryRecords } from './records/memory-records.ts';

beforeAll(markInstructions);

const key = (): string => 'k';
const records = memoryRecords();
const letters = deadLetters(memory(), { queue: 'mail' });
const told: unknown[] = [];
const onFailure = (failure: unknown): void => void told.push(failure);

const LAYERS: readonly (readonly [string, () => AnyMiddleware])[] = [
  ['jobTracking', () => jobTracking({ records })],
  ['jobMetrics', () => jobMetrics({ meter: metricsRegistry() })],
  ['retry', () => retry({ backoff: 'none' })],
  ['timeout', () => timeout()],
  ['jobTimeout', () => jobTimeout()],
  ['deadLetter', () => deadLetter({ letters })],
  ['alert', () => alert({ onFailure })],
  ['heartbeat', () => heartbeat()],
  ['unique', () => unique({ key })],
  ['concurrency', () => concurrency({ max: 1 })],
  ['rateLimit', () => rateLimit({ limit: 1 })],
  ['idempotency', () => idempotency()],
  ['the whole stack', () => jobStack({ records, letters, onFailure })],
];

const ERRORS: readonly (readonly [string, Error])[] = [
  ['DelayedError', new DelayedError()],
  ['WaitingError', new WaitingError()],
  ['WaitingChildrenError', new WaitingChildrenError()],
  ['RateLimitError', new RateLimitError()],
  ['PostponedError', new PostponedError(5)],
];

describe.each(LAYERS)('%s', (_, make) => {
  const run = async (error: Error) => {
    let runs = 0;
    const serve = pipeline<JobContext, unknown>()
      .use(make() as never)
      .handle(() => {
        runs++;
        throw error;
      });
    const seen: { error?: unknown } = {};
    const end = await toEnd(testRun(), async (ctx) => {
      try {
        return await serve(ctx);
      } catch (thrown) {
        seen.error = thrown;
        throw thrown;
      }
    });
    return { end, runs, thrown: seen.error };
  };

  test.each(ERRORS)('lets %s pass as it is: nothing has failed', async (__, error) => {
    const { end, runs, thrown } = await run(error);
    expect(thrown).toBe(error);
    expect(end.kind).toBe('postponed');
    expect(runs).toBe(1);
    expect([told, await letters.count()]).toEqual([[], 0]);
    expect(records.list({ status: 'failed' })).toEqual([]);
  });
});

test.each([
  ['of ours', new UnrecoverableError('never')],
  ['of BullMQ', new BullmqUnrecoverableError('never')],
])('an UnrecoverableError %s is a failure for good, at once, and is told', async (_, error) => {
  const own = deadLetters(memory(), { queue: 'mail' });
  const alerts: unknown[] = [];
  let runs = 0;
  const serve = pipeline<JobContext, unknown>()
    .use(jobStack({ letters: own, onFailure: (failure) => void alerts.push(failure.error) }))
    .handle(() => {
      runs++;
      throw error;
    });
  const end = await toEnd(testRun({ maxAttempts: 5 }), serve as never);
  expect(end).toEqual({ kind: 'failed', error });
  expect([runs, alerts]).toEqual([1, [error]]);
  expect((await own.list()).map(({ reason }) => reason)).toEqual(['unrecoverable']);
});
