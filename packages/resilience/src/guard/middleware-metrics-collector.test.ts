/** Tests of the figures of middleware: times, counts, rates, percentiles, exports, and that they stay small. */
import { fakeClock, seededRandom } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { Histogram } from './histogram.ts';
import { MiddlewareMetricsCollector } from './middleware-metrics-collector.ts';
import { typeOf } from './middleware-record.ts';

describe('figures', () => {
  test('P-40 tell times, successes and failures with rates, errors by type, and the last execution', async () => {
    const clock = fakeClock({ startMs: 500, wallMs: Date.UTC(2024, 0, 1) });
    const metrics = new MiddlewareMetricsCollector({ clock });
    for (const ownMs of [10, 30, 20]) metrics.record('mine', { ownMs });
    await clock.advance(1000);
    metrics.record('mine', { ownMs: 40, totalMs: 60, error: new TypeError('no') });
    expect(metrics.getMetrics('mine')).toEqual({
      name: 'mine',
      executions: 4,
      successes: 3,
      failures: 1,
      ignored: 0,
      successRate: 0.75,
      failureRate: 0.25,
      ownMs: {
        min: 10,
        max: 40,
        average: 25,
        total: 100,
        p50: expect.closeTo(20, -1) as number,
        p95: 40,
        p99: 40,
      },
      totalMs: {
        min: 10,
        max: 60,
        average: 30,
        total: 120,
        p50: expect.closeTo(20, -1) as number,
        p95: 60,
        p99: 60,
      },
      errors: { TypeError: 1 },
      lastExecutedAt: Date.UTC(2024, 0, 1) + 1000,
      lastOwnMs: 40,
      lastTotalMs: 60,
      timedOut: 0,
      late: 0,
      blocked: 0,
      skipped: 0,
      rejected: 0,
    });
    expect(Object.keys(metrics.getAllMetrics())).toEqual(['mine']);
  });

  test('P-41 of one that is unknown or never ran are zero, with no NaN', () => {
    const metrics = new MiddlewareMetricsCollector();
    const unknown = metrics.getMetrics('nobody');
    expect(unknown).toMatchObject({
      executions: 0,
      successRate: 0,
      failureRate: 0,
      errors: {},
      lastExecutedAt: null,
      lastOwnMs: null,
      ownMs: { min: null, max: null, average: 0, total: 0, p50: 0, p95: 0, p99: 0 },
    });
    expect(JSON.stringify(unknown)).not.toContain('NaN');
    expect(metrics.getAllMetrics()).toEqual({});
  });

  test('P-43 count what was skipped, timed out and rejected apart from executions', () => {
    const metrics = new MiddlewareMetricsCollector();
    const record = metrics.recordOf('mine');
    record.skipped = 2;
    record.rejected = 3;
    record.timedOut = 1;
    expect(metrics.getMetrics('mine')).toMatchObject({
      executions: 0,
      skipped: 2,
      rejected: 3,
      timedOut: 1,
    });
  });

  test('P-44 can be reset, one by one or all', () => {
    const metrics = new MiddlewareMetricsCollector();
    for (const name of ['a', 'b', 'c']) metrics.record(name, { ownMs: 1, error: 1 });
    metrics.reset('a');
    expect(Object.values(metrics.getAllMetrics()).map(({ failures }) => failures)).toEqual([
      0, 1, 1,
    ]);
    metrics.reset();
    expect(Object.values(metrics.getAllMetrics()).map(({ executions }) => executions)).toEqual([
      0, 0, 0,
    ]);
    metrics.reset('nobody');
  });

  test('P-44 are bounded in names and in types of errors', () => {
    const metrics = new MiddlewareMetricsCollector({ maxNames: 2, maxErrorTypes: 2 });
    class Odd extends Error {}
    for (const error of [
      new TypeError('x'),
      new RangeError('x'),
      new Odd('x'),
      'text',
      new TypeError('x'),
    ]) {
      metrics.record('mine', { ownMs: 1, error });
    }
    expect(metrics.getMetrics('mine').errors).toEqual({
      TypeError: 2,
      RangeError: 1,
      '(other)': 2,
    });
    for (let index = 0; index < 1000; index++) metrics.record(`name-${index}`, { ownMs: 1 });
    expect(Object.keys(metrics.getAllMetrics())).toEqual(['mine', 'name-0', '(other)']);
    expect(metrics.getMetrics('(other)').executions).toBe(999);
  });

  test('P-44 are exported as JSON and as Prometheus text', () => {
    const metrics = new MiddlewareMetricsCollector({ clock: fakeClock({ wallMs: 2000 }) });
    metrics.record('a"b\\c\n', { ownMs: 250, totalMs: 500 });
    metrics.record('a"b\\c\n', { ownMs: 250, totalMs: 500, error: new TypeError('x') });
    expect(JSON.parse(JSON.stringify(metrics))).toEqual(metrics.getAllMetrics());
    expect(metrics.toPrometheus().split('\n')).toEqual(
      expect.arrayContaining([
        '# HELP middleware_executions_total Runs that came to an end.',
        '# TYPE middleware_executions_total counter',
        String.raw`middleware_executions_total{middleware="a\"b\\c\n",outcome="success"} 1`,
        String.raw`middleware_executions_total{middleware="a\"b\\c\n",outcome="failure"} 1`,
        '# TYPE middleware_own_seconds summary',
        String.raw`middleware_own_seconds{middleware="a\"b\\c\n",quantile="0.99"} 0.25`,
        String.raw`middleware_own_seconds_sum{middleware="a\"b\\c\n"} 0.5`,
        String.raw`middleware_own_seconds_count{middleware="a\"b\\c\n"} 2`,
        String.raw`middleware_total_seconds_sum{middleware="a\"b\\c\n"} 1`,
        String.raw`middleware_errors_total{middleware="a\"b\\c\n",type="TypeError"} 1`,
        String.raw`middleware_last_execution_timestamp_seconds{middleware="a\"b\\c\n"} 2`,
        String.raw`middleware_timed_out_total{middleware="a\"b\\c\n"} 0`,
      ]),
    );
    // Every line is a comment or a sample: name, labels, number.
    for (const line of metrics.toPrometheus().trimEnd().split('\n')) {
      expect(line).toMatch(
        /^# (?:HELP|TYPE) \w+ .+$|^\w+\{(?:\w+="(?:[^"\\]|\\.)*",?)+\} [\d.e+-]+$/,
      );
    }
  });

  test('are refused when they are none', () => {
    const metrics = new MiddlewareMetricsCollector();
    expect(() => metrics.record('', { ownMs: 1 })).toThrow('Expected `name` to be a name');
    expect(() => metrics.record('a', { ownMs: -1 })).toThrow(RangeError);
    expect(() => metrics.record('a', { ownMs: 1, totalMs: Number.NaN })).toThrow(RangeError);
    expect(() => new MiddlewareMetricsCollector({ maxNames: 0 })).toThrow(RangeError);
    expect(() => new MiddlewareMetricsCollector({ maxName: 1 } as never)).toThrow(
      'Did you mean "maxNames"?',
    );
  });
});

describe('Histogram', () => {
  test('P-44 gives percentiles that are off by a sixteenth at most, from whatever is recorded', () => {
    const random = seededRandom(7);
    for (const spread of [1, 4, 8]) {
      const histogram = new Histogram();
      const all = Array.from({ length: 5000 }, () => Math.exp(random() * spread) / 10);
      for (const ms of all) histogram.record(ms);
      all.sort((one, other) => one - other);
      for (const share of [0, 0.01, 0.5, 0.9, 0.95, 0.99, 1]) {
        const exact = all[Math.max(0, Math.ceil(share * all.length) - 1)] as number;
        expect(Math.abs(histogram.percentile(share) - exact) / exact).toBeLessThanOrEqual(1 / 16);
      }
      expect(histogram.count).toBe(5000);
      expect(histogram.sum).toBeCloseTo(
        all.reduce((sum, ms) => sum + ms, 0),
        6,
      );
    }
  });

  test('takes anything from nothing to years', () => {
    const histogram = new Histogram();
    for (const ms of [0, 1e-9, 1e12]) histogram.record(ms);
    expect(histogram.figures()).toMatchObject({
      min: 0,
      max: 1e12,
      p50: 0,
      p99: 1e12,
    });
    expect(histogram.count).toBe(3);
  });

  test('of one value says that value', () => {
    for (const ms of [0, 0.001, 1, 5, 100, 260_000, 1e7]) {
      const histogram = new Histogram();
      for (let time = 0; time < 3; time++) histogram.record(ms);
      expect(histogram.figures()).toMatchObject({ min: ms, max: ms, p50: ms, p95: ms, p99: ms });
    }
  });
});

test('typeOf names the class of an error, and the type of what is none', () => {
  class MineError extends Error {}
  const nameless = Object.assign(new Error('x'), { constructor: undefined });
  expect([new MineError(), nameless, 'text', null, undefined, {}].map(typeOf)).toEqual([
    'MineError',
    'Error',
    'string',
    'null',
    'undefined',
    'object',
  ]);
});
