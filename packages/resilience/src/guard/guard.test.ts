/** Tests of the guard as a whole: boundary, order, log, reports, and how pipelines are taken and let go. */
import { type AnyMiddleware, pipeline, type Runner } from '@interpose/kernel';
import { observe } from '@interpose/kernel/observe';
import { failingMiddleware, fakeClock, hangingMiddleware, pending } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import type { Logger } from '../logger.ts';
import type { GuardOptions } from './guard-options.ts';
import { guard } from './guard.ts';
import { guarded } from './guarded.ts';
import { MiddlewareInvoker } from './middleware-invoker.ts';

interface Call {
  readonly requestId?: string;
}

const fail = (message = 'ill'): AnyMiddleware =>
  async function failing() {
    throw new Error(message);
  };
const pass: AnyMiddleware = (ctx, next) => next(ctx);
const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {} };

const build = (
  layers: Readonly<Record<string, AnyMiddleware>>,
  handler: () => unknown = () => 'answer',
) =>
  Object.entries(layers)
    .reduce((all, [name, middleware]) => all.use(middleware, { name }), pipeline<Call, unknown>())
    .handle(handler) as Runner<Call, unknown>;

const outcome = async (serve: Runner<Call, unknown>, ctx: Call = {}): Promise<unknown> => {
  try {
    return await serve(ctx);
  } catch (error) {
    return error;
  }
};

describe('the boundary', () => {
  const boundary: GuardOptions['boundary'] = (problem) => `sorry: ${problem.status}`;

  test('P-01 stands outside whatever phase, priority or place a middleware asks for', async () => {
    const middle = pipeline<Call, unknown>()
      .use(pass, { name: 'first', phase: 'observe', priority: -1e9 })
      .use(fail(), { name: 'second', phase: 'observe', priority: -1e12, before: 'first' });
    for (const built of [
      middle,
      middle.insertBefore('second', fail('inserted') as never),
      middle.replace('first', fail('replaced') as never),
      middle.without('second').use(fail('added'), { phase: 'observe', priority: -Infinity }),
    ]) {
      const serve = built.handle(() => 'answer') as Runner<Call, unknown>;
      const invoker = guard(serve, { boundary, logger: quiet, clock: fakeClock() });
      expect(await outcome(serve)).toBe('sorry: 500');
      expect(invoker.explain().split('\n')[1]).toMatch(
        /^ +exception boundary +.*pinned outermost$/,
      );
    }
  });

  test('P-01 stays when middleware are disabled and enabled, and when others observe', async () => {
    const serve = build({ ill: fail(), pass });
    const { metrics } = guard(serve, { boundary, logger: quiet, clock: fakeClock() });
    serve.setState('ill', 'disabled');
    expect(await outcome(serve)).toBe('answer');
    serve.setState('ill', 'active');
    expect(await outcome(serve)).toBe('sorry: 500');
    const stop = observe(serve as Runner<never, unknown>, {}, { clock: fakeClock() });
    expect(await outcome(serve)).toBe('sorry: 500');
    stop();
    serve.foldWith(undefined);
    expect(await outcome(serve)).toBe('sorry: 500');
    expect(metrics.getMetrics('ill').failures).toBe(3);
  });

  test('P-01 is neither timed out nor broken by a circuit, and has no name by which it could be disabled', async () => {
    const clock = fakeClock();
    const serve = build({ ill: fail() });
    guard(serve, {
      clock,
      timeoutMs: 10,
      logger: quiet,
      boundary: () =>
        new Promise((resolve) => void clock.setTimer(() => resolve('slow but sure'), 1000)),
    });
    for (let time = 0; time < 20; time++) {
      const answer = outcome(serve);
      await clock.advance(1000);
      expect(await answer).toBe('slow but sure');
    }
    expect(() => serve.setState('exception-boundary', 'disabled')).toThrow(
      'No middleware is named',
    );
  });

  test('P-10 answers a timeout with 504, and P-29 an open circuit with 503 and when to try again', async () => {
    const clock = fakeClock();
    const serve = build({ slow: hangingMiddleware({ heedsSignal: false }) as AnyMiddleware });
    guard(serve, {
      clock,
      timeoutMs: 10,
      logger: quiet,
      circuitBreaker: { failureThreshold: 1 },
      boundary: ({ status, code, retryAfterS }) => ({ status, code, retryAfterS }),
    });
    const answer = outcome(serve);
    await clock.advance(10);
    expect(await answer).toEqual({
      status: 504,
      code: 'MIDDLEWARE_TIMEOUT',
      retryAfterS: undefined,
    });
    expect(await outcome(serve)).toEqual({ status: 503, code: 'CIRCUIT_OPEN', retryAfterS: 60 });
  });

  test('P-04 what goes wrong in it gives a bare 500', async () => {
    const serve = build({ ill: fail() });
    guard(serve, {
      logger: quiet,
      boundary: () => {
        throw new Error('worse');
      },
    });
    expect(await outcome(serve)).toEqual({
      status: 500,
      code: 'INTERNAL_ERROR',
      title: 'Internal Server Error',
    });
    const hosted = build({ ill: fail() });
    guard(hosted, {
      logger: quiet,
      boundary: { toResult: () => Promise.reject(new Error('worse')), bare: () => 'bare' },
    });
    expect(await outcome(hosted)).toBe('bare');
  });

  test('its table can be extended, and then says what is no failure, too', async () => {
    class QuotaError extends Error {
      static readonly code = 'QUOTA';
      readonly code = 'QUOTA';
    }
    const serve = build({
      quota: async () => {
        throw new QuotaError();
      },
    });
    const { metrics } = guard(serve, {
      logger: quiet,
      boundary: { table: { QUOTA: 402 }, toResult: ({ status }) => status },
    });
    expect(await outcome(serve)).toBe(402);
    expect(metrics.getMetrics('quota')).toMatchObject({ failures: 0, ignored: 1 });
  });

  test('without one, errors reach the caller as they are', async () => {
    const error = new Error('mine');
    const serve = build({ layer: failingMiddleware(error) as AnyMiddleware });
    guard(serve, { clock: fakeClock() });
    expect(await outcome(serve)).toBe(error);
  });
});

describe('order', () => {
  test('P-50 priorities and neighbours hold as without a guard', async () => {
    const steps: string[] = [];
    const step =
      (name: string): AnyMiddleware =>
      (ctx, next) => {
        steps.push(name);
        return next(ctx) as unknown;
      };
    const serve = pipeline<Call, unknown>()
      .use(step('b'), { name: 'b' })
      .use(step('a'), { name: 'a', priority: -1 })
      .use(step('d'), { name: 'd', priority: -2, after: 'b' })
      .use(step('c'), { name: 'c' })
      .handle(() => 'answer') as Runner<Call, unknown>;
    guard(serve, { clock: fakeClock() });
    await serve({});
    expect(steps).toEqual(['a', 'b', 'd', 'c']);
  });

  test('P-51 what a middleware requires is checked when the pipeline is built', () => {
    const built = pipeline<Call, unknown>().use(pass, { name: 'cart', requires: ['session'] });
    expect(() => guard(built.handle(() => 1) as Runner<Call, unknown>)).toThrow(
      'Middleware "cart" requires "session", which nobody provides.',
    );
  });

  test('P-72 explain() tells of each how long it may take, how its circuit stands and what happens when it is open', () => {
    const serve = pipeline<Call, unknown>()
      .use(guarded({ security: true, timeoutMs: 250 }, pass), { name: 'auth' })
      .use(guarded({ optional: true }, pass), { name: 'geo' })
      .use(pass, { name: 'render', priority: 5 })
      .use(pass, { name: 'off', state: 'disabled' })
      .handle(() => 1) as Runner<Call, unknown>;
    const invoker = guard(serve, {
      env: { MIDDLEWARE_TIMEOUT: '2' },
      middlewareTimeouts: { geo: 0.5, off: 0 },
    });
    expect(invoker.explain()).toBe(
      [
        '   middleware  timeout  circuit  when open  why here',
        '1  auth        250 ms   CLOSED   refuse     phase "execute", as listed',
        '2  geo         500 ms   CLOSED   skip       phase "execute", as listed',
        '3  off         none     CLOSED   refuse     disabled; else phase "execute", as listed',
        '4  render      2000 ms  CLOSED   refuse     phase "execute", priority 5, as listed',
      ].join('\n'),
    );
    expect(invoker.describe().map(({ timeoutMs }) => timeoutMs)).toEqual([250, 500, 0, 2000]);
  });
});

describe('the log', () => {
  const recorded = () => {
    const lines: string[] = [];
    const write = (level: string) => (fields: object, message: string) => {
      const { err, ...rest } = fields as { err?: { message: string } };
      lines.push(
        `${level} ${message} ${JSON.stringify({ ...rest, ...(err && { err: err.message }) })}`,
      );
    };
    const logger: Logger = {
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
    };
    return { lines, logger };
  };

  test('P-60 tells beginning and end with times (debug), errors (error) and changes of state (warn), each with name and request', async () => {
    const { lines, logger } = recorded();
    const clock = fakeClock();
    const serve = build({
      outer: async (ctx, next) => {
        clock.advanceSync(2);
        return (await next(ctx)) as unknown;
      },
      frail: fail(),
    });
    guard(serve, { clock, logger, circuitBreaker: { failureThreshold: 1 } });
    await outcome(serve, { requestId: 'r-1' });
    await outcome(serve, { requestId: 'r-2' });
    await clock.advance(60_000);
    expect(lines).toEqual([
      'debug middleware started {"middleware":"outer","requestId":"r-1"}',
      'debug middleware started {"middleware":"frail","requestId":"r-1"}',
      'error middleware failed {"middleware":"frail","requestId":"r-1","ownMs":0,"err":"ill"}',
      'warn circuit of the middleware is now OPEN {"middleware":"frail","from":"CLOSED","to":"OPEN"}',
      'debug middleware ended {"middleware":"frail","requestId":"r-1","ownMs":0,"totalMs":0,"outcome":"failure"}',
      'debug middleware ended {"middleware":"outer","requestId":"r-1","ownMs":2,"totalMs":2,"outcome":"success"}',
      'debug middleware started {"middleware":"outer","requestId":"r-2"}',
      'debug middleware refused the call: its circuit is open {"middleware":"frail","requestId":"r-2","retryAfterMs":59998}',
      'debug middleware ended {"middleware":"outer","requestId":"r-2","ownMs":2,"totalMs":2,"outcome":"success"}',
    ]);
  });

  test('P-60 P-15 tells timeouts, late ends and what blocks', async () => {
    const { lines, logger } = recorded();
    const clock = fakeClock();
    const work = pending<string>();
    const serve = build({
      blocking: (ctx, next) => {
        clock.advanceSync(20);
        return next(ctx) as unknown;
      },
      slow: () => work,
    });
    guard(serve, { clock, logger, timeoutMs: 10 });
    const failed = outcome(serve);
    await clock.advance(10);
    await failed;
    work.resolve('late');
    await clock.advance(5);
    expect(lines.filter((line) => !line.startsWith('debug'))).toEqual([
      'error middleware timed out {"middleware":"slow","ownMs":10,"limitMs":10,"elapsedMs":10,"err":"Middleware \\"slow\\" was ended: it took longer than 10 ms."}',
      'warn middleware blocked the thread {"middleware":"blocking","ownMs":20,"limitMs":10}',
      'warn middleware ended after it had been timed out; its result is discarded {"middleware":"slow","ownMs":10,"elapsedMs":10}',
    ]);
  });

  test('P-60 X-R7 a log that throws changes nothing, and neither does a listener', async () => {
    const failures: unknown[] = [];
    const broken = (): never => {
      throw new Error('disk full');
    };
    const serve = build({
      layer: (ctx, next) => next(ctx),
      ill: failingMiddleware(new Error('ill'), { times: 1 }) as AnyMiddleware,
    });
    const invoker = guard(serve, {
      clock: fakeClock(),
      logger: { debug: broken, info: broken, warn: broken, error: broken },
      onListenerError: (error) => failures.push(error),
    });
    invoker.on('failed', broken);
    expect(await outcome(serve)).toMatchObject({ message: 'ill' });
    expect(await outcome(serve)).toBe('answer');
    expect(failures.length).toBeGreaterThan(4);
    expect(new Set(failures.map(String))).toEqual(new Set(['Error: disk full']));
  });

  test('X-R4 hides secrets in what errors say', async () => {
    const { lines, logger } = recorded();
    const serve = build({ layer: fail('cannot reach https://user:hunter2@db.example') });
    guard(serve, { clock: fakeClock(), logger });
    await outcome(serve);
    expect(lines.join('\n')).toContain('cannot reach');
    expect(lines.join('\n')).not.toContain('hunter2');
  });

  test('a context whose request id cannot be read has none', async () => {
    const { lines, logger } = recorded();
    const serve = build({ layer: pass });
    guard(serve, { clock: fakeClock(), logger });
    const ctx = {
      get requestId(): string {
        throw new Error('private');
      },
    };
    expect(await outcome(serve, ctx)).toBe('answer');
    expect(lines[0]).toBe('debug middleware started {"middleware":"layer"}');
  });
});

describe('pipelines under guard', () => {
  test('share limits, circuits and figures by name under one invoker', async () => {
    const invoker = new MiddlewareInvoker({
      clock: fakeClock(),
      middlewareTimeouts: { shared: 1, own: 2 },
    });
    const one = build({ shared: fail() });
    const two = build({ own: pass, shared: fail() });
    invoker.guard(one, two);
    for (let time = 0; time < 3; time++) await outcome(one);
    for (let time = 0; time < 2; time++) await outcome(two);
    expect(invoker.circuitBreaker.getState('shared')).toBe('OPEN');
    expect(await outcome(one)).toMatchObject({ code: 'CIRCUIT_OPEN' });
    expect(Object.keys(invoker.metrics.getAllMetrics())).toEqual(['shared', 'own']);
  });

  test('cannot be put under a second guard; once let go they can', async () => {
    const serve = build({ layer: fail() });
    const invoker = guard(serve, { clock: fakeClock() });
    expect(() => guard(serve)).toThrow('under guard already');
    invoker[Symbol.dispose]();
    await outcome(serve);
    expect(invoker.metrics.getMetrics('layer').executions).toBe(0);
    const again = guard(serve, { clock: fakeClock() });
    await outcome(serve);
    expect(again.metrics.getMetrics('layer').failures).toBe(1);
  });

  test('runs that were under way when the pipeline was let go keep their limits', async () => {
    const clock = fakeClock();
    const serve = build({ slow: () => pending() });
    const invoker = guard(serve, { clock });
    const failed = outcome(serve);
    invoker[Symbol.dispose]();
    await clock.advance(5000);
    expect(await failed).toMatchObject({ code: 'MIDDLEWARE_TIMEOUT' });
    expect(clock.pending).toBe(0);
  });

  test('without any middleware are what they were', () => {
    const serve = build({});
    guard(serve, { clock: fakeClock() });
    expect(serve({})).toBe('answer');
  });

  test('P-73 the kit shows success, failure, hanging and recovery', async () => {
    const clock = fakeClock();
    const serve = build({
      flaky: failingMiddleware(new Error('once'), { times: 1 }) as AnyMiddleware,
      hanging: hangingMiddleware({ at: 'after' }) as AnyMiddleware,
    });
    const { metrics } = guard(serve, { clock });
    expect(await outcome(serve)).toMatchObject({ message: 'once' });
    const failed = outcome(serve);
    await clock.advance(5000);
    expect(await failed).toMatchObject({ middleware: 'hanging', limitMs: 5000 });
    expect(metrics.getMetrics('flaky')).toMatchObject({ failures: 1, successes: 1 });
    expect(metrics.getMetrics('hanging')).toMatchObject({ timedOut: 1 });
  });

  test('a hundred thousand calls leave no timer that holds the process', async () => {
    const serve = build({
      a: async (ctx, next) => {
        const r: unknown = await next(ctx);
        await undefined;
        return r;
      },
      pass,
    });
    const { metrics } = guard(serve);
    for (let round = 0; round < 1000; round++)
      await Promise.all(Array.from({ length: 100 }, () => serve({})));
    const held = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = metrics.getMetrics('a').executions;
    await serve({});
    expect(process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout')).toHaveLength(
      held,
    );
    expect(before).toBe(100_000);
  });
});
