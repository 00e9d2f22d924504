/** Instructions to the host reach it as they are, whatever policies stand in between. */
import { type Middleware, pipeline } from '@interpose/kernel';
import { fakeClock } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { adaptiveLimit } from './adaptive-limit/adaptive-limit.ts';
import { errorLayers } from './boundary/error-layers.ts';
import { createErrorHandler } from './boundary/error-handler.ts';
import { errorMiddleware } from './boundary/error-middleware.ts';
import { exceptionBoundary } from './boundary/exception-boundary.ts';
import { bulkhead } from './bulkhead/bulkhead.ts';
import { cache } from './cache/cache.ts';
import { circuitBreaker } from './circuit-breaker/circuit-breaker.ts';
import { coalesce } from './coalesce/coalesce.ts';
import { fallback } from './fallback.ts';
import { hedge } from './hedge/hedge.ts';
import { INSTRUCTION, instructionOf, markInstruction } from './instruction.ts';
import { formatResponse } from './observing/format-response.ts';
import { logging } from './observing/logging.ts';
import { metrics } from './observing/metrics.ts';
import { metricsRegistry } from './observing/metrics-registry.ts';
import { rateLimit } from './rate-limiter/rate-limiter.ts';
import { retry } from './retry/retry.ts';
import { timeout } from './timeout/timeout.ts';

class Later extends Error {}
class Never extends Error {}
markInstruction(Later, 'pass');
markInstruction(Never, 'final');

const silent = { info() {}, warn() {}, error() {}, debug() {} };
const all = () => true;

const LAYERS: Readonly<Record<string, () => unknown>> = {
  adaptiveLimit: () => adaptiveLimit(),
  bulkhead: () => bulkhead({ maxConcurrent: 1 }),
  cache: () => cache({ key: () => 'a', ttlMs: 1000 }),
  circuitBreaker: () => circuitBreaker({ classify: () => 'failure' }),
  coalesce: () => coalesce({ key: () => 'a' }),
  createErrorHandler: () => createErrorHandler({ logger: silent, fallback: () => 'answered' }),
  errorLayers: () => errorLayers({ logger: silent }),
  errorMiddleware: () => errorMiddleware({ fallback: () => 'answered' }),
  exceptionBoundary: () => exceptionBoundary({ logger: silent }),
  fallback: () => fallback({ fallback: 'answered', if: all }),
  formatResponse: () => formatResponse(),
  hedge: () => hedge({ delayMs: 0, hedgeIf: all, idempotent: true }),
  logging: () => logging({ logger: silent }),
  metrics: () => metrics({ meter: metricsRegistry() }),
  rateLimit: () => rateLimit({ limit: 1, perMs: 1000 }),
  retry: () => retry({ retryIf: all, backoff: () => 0 }),
  timeout: () => timeout({ timeoutMs: 1000 }),
};

/** Runs a handler that throws through a layer, and tells what came out and how often it ran. */
async function through(layer: unknown, error: Error): Promise<{ thrown: unknown; runs: number }> {
  let runs = 0;
  const serve = pipeline<object, unknown>()
    .use(layer as Middleware<object, unknown>)
    .handle(async () => {
      runs++;
      await Promise.resolve();
      throw error;
    });
  const thrown: unknown = await Promise.resolve(serve({})).then(
    (value) => ({ value }),
    (reason: unknown) => reason,
  );
  return { thrown, runs };
}

test.each(Object.entries(LAYERS))('%s lets an instruction pass as it is', async (_, make) => {
  const error = new Later('later');
  expect((await through(make(), error)).thrown).toBe(error);
});

test('a retry runs an instruction once, whatever it was told of what is worth another try', async () => {
  const again = retry({ retryIf: all, backoff: () => 0 });
  expect(await through(again, new Later('later'))).toMatchObject({ runs: 1 });
  expect(await through(again, new Never('never'))).toMatchObject({ runs: 1 });
  expect(await through(again, new Error('other'))).toMatchObject({ runs: 3 });
});

test('a hedge starts no second run for one', async () => {
  const race = hedge({ delayMs: 60_000, idempotent: true });
  expect(await through(race, new Never('never'))).toMatchObject({ runs: 1 });
  expect(await through(race, new Error('other'))).toMatchObject({ runs: 2 });
});

describe('what a final failure is beside', () => {
  test('a fallback answers it', async () => {
    const { thrown } = await through(fallback({ fallback: 'answered' }), new Never('never'));
    expect(thrown).toEqual({ value: 'answered' });
  });

  test('a breaker counts it, and does not count an instruction', async () => {
    const breaker = circuitBreaker({ trip: { kind: 'consecutive', failures: 1 } });
    await through(breaker, new Later('later'));
    expect(breaker.state().state).toBe('closed');
    await through(breaker, new Never('never'));
    expect(breaker.state().state).toBe('open');
  });
});

test('a cache gives out nothing old in place of an instruction', async () => {
  const clock = fakeClock();
  const errors = [undefined, new Later('later'), new Error('other')];
  const serve = pipeline<object, string>()
    .use(cache({ key: () => 'a', ttlMs: 1000, staleIfErrorMs: 60_000, clock }))
    .handle(() => {
      const error = errors.shift();
      if (error) throw error;
      return 'old';
    });
  expect(await serve({})).toBe('old');
  await clock.advance(2000);
  await expect(Promise.resolve().then(() => serve({}))).rejects.toThrow('later');
  expect(await serve({})).toBe('old');
});

test('metrics count an instruction neither as a success nor as an error', async () => {
  const meter = metricsRegistry();
  await through(metrics({ meter, name: 'job', clock: fakeClock() }), new Later('later'));
  const counted = meter.read().filter(({ name }) => name === 'mware_requests_total');
  expect(counted.map(({ value }) => value)).toEqual([0, 0]);
});

test('an error that cannot be read, and what is no error, says nothing', () => {
  const unreadable = new Proxy(
    {},
    {
      get() {
        throw new Error('no');
      },
    },
  );
  const others = [unreadable, null, undefined, 'pass', 1, { [INSTRUCTION]: 'other' }];
  expect(others.map(instructionOf)).toEqual(others.map(() => undefined));
});
