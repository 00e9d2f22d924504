/** Tests of lintJobs. */
import { type AnyMiddleware, pipeline, when } from '@interpose/kernel';
import { fallback, retry, timeout } from '@interpose/resilience';
import { metricsRegistry } from '@interpose/resilience/observing';
import { expect, test } from 'vitest';
import type { JobContext } from './job-context.ts';
import { lintJobs } from './lint-jobs.ts';
import { alert } from './middleware/alert.ts';
import { concurrency } from './middleware/concurrency.ts';
import { heartbeat } from './middleware/heartbeat.ts';
import { idempotency } from './middleware/idempotency.ts';
import { jobMetrics } from './middleware/job-metrics.ts';
import { jobTimeout } from './middleware/job-timeout.ts';
import { jobTracking } from './middleware/job-tracking.ts';
import { unique } from './middleware/unique.ts';
import { memoryRecords } from './records/memory-records.ts';

const tracking = jobTracking({ records: memoryRecords() });
const metrics = jobMetrics({ meter: metricsRegistry() });
const tell = alert({ onFailure: () => {} });
const again = retry({ name: 'again' });

/** The rules of jobs that are broken. */
const rules = (...list: AnyMiddleware[]): string[] =>
  lintJobs(list)
    .map(({ rule }) => rule)
    .filter((rule) => !rule.startsWith('retry-without'));

test('an order in which nothing is wrong has no finding', () => {
  const key = (): string => 'k';
  expect(
    rules(
      tracking,
      metrics,
      heartbeat(),
      idempotency(),
      unique({ key }),
      again,
      jobTimeout(),
      tell,
    ),
  ).toEqual([]);
});

test.each<[string, AnyMiddleware[], string[]]>([
  ['tracking-inside-retry', [again, tracking], ['again', 'jobTracking']],
  ['metrics-inside-retry', [again, metrics], ['again', 'jobMetrics']],
  ['key-freed-between-attempts', [again, idempotency()], ['again', 'idempotency']],
  ['key-freed-between-attempts', [again, unique({ key: () => 'k' })], ['again', 'unique']],
  ['heartbeat-inside-retry', [again, heartbeat()], ['again', 'heartbeat']],
  ['heartbeat-inside-timeout', [jobTimeout(), heartbeat()], ['jobTimeout', 'heartbeat']],
  ['heartbeat-inside-timeout', [timeout(), heartbeat()], ['timeout', 'heartbeat']],
  ['put-off-unseen', [concurrency({ max: 1 }), tracking], ['concurrency', 'jobTracking']],
  ['fallback-hides-failures', [tell, fallback({ fallback: 1 })], ['fallback', 'alert']],
])('%s', (rule, list, names) => {
  const found = lintJobs(list).filter((one) => one.rule === rule);
  expect(found.map(({ middleware }) => middleware)).toEqual([names]);
  for (const name of names) expect(found[0]?.message).toContain(`"${name}"`);
  expect(rules(...list.toReversed()).filter((one) => one !== 'fallback-hides-failures')).toEqual(
    [],
  );
});

test("a fallback where nobody is told of failures is nobody's trap", () => {
  expect(rules(fallback({ fallback: 1 }), tracking)).toEqual([]);
});

test('looks into pipelines and into what is conditional, and finds what lint of resilience finds', () => {
  const start = pipeline<JobContext, unknown>()
    .use(again)
    .use(when(() => true, tracking) as never);
  expect(lintJobs(start).map(({ rule, severity }) => `${rule}: ${severity}`)).toEqual([
    'retry-without-attempt-timeout: mistake',
    'retry-without-total-timeout: advice',
    'tracking-inside-retry: mistake',
  ]);
  expect(lintJobs([again, jobTimeout()]).map(({ rule }) => rule)).toEqual([
    'retry-without-total-timeout',
  ]);
  expect(lintJobs([again], { idempotent: false }).map(({ rule }) => rule)).toContain(
    'repeats-what-is-not-idempotent',
  );
});
