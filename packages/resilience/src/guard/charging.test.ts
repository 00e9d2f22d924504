/** Tests of charging: whose failure a failure is, what is none, and what an open circuit does. */
import {
  type AnyMiddleware,
  branch,
  compose,
  createMiddleware,
  pipeline,
  repeats,
  type Runner,
  when,
} from '@interpose/kernel';
import { failingMiddleware, fakeClock, pending, settle, stubHandler } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { RateLimitedError } from '../errors.ts';
import { bulkhead } from '../bulkhead/bulkhead.ts';
import { retry } from '../retry/retry.ts';
import { timeout } from '../timeout/timeout.ts';
import { CircuitState } from './guard-events.ts';
import type { GuardOptions } from './guard-options.ts';
import { guard } from './guard.ts';
import { guarded } from './guarded.ts';

interface Call {
  signal?: AbortSignal;
  n?: number;
}

function under(
  layers: readonly (readonly [string, AnyMiddleware])[],
  handler: (ctx: Call) => unknown = () => 'answer',
  options: GuardOptions = {},
) {
  const clock = fakeClock();
  const serve = layers
    .reduce((all, [name, middleware]) => all.use(middleware, { name }), pipeline<Call, unknown>())
    .handle(handler) as Runner<Call, unknown>;
  const invoker = guard(serve, { clock, ...options });
  const call = async (ctx: Call = {}): Promise<unknown> => {
    try {
      return await serve(ctx);
    } catch (error) {
      return error;
    }
  };
  const calls = async (times: number): Promise<unknown[]> => {
    const all: unknown[] = [];
    for (let time = 0; time < times; time++) all.push(await call());
    return all;
  };
  const figures = (name: string) => invoker.metrics.getMetrics(name);
  const stateOf = (name: string) => invoker.circuitBreaker.getState(name);
  return { clock, serve, call, calls, invoker, figures, stateOf };
}

const asyncPass: AnyMiddleware = async (ctx, next) => {
  await undefined;
  const result: unknown = await next(ctx);
  await undefined;
  return result;
};
const fail: AnyMiddleware = async () => {
  throw new TypeError('broken');
};

describe('a failure is charged where it arose', () => {
  const kinds: readonly AnyMiddleware[] = [
    asyncPass,
    (ctx, next) => next(ctx),
    createMiddleware({ before() {}, after() {} }) as AnyMiddleware,
    repeats<Call, unknown>(async (_, next) => next()) as AnyMiddleware,
    when<Call, unknown>(() => true, asyncPass) as AnyMiddleware,
    branch<Call, unknown>(async () => 'a', { a: asyncPass }) as AnyMiddleware,
    retry({ maxAttempts: 2, backoff: { kind: 'none' } }) as AnyMiddleware,
    timeout() as AnyMiddleware,
    bulkhead() as AnyMiddleware,
    { handle: asyncPass }.handle,
  ];
  const ten = kinds.map((kind, index) => [`layer-${index}`, kind] as const);

  test.each([
    ['rejects', () => Promise.reject(new Error('down'))],
    [
      'throws',
      () => {
        throw new Error('down');
      },
    ],
  ])(
    'P-30 X-R8 ten layers round a handler that %s leave all ten circuits closed',
    async (_, handler) => {
      const { calls, stateOf, figures } = under(ten, handler);
      for (const error of await calls(20)) expect(error).toMatchObject({ message: 'down' });
      for (const [name] of ten) {
        expect([name, stateOf(name), figures(name).failures]).toEqual([name, 'CLOSED', 0]);
        expect(figures(name).successes).toBeGreaterThanOrEqual(20);
      }
    },
  );

  test('P-20 P-30 X-R8 a failing layer opens its own circuit alone', async () => {
    const layers = [...ten, ['broken', fail] as const, ['inner', asyncPass] as const];
    const handler = stubHandler<Call, string>('answer');
    const { calls, stateOf, figures } = under(layers, handler);
    // The retry in the row runs it twice a call.
    await calls(3);
    expect(stateOf('broken')).toBe(CircuitState.OPEN);
    expect(figures('broken')).toMatchObject({ failures: 5, errors: { TypeError: 5 }, rejected: 1 });
    for (const [name] of ten)
      expect([name, stateOf(name), figures(name).failures]).toEqual([name, 'CLOSED', 0]);
    expect(figures('inner').executions).toBe(0);
    expect(handler.calls).toHaveLength(0);
  });

  test('an error that names one from further in as its cause only passes it on; a new one is charged', async () => {
    const wrapping =
      (make: (error: unknown) => Error): AnyMiddleware =>
      async (ctx, next) => {
        try {
          return (await next(ctx)) as unknown;
        } catch (error) {
          throw make(error);
        }
      };
    const { call, figures } = under(
      [
        ['new', wrapping(() => new Error('I know better'))],
        ['several', wrapping((error) => new AggregateError([new Error('other'), error]))],
        [
          'deep',
          wrapping((error) => new Error('deep', { cause: new Error('deeper', { cause: error }) })),
        ],
      ],
      () => Promise.reject(new Error('down')),
    );
    await call();
    expect(figures('deep')).toMatchObject({ failures: 0, successes: 1 });
    expect(figures('several')).toMatchObject({ failures: 0, successes: 1 });
    expect(figures('new')).toMatchObject({ failures: 1, errors: { Error: 1 } });
  });

  test('a cause that leads in a circle ends nothing', async () => {
    const round = new Error('round');
    round.cause = round;
    const { call, figures } = under([
      ['layer', failingMiddleware(round, { at: 'after' }) as AnyMiddleware],
    ]);
    expect(await call()).toBe(round);
    expect(figures('layer').failures).toBe(1);
  });

  test('a layer that answers an error from further in has succeeded', async () => {
    const { call, figures } = under([
      [
        'mend',
        createMiddleware<Call, unknown>({ onError: () => undefined, after() {} }) as AnyMiddleware,
      ],
      [
        'swallow',
        async (ctx, next) => {
          try {
            return (await next(ctx)) as unknown;
          } catch {
            return 'mended';
          }
        },
      ],
      ['broken', fail],
    ]);
    expect(await call()).toBe('mended');
    expect(figures('swallow')).toMatchObject({ successes: 1, failures: 0 });
    expect(figures('broken')).toMatchObject({ successes: 0, failures: 1 });
  });

  test('an error that is no Error is charged all the same, and counted by its type', async () => {
    const { call, figures } = under([
      ['outer', asyncPass],
      ['odd', () => Promise.reject('a text' as unknown as Error)],
    ]);
    expect(await call()).toBe('a text');
    expect(figures('odd').errors).toEqual({ string: 1 });
    expect(figures('outer').failures).toBe(0);
  });

  test('P-71 whatever a layer throws reaches the caller as the same object', async () => {
    const error = new Error('mine');
    const { call } = under([
      ...ten,
      [
        'thrower',
        () => {
          throw error;
        },
      ],
    ]);
    expect(await call()).toBe(error);
  });

  test('P-80 a middleware must return an answer; the error names the one that does not, and is its own', async () => {
    const object = {
      prefix: '<',
      handle(_: Call, next: () => unknown): string {
        return `${this.prefix}${String(next())}`;
      },
    };
    const answering = under([['object', object as never]]);
    expect(await answering.call()).toBe('<answer');
    const { call, figures } = under([
      ['outer', asyncPass],
      ['silent', () => undefined],
    ]);
    expect(await call()).toMatchObject({ code: 'NO_ANSWER', middleware: 'silent' });
    expect([figures('silent').failures, figures('outer').failures]).toEqual([1, 0]);
    const losing = under([['loser', async (ctx, next) => void (await next(ctx))]]);
    expect(await losing.call()).toMatchObject({ code: 'LOST_RESULT', middleware: 'loser' });
    expect(losing.figures('loser').errors).toEqual({ LostResultError: 1 });
  });

  test('the rules of the onion hold under guard', async () => {
    const handler = pending<string>();
    const early = under(
      [
        [
          'hasty',
          (ctx, next) => {
            void next(ctx);
            return 'now';
          },
        ],
      ],
      () => handler,
    );
    expect(await early.call()).toMatchObject({ code: 'EARLY_RETURN', middleware: 'hasty' });
    handler.resolve('late');
    await settle();
    expect(early.figures('hasty')).toMatchObject({ failures: 1 });
    const double = under([
      [
        'double',
        async (ctx, next) => {
          await next(ctx);
          return next(ctx) as unknown;
        },
      ],
    ]);
    expect(await double.call()).toMatchObject({ code: 'DOUBLE_NEXT', middleware: 'double' });
  });

  test('a result that nobody waits for is no unhandled rejection', async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', note);
    try {
      const inners: AnyMiddleware[] = [asyncPass, async (ctx, next) => next(ctx) as unknown];
      const handlers = [
        () => Promise.reject(new Error('down')),
        () => {
          throw new Error('down');
        },
      ];
      for (const [inner, handler] of inners.flatMap((one) =>
        handlers.map((two) => [one, two] as const),
      )) {
        const { call } = under(
          [
            [
              'careless',
              async (ctx, next) => {
                const rest: unknown = next(ctx);
                await settle();
                return rest;
              },
            ],
            ['inner', inner],
          ],
          handler,
        );
        expect(await call()).toMatchObject({ message: 'down' });
      }
      await settle();
    } finally {
      process.off('unhandledRejection', note);
    }
    expect(unhandled).toEqual([]);
  });
});

describe('what is no failure', () => {
  const throwing =
    (make: () => unknown): AnyMiddleware =>
    async () => {
      throw make();
    };

  test.each([
    ['an error with a status of 400 to 499', () => Object.assign(new Error('no'), { status: 404 })],
    ['one with such a statusCode', () => Object.assign(new Error('no'), { statusCode: 401 })],
    [
      'a refusal by a policy',
      () =>
        new RateLimitedError({ policy: 'r', limit: 1, remaining: 0, resetMs: 1, retryAfterMs: 1 }),
    ],
  ])('P-31 %s is ignored', async (_, make) => {
    const { calls, figures, stateOf } = under([['layer', throwing(make)]]);
    await calls(10);
    expect(figures('layer')).toMatchObject({
      executions: 10,
      failures: 0,
      ignored: 10,
      successRate: 0,
      failureRate: 0,
    });
    expect(stateOf('layer')).toBe('CLOSED');
  });

  test('P-31 an error with a status of 500 is a failure, and so is one without', async () => {
    const { call, figures } = under([
      ['layer', throwing(() => Object.assign(new Error('ill'), { status: 503 }))],
    ]);
    await call();
    expect(figures('layer').failures).toBe(1);
  });

  test('P-31 what comes once the caller has given up is ignored', async () => {
    const { call, figures } = under([
      [
        'layer',
        async ({ signal }: Required<Call>) => {
          signal.throwIfAborted();
        },
      ],
    ]);
    const signal = AbortSignal.abort(new Error('gone'));
    expect(await call({ signal })).toBe(signal.reason);
    expect(figures('layer')).toMatchObject({ failures: 0, ignored: 1 });
  });

  test('a policy that stops the rest does its work', async () => {
    const { clock, serve, figures } = under([
      ['limit', timeout({ timeoutMs: 50, clock: fakeClock() }) as AnyMiddleware],
    ]);
    expect(await serve({})).toBe('answer');
    const own = fakeClock();
    const slow = under(
      [['limit', timeout({ timeoutMs: 50, clock: own }) as AnyMiddleware]],
      () => pending(),
      { clock: own },
    );
    const failed = slow.call();
    await own.advance(50);
    expect(await failed).toMatchObject({ code: 'TIMEOUT' });
    expect(slow.figures('limit')).toMatchObject({ failures: 0, ignored: 1 });
    expect(figures('limit').successes).toBe(1);
    expect(clock.pending).toBe(0);
  });

  test('P-31 a predicate may say otherwise; what it throws counts as a failure', async () => {
    const isFailure = (error: unknown): boolean | undefined => {
      const { message } = error as Error;
      if (message === 'harmless') return false;
      if (message === 'odd') throw new Error('no idea');
      return undefined;
    };
    let message = 'harmless';
    const { call, figures } = under([['layer', throwing(() => new Error(message))]], undefined, {
      isFailure,
    });
    await call();
    expect(figures('layer')).toMatchObject({ failures: 0, ignored: 1 });
    message = 'odd';
    expect(await call()).toMatchObject({ message: 'odd' });
    message = 'plain';
    await call();
    expect(figures('layer')).toMatchObject({ failures: 2, ignored: 1 });
  });
});

describe('an open circuit', () => {
  test('P-25 P-29 refuses by default, and after the time lets one run through', async () => {
    let ill = true;
    const handler = stubHandler<Call, string>('answer');
    const { clock, call, calls, figures, stateOf, invoker } = under(
      [
        ['outer', asyncPass],
        [
          'frail',
          async (ctx, next) => {
            if (ill) throw new Error('ill');
            return next(ctx) as unknown;
          },
        ],
      ],
      handler,
    );
    await calls(5);
    expect(stateOf('frail')).toBe(CircuitState.OPEN);
    expect(await call()).toMatchObject({
      code: 'CIRCUIT_OPEN',
      policy: 'frail',
      retryAfterMs: 60_000,
      cause: { message: 'ill' },
    });
    expect(figures('frail')).toMatchObject({ executions: 5, rejected: 1, skipped: 0 });
    expect(figures('outer')).toMatchObject({ executions: 6, failures: 0 });
    expect(handler.calls).toHaveLength(0);
    await clock.advance(60_000);
    expect(stateOf('frail')).toBe(CircuitState.HALF_OPEN);
    await call();
    expect(stateOf('frail')).toBe(CircuitState.OPEN);
    await clock.advance(60_000);
    ill = false;
    expect(await call()).toBe('answer');
    expect(stateOf('frail')).toBe(CircuitState.CLOSED);
    expect(invoker.circuitBreaker.isAllowed('frail')).toBe(true);
  });

  test('P-21 P-25 half-open, one run at a time is on trial, and to ask takes nobody’s place', async () => {
    const works = pending<string>();
    let ill = true;
    const { clock, call, calls, invoker } = under([
      [
        'frail',
        () => {
          if (ill) throw new Error('ill');
          return works;
        },
      ],
    ]);
    await calls(5);
    await clock.advance(60_000);
    ill = false;
    expect(invoker.circuitBreaker.isAllowed('frail')).toBe(true);
    expect(invoker.circuitBreaker.isAllowed('frail')).toBe(true);
    const trial = call();
    expect(invoker.circuitBreaker.isAllowed('frail')).toBe(false);
    expect(await call()).toMatchObject({ code: 'CIRCUIT_OPEN', state: 'half-open' });
    works.resolve('well');
    expect(await trial).toBe('well');
    expect(invoker.circuitBreaker.getState('frail')).toBe('CLOSED');
  });

  test('P-29 calls go past one that is optional, with the context as it came', async () => {
    const events: unknown[] = [];
    const { call, calls, figures, invoker } = under(
      [
        ['optional', fail],
        ['inner', asyncPass],
      ],
      ({ n }) => n,
      { optional: ['optional'] },
    );
    invoker.on('skipped', ({ middleware }) => events.push(middleware));
    await calls(5);
    expect(await call({ n: 7 })).toBe(7);
    expect(figures('optional')).toMatchObject({ executions: 5, skipped: 1, rejected: 0 });
    expect(figures('inner').executions).toBe(1);
    expect(events).toEqual(['optional']);
    expect(invoker.circuitBreaker.getMetrics('optional')).toMatchObject({
      state: 'OPEN',
      rejected: 1,
    });
  });

  test('past the last one the handler is next', async () => {
    const { calls, call } = under(
      [['optional', guarded({ optional: true }, fail)]],
      async () => 'handled',
    );
    await calls(5);
    expect(await call()).toBe('handled');
  });

  test('P-29 X-R7 one on which security rests refuses whatever happens', async () => {
    const { calls, call, figures } = under([['auth', guarded({ security: true }, fail)]]);
    await calls(5);
    expect(await call()).toMatchObject({ code: 'CIRCUIT_OPEN' });
    expect(figures('auth')).toMatchObject({ rejected: 1, skipped: 0 });
  });

  test('refuses as it answers: by promise where it gives promises, else at once', async () => {
    const promising = under([['layer', fail]]);
    await promising.calls(5);
    const refused = promising.serve({}) as Promise<unknown>;
    expect(refused).toBeInstanceOf(Promise);
    await expect(refused).rejects.toMatchObject({ code: 'CIRCUIT_OPEN' });
    const direct = under([
      [
        'layer',
        () => {
          throw new Error('ill');
        },
      ],
    ]);
    await direct.calls(5);
    expect(() => direct.serve({})).toThrow('Circuit breaker is open: "layer" is open.');
  });

  test('a timeout counts as a failure; a success in between begins anew', async () => {
    let hangs = true;
    const { clock, call, stateOf, figures } = under([['slow', () => (hangs ? pending() : 'well')]]);
    for (let time = 0; time < 4; time++) {
      const failed = call();
      await clock.advance(5000);
      await failed;
    }
    hangs = false;
    await call();
    hangs = true;
    const failed = call();
    await clock.advance(5000);
    await failed;
    expect(stateOf('slow')).toBe('CLOSED');
    expect(figures('slow')).toMatchObject({ timedOut: 5, failures: 5, successes: 1 });
  });

  test('a late result of an abandoned run moves nothing', async () => {
    const work = pending<string>();
    const { clock, call, invoker } = under([['slow', () => work]], undefined, {
      circuitBreaker: { failureThreshold: 1 },
    });
    const failed = call();
    await clock.advance(5000);
    await failed;
    expect(invoker.circuitBreaker.getState('slow')).toBe('OPEN');
    await clock.advance(60_000);
    work.resolve('late');
    await settle();
    expect(invoker.circuitBreaker.getMetrics('slow')).toMatchObject({
      state: 'HALF_OPEN',
      successes: 0,
      failures: 1,
    });
  });

  test('circuits can be left out', async () => {
    const { calls, figures, stateOf } = under([['layer', fail]], undefined, {
      circuitBreaker: false,
    });
    await calls(50);
    expect(figures('layer')).toMatchObject({ failures: 50, rejected: 0 });
    expect(stateOf('layer')).toBe('CLOSED');
  });

  test('layers of one composed middleware are guarded each by itself', async () => {
    const { calls, stateOf } = under([
      [
        'stack',
        compose(
          Object.assign(asyncPass.bind(undefined), {}),
          failingMiddleware(new Error('x')) as AnyMiddleware,
        ) as AnyMiddleware,
      ],
    ]);
    await calls(5);
    expect(stateOf('failing')).toBe('OPEN');
    expect(stateOf('bound asyncPass')).toBe('CLOSED');
  });
});

test('P-81 calls at the same time share nothing of what belongs to one of them', async () => {
  const clock = fakeClock();
  const wait = (ms: number): Promise<void> =>
    new Promise((resolve) => void clock.setTimer(resolve, ms));
  const { call, figures } = under(
    [
      [
        'layer',
        async (ctx: Call, next) => {
          await wait((ctx.n ?? 0) * 10);
          return (await next(ctx)) as unknown;
        },
      ],
    ],
    ({ n }) => wait(100).then(() => n),
    { clock },
  );
  const answers = [1, 2, 3].map((n) => call({ n }));
  await clock.advance(200);
  expect(await Promise.all(answers)).toEqual([1, 2, 3]);
  expect(figures('layer')).toMatchObject({
    executions: 3,
    ownMs: { min: 10, max: 30, total: 60 },
    totalMs: { min: 110, max: 130 },
  });
});
