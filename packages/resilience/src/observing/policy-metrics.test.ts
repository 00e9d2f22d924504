/** policyMetrics: what policies tell is counted under their names, and their state is there when it is read. */
import { pipeline } from '@interpose/kernel';
import { fakeClock, pending, settle } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { bulkhead } from '../bulkhead/bulkhead.ts';
import { circuitBreaker } from '../circuit-breaker/circuit-breaker.ts';
import { retry } from '../retry/retry.ts';
import { timeout } from '../timeout/timeout.ts';
import type { Meter } from './meter.ts';
import { type MetricsRegistry, metricsRegistry } from './metrics-registry.ts';
import { policyMetrics } from './policy-metrics.ts';
import { outcomeOf } from '../../test-kit/outcome-of.ts';

const figures = (meter: MetricsRegistry): Record<string, number> =>
  Object.fromEntries(
    meter
      .read()
      .map(({ name, labels, value, count }) => [
        [name, ...Object.values(labels)].join(' '),
        count ?? value,
      ]),
  );

describe('policyMetrics', () => {
  test('M-185 M-123 counts retries and refusals, and every other event', async () => {
    const clock = fakeClock();
    const meter = metricsRegistry();
    const again = retry({ clock, maxAttempts: 3, backoff: { kind: 'none' }, name: 'again' });
    const narrow = bulkhead({ clock, maxConcurrent: 1, maxQueue: 1 });
    policyMetrics([again, narrow], meter);
    const rest = pending<number>();
    const serve = pipeline<object, number>()
      .use(narrow)
      .handle(() => rest);
    const calls = [serve({}), serve({})];
    await outcomeOf(() => serve({}));
    expect(figures(meter)).toMatchObject({
      'mw_inflight bulkhead bulkhead': 1,
      'mw_queue_depth bulkhead bulkhead': 1,
      'mw_rejections_total bulkhead bulkhead': 1,
      'mw_events_total bulkhead bulkhead queued': 1,
    });
    await clock.advance(50);
    rest.resolve(1);
    await Promise.all(calls);
    expect(meter.prometheus()).toContain(
      'mw_queue_wait_seconds_sum{mw_policy="bulkhead",mw_name="bulkhead"} 0.05\n',
    );
    expect(figures(meter)).toMatchObject({
      'mw_inflight bulkhead bulkhead': 0,
      'mw_queue_depth bulkhead bulkhead': 0,
    });
    await outcomeOf(() =>
      pipeline<object, number>()
        .use(again)
        .handle(() => {
          throw new Error('boom');
        })({}),
    );
    expect(figures(meter)).toMatchObject({
      'mw_retries_total retry again': 2,
      'mw_events_total retry again attempt': expect.any(Number),
    });
  });

  test('M-185 shows the state of a breaker, and counts its changes', async () => {
    const clock = fakeClock();
    const meter = metricsRegistry();
    const breaker = circuitBreaker({
      clock,
      trip: { kind: 'consecutive', failures: 2 },
      openMs: 1000,
    });
    policyMetrics([breaker], meter);
    const key = 'mw_breaker_state circuitBreaker circuitBreaker';
    expect(figures(meter)[key]).toBe(0);
    let fails = true;
    const serve = pipeline<object, number>()
      .use(breaker)
      .handle(() => {
        if (fails) throw new Error('boom');
        return 1;
      });
    await outcomeOf(() => serve({}));
    await outcomeOf(() => serve({}));
    expect(figures(meter)[key]).toBe(2);
    await outcomeOf(() => serve({}));
    expect(figures(meter)['mw_rejections_total circuitBreaker circuitBreaker']).toBe(1);
    await clock.advance(1000);
    fails = false;
    expect(await serve({})).toBe(1);
    expect(figures(meter)).toMatchObject({
      [key]: 0,
      'mw_breaker_transitions_total circuitBreaker circuitBreaker open': 1,
      'mw_breaker_transitions_total circuitBreaker circuitBreaker closed': 1,
    });
    breaker.isolate();
    expect(figures(meter)[key]).toBe(3);
  });

  test('runs that nobody waits for any more are counted when they end', async () => {
    const clock = fakeClock();
    const meter = metricsRegistry();
    const policy = timeout({ clock, timeoutMs: 10 });
    policyMetrics([policy], meter);
    const rest = pending<number>();
    const call = outcomeOf(() =>
      pipeline<object, number>()
        .use(policy)
        .handle(() => rest)({}),
    );
    await clock.advance(10);
    await call;
    rest.resolve(1);
    await settle();
    expect(figures(meter)).toMatchObject({
      'mw_events_total timeout timeout timeout': 1,
      'mw_abandoned_total timeout timeout': 1,
    });
  });

  test('stops when it is told to, and leaves no listener', async () => {
    const meter = metricsRegistry();
    const policy = timeout({ clock: fakeClock() });
    const stop = policyMetrics([policy], meter);
    stop();
    const before = figures(meter);
    const narrow = bulkhead({ maxConcurrent: 1 });
    policyMetrics([narrow], meter)();
    const rest = pending<number>();
    const serve = pipeline<object, number>()
      .use(narrow)
      .handle(() => rest);
    const call = serve({});
    await outcomeOf(() => serve({}));
    rest.resolve(1);
    await call;
    expect(figures(meter)).toEqual({
      ...before,
      'mw_inflight bulkhead bulkhead': 0,
      'mw_queue_depth bulkhead bulkhead': 0,
    });
  });

  test('X-R7 a meter that fails changes nothing', async () => {
    const failures: unknown[] = [];
    const narrow = bulkhead({
      maxConcurrent: 1,
      onListenerError: (error) => void failures.push(error),
    });
    const real = metricsRegistry();
    const meter: Meter = {
      ...real,
      counter: () => ({
        of: () => {
          throw new Error('meter');
        },
      }),
    };
    policyMetrics([narrow], meter);
    const rest = pending<number>();
    const serve = pipeline<object, number>()
      .use(narrow)
      .handle(() => rest);
    const call = serve({});
    expect(await outcomeOf(() => serve({}))).toMatchObject({ code: 'BULKHEAD_FULL' });
    rest.resolve(5);
    expect(await call).toBe(5);
    expect(failures.map(String)).toContain('Error: meter');
  });

  test('what is no policy, and no meter, is refused in a sentence', () => {
    const meter = metricsRegistry();
    expect(() => policyMetrics([{}] as never, meter)).toThrow(
      'Expected `policies[0]` to be a policy',
    );
    expect(() => policyMetrics([undefined] as never, meter)).toThrow(TypeError);
    expect(() => policyMetrics({} as never, meter)).toThrow('a list of policies');
    expect(() => policyMetrics([], {} as never)).toThrow('Expected `meter` to be a meter');
  });
});
