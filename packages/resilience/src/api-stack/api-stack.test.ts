/** apiStack: the seed's order exactly, a boundary round it, and whatever goes wrong in it is answered in one form. */
import {
  type Awaitable,
  createMiddleware,
  define,
  type Middleware,
  pipeline,
  type Pipeline,
} from '@interpose/kernel';
import { createWebContext } from '@interpose/kernel/contexts';
import { fakeClock } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { API_STACK, apiStack } from './api-stack.ts';
import { errorLayers } from '../boundary/error-layers.ts';
import type { Problem } from '../boundary/problem.ts';
import { cache } from '../cache/cache.ts';
import { authenticate } from '../checks/authenticate.ts';
import { requireRole } from '../checks/require.ts';
import { sanitize } from '../checks/sanitize.ts';
import type { StandardSchema } from '../checks/standard-schema.ts';
import { transaction } from '../checks/transaction.ts';
import { validate } from '../checks/validate.ts';
import { circuitBreaker } from '../circuit-breaker/circuit-breaker.ts';
import { lint } from '../lint.ts';
import type { Logger } from '../logger.ts';
import { memoryTracer } from '../observing/memory-tracer.ts';
import { metricsRegistry } from '../observing/metrics-registry.ts';
import { requestId } from '../observing/request-id.ts';
import { rateLimit } from '../rate-limiter/rate-limiter.ts';

const SEED = [
  'requestId',
  'logging',
  'metrics',
  'tracing',
  'cors',
  'rateLimit',
  'auth',
  'permission',
  'compression',
  'cache',
  'batch',
  'errorHandler',
  'circuitBreaker',
  'validation',
  'sanitization',
  'transaction',
];

const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** A part that writes down when it is entered and left. */
const noting = (name: string, log: string[]): object =>
  createMiddleware<object, never>({
    name: `own-${name}`,
    before: () => void log.push(`+${name}`),
    finally: () => void log.push(`-${name}`),
  });

interface Call {
  readonly token?: string;
  readonly body?: unknown;
}

const user = (
  ctx: Call,
): { readonly name: string; readonly roles: readonly string[] } | undefined =>
  ctx.token === undefined ? undefined : { name: ctx.token, roles: [ctx.token] };

const pieces: StandardSchema<unknown, { readonly note: string }> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) =>
      typeof value === 'string'
        ? { value: { note: value } }
        : { issues: [{ message: 'must be a text', path: ['note'] }] },
  },
};

describe('the order', () => {
  test('M-160 X-C4 is that of the seed, with a boundary round it', () => {
    expect(API_STACK).toEqual(['errorBoundary', ...SEED]);
  });

  test('M-160 X-C4 each part runs in its place, out in reverse', async () => {
    const log: string[] = [];
    const parts = Object.fromEntries(API_STACK.map((name) => [name, noting(name, log)]));
    const stack = apiStack(pipeline<object, string>(), parts as never) as unknown;
    const serve = (stack as Pipeline<object, object, string>).handle(() => {
      log.push('handler');
      return 'done';
    });
    expect(await serve({})).toBe('done');
    const order = ['errorBoundary', ...SEED];
    expect(log).toEqual([
      ...order.map((name) => `+${name}`),
      'handler',
      ...order.toReversed().map((name) => `-${name}`),
    ]);
  });

  test('M-160 M-180 the pipeline shows it', () => {
    const stack = apiStack(pipeline<Call, string | Problem>(), {
      meter: metricsRegistry(),
      tracer: memoryTracer(),
      cors: requestId(),
      rateLimit: rateLimit({ limit: 10 }),
      auth: authenticate({ verify: user }),
      permission: requireRole('admin'),
      compression: requestId(),
      cache: cache({ key: () => 'x' }),
      batch: requestId(),
      errorHandler: requestId(),
      validation: validate(pieces, { read: ({ body }: Call) => body }),
      sanitization: sanitize(),
      transaction: transaction({ begin: () => 1, commit: () => {}, rollback: () => {} }),
    });
    expect(stack.describe().map(({ name }) => name)).toEqual(['errorBoundary', ...SEED]);
    const lines = stack
      .handle(() => 'done')
      .explain()
      .split('\n');
    const shown = lines.slice(1, -1).map((line) => line.trim().split(/\s+/)[1]);
    expect(shown).toEqual(['errorBoundary', ...SEED]);
    expect(lines.at(-1)).toContain('the handler');
    expect(lint(stack)).toEqual([]);
  });

  test('M-160 whatever place a part asks for, it stands in its own', () => {
    const anywhere = define(
      { name: 'pushy', phase: 'observe', priority: -100 },
      (ctx: Call, next: (ctx: Call) => Awaitable<string>) => next(ctx),
    );
    const stack = apiStack(pipeline<Call, string>(), {
      errorBoundary: anywhere,
      transaction: anywhere,
      circuitBreaker: false,
    });
    expect(stack.describe().map(({ name }) => name)).toEqual([
      'errorBoundary',
      'requestId',
      'logging',
      'transaction',
    ]);
  });

  test('M-160 nothing is there but what is wanted, and defaults can be left out', () => {
    const names = (parts: object): string[] =>
      apiStack(pipeline<Call, string | Problem>(), parts)
        .describe()
        .map(({ name }) => name);
    expect(names({})).toEqual(['errorBoundary', 'requestId', 'logging', 'circuitBreaker']);
    expect(names({ meter: metricsRegistry(), tracer: memoryTracer() })).toEqual([
      'errorBoundary',
      'requestId',
      'logging',
      'metrics',
      'tracing',
      'circuitBreaker',
    ]);
    expect(
      names({
        errorBoundary: false,
        requestId: false,
        logging: false,
        circuitBreaker: false,
        cors: false,
      }),
    ).toEqual([]);
  });

  test('it goes further in than what the pipeline has already, and what comes later still further', () => {
    const own = (name: string): Middleware<object, string | Problem> =>
      define({ name }, (ctx: object, next: (ctx: object) => Awaitable<string | Problem>) =>
        next(ctx),
      );
    const start = pipeline<Call, string | Problem>().use(own('outside'));
    const stack = apiStack(start, { logger: quiet }).use(own('inside'));
    expect(stack.handle(() => 'done')({})).toBe('done');
    const names = stack.describe().map(({ name }) => name);
    expect(names).toEqual([
      'outside',
      'errorBoundary',
      'requestId',
      'logging',
      'circuitBreaker',
      'inside',
    ]);
  });

  test('what parts provide and require is known to the pipeline', () => {
    const needs = define(
      { name: 'needs', requires: ['user', 'requestId'] },
      (ctx: Call, next: (ctx: Call) => Awaitable<string | Problem>) => next(ctx),
    );
    const stack = apiStack(pipeline<Call, string | Problem>(), {
      auth: authenticate({ verify: user }),
    });
    expect(() => stack.use(needs).handle(() => 'x')).not.toThrow();
    const without = apiStack(pipeline<Call, string | Problem>(), {});
    expect(() => without.use(needs).handle(() => 'x')).toThrow('requires "user"');
  });
});

describe('what goes wrong', () => {
  const setUp = (
    handler: (ctx: { readonly input: { readonly note: string } }) => string = () => 'done',
  ) => {
    const clock = fakeClock();
    const committed: string[] = [];
    const meter = metricsRegistry();
    const serve = apiStack(pipeline<Call, string | Problem>(), {
      logger: quiet,
      meter,
      name: 'orders',
      requestId: requestId({ generate: () => 'r-1' }),
      rateLimit: rateLimit({ clock, limit: 3, perMs: 1000 }),
      auth: authenticate({ verify: user }),
      permission: requireRole('admin'),
      circuitBreaker: circuitBreaker({ clock, trip: { kind: 'consecutive', failures: 1 } }),
      validation: validate(pieces, { read: ({ body }: Call) => body }),
      sanitization: sanitize(),
      transaction: transaction({
        begin: () => 't',
        commit: () => void committed.push('commit'),
        rollback: () => void committed.push('rollback'),
      }),
    }).handle((ctx) => handler(ctx));
    return { serve, committed, meter };
  };

  test('M-160 X-C4 errors of authentication and permission come out formatted', async () => {
    const { serve } = setUp();
    expect(await serve({})).toEqual({
      status: 401,
      code: 'UNAUTHENTICATED',
      title: 'Unauthorized',
      requestId: 'r-1',
    });
    expect(await serve({ token: 'guest' })).toEqual({
      status: 403,
      code: 'FORBIDDEN',
      title: 'Forbidden',
      requestId: 'r-1',
    });
  });

  test('M-160 X-C4 so do those of the rate limit', async () => {
    const { serve } = setUp();
    for (let call = 0; call < 3; call++) await serve({});
    expect(await serve({ token: 'admin', body: 'x' })).toMatchObject({
      status: 429,
      code: 'RATE_LIMITED',
      title: 'Too Many Requests',
      retryAfterS: expect.any(Number),
      requestId: 'r-1',
    });
  });

  test('M-160 so do those of the input, of the breaker, and of the handler, which tells nothing of what is inside', async () => {
    const { serve, committed } = setUp(() => {
      throw new Error('db-3.internal is down');
    });
    const admin = { token: 'admin' };
    expect(await serve({ ...admin, body: 5 })).toMatchObject({
      status: 422,
      code: 'VALIDATION',
      errors: [{ field: 'note', message: 'must be a text' }],
    });
    // For a breaker of one's own, a fault of the input counts like any other.
    expect(await serve({ ...admin, body: 'x' })).toMatchObject({
      status: 503,
      code: 'CIRCUIT_OPEN',
    });
    expect(committed).toEqual([]);
    const other = setUp(() => {
      throw new Error('db-3.internal is down');
    });
    expect(await other.serve({ ...admin, body: 'x' })).toEqual({
      status: 500,
      code: 'INTERNAL_ERROR',
      title: 'Internal Server Error',
      requestId: 'r-1',
    });
    expect(other.committed).toEqual(['rollback']);
  });

  test('M-160 a call that goes well goes through all of it', async () => {
    const { serve, committed, meter } = setUp((ctx) => `note: ${ctx.input.note}`);
    expect(await serve({ token: 'admin', body: ' x ' })).toBe('note: x');
    expect(committed).toEqual(['commit']);
    expect(meter.prometheus()).toContain(
      'mware_requests_total{function="orders",status="success"} 1\n',
    );
  });

  test('X-R8 the default breaker does not open because of callers who send nonsense', async () => {
    const serve = apiStack(pipeline<Call, string | Problem>(), {
      logger: quiet,
      validation: validate(pieces, { read: ({ body }: Call) => body }),
    }).handle(() => {
      throw new Error('down');
    });
    for (let call = 0; call < 100; call++) {
      expect(await serve({ body: 5 })).toMatchObject({ status: 422 });
    }
    const statuses = [];
    for (let call = 0; call < 30; call++) {
      statuses.push(((await serve({ body: 'x' })) as Problem).status);
    }
    expect(statuses.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 500));
    expect(statuses.at(-1)).toBe(503);
  });

  test('X-C4 an error handler further in answers what it knows, the boundary the rest', async () => {
    const serve = apiStack(pipeline<Call, unknown>(), {
      logger: quiet,
      errorHandler: errorLayers({ logger: quiet }),
      auth: authenticate({ verify: user }),
      validation: validate(pieces, { read: ({ body }: Call) => body }),
    }).handle(() => 'done');
    expect(await serve({ token: 'a', body: 5 })).toMatchObject({ error: 'validation_failed' });
    expect(await serve({})).toMatchObject({ status: 401 });
  });

  test('a caller who has given up gets the own reason', async () => {
    const { serve } = setUp();
    const reason = new Error('gone');
    const ctx = { token: 'admin', body: 'x', signal: AbortSignal.abort(reason) };
    const run = async (): Promise<unknown> => serve(ctx);
    await expect(run()).rejects.toBe(reason);
  });
});

test('M-160 works on a web context, with logs and a trace in which everything has its place', async () => {
  const lines: string[] = [];
  const tracer = memoryTracer();
  const logger = { ...quiet, info: (_: object, message: string) => void lines.push(message) };
  const serve = apiStack(pipeline<ReturnType<typeof createWebContext>, string | Problem>(), {
    logger,
    tracer,
    name: 'hello',
  }).handle((ctx) => `hello ${ctx.requestId} ${ctx.span.trace.traceId}`);
  const headers = {
    'X-Request-ID': 'r-9',
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  };
  expect(await serve(createWebContext({ url: '/', headers }))).toBe(
    'hello r-9 4bf92f3577b34da6a3ce929d0e0e4736',
  );
  expect(lines).toEqual(['Starting handler: hello', 'Handler hello completed successfully']);
  expect(tracer.spans()).toMatchObject([{ name: 'hello', parentSpanId: '00f067aa0ba902b7' }]);
});

test('parts and options that are wrong are refused in a sentence', () => {
  const start = pipeline<Call, string | Problem>();
  expect(() => apiStack(start, { corse: () => {} } as never)).toThrow('Did you mean "cors"?');
  expect(() => apiStack(start, { cors: {} } as never)).toThrow(
    'Expected `cors` to be a middleware or false',
  );
  expect(() => apiStack(start, { cors: true } as never)).toThrow(TypeError);
  expect(() => apiStack(start, { logger: {} } as never)).toThrow('logger');
  expect(() => apiStack(start, { meter: {} } as never)).toThrow('Expected `meter` to be a meter');
  expect(() => apiStack(start, { tracer: 5 } as never)).toThrow('Expected `tracer` to be a tracer');
  expect(() => apiStack(start, { name: 5 } as never)).toThrow('Expected `name`');
});
