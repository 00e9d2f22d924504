/** Tests of createErrorHandler, errorMiddleware and ErrorReporter. */
import { pipeline } from '@interpose/kernel';
import { fakeClock, middlewareContract } from '@interpose/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { TimeoutError } from '../errors.ts';
import { createErrorHandler, type ErrorHandlerOptions } from './error-handler.ts';
import { criticalErrors, type LayerFailure } from './error-layers.ts';
import { errorMiddleware, type ErrorNotes } from './error-middleware.ts';
import { ErrorReporter } from './error-reporter.ts';
import { ConfigurationError, DatabaseError } from './errors.ts';
import { MiddlewareError } from './middleware-error.ts';

const silent = { error() {} };
const laws = [
  ['createErrorHandler', () => createErrorHandler({ logger: silent })],
  ['errorMiddleware', () => errorMiddleware()],
] as const;
for (const [name, make] of laws) {
  for (const law of middlewareContract(make, { sync: true, handlesErrors: true })) {
    test(`${name} ${law.name}`, law.check);
  }
}

let written: unknown[][] = [];
beforeEach(() => {
  written = [];
  vi.spyOn(console, 'error').mockImplementation((...said) => void written.push(said));
});
afterEach(() => void vi.restoreAllMocks());

const UNKNOWN = new TypeError('cow is not a function');

describe('createErrorHandler', () => {
  function setUp<A = never>(options: ErrorHandlerOptions<unknown, A> = {}) {
    const lines: string[] = [];
    const handler = createErrorHandler({
      logger: { error: (_, message) => void lines.push(message) },
      ...options,
    });
    const ask = async (thrown: unknown, ctx: object = {}): Promise<unknown> => {
      try {
        return await handler(ctx, () => Promise.reject(thrown));
      } catch (error) {
        return error;
      }
    };
    return { lines, ask };
  }

  test('M-57 wraps what nobody foresaw, with its type in the message and itself as the cause', async () => {
    const { ask, lines } = setUp();
    const error = await ask(UNKNOWN);
    expect(error).toBeInstanceOf(MiddlewareError);
    expect(error).toMatchObject({
      message: 'Unexpected error in middleware chain: TypeError',
      cause: UNKNOWN,
    });
    expect((error as MiddlewareError).debugInfo.size).toBe(0);
    expect(await ask('a text')).toMatchObject({
      message: 'Unexpected error in middleware chain: string',
      cause: 'a text',
    });
    expect(lines[0]).toBe('MiddlewareError: Unexpected error in middleware chain: TypeError');
  });

  test('M-57 lets errors of the product pass as they are', async () => {
    const { ask, lines } = setUp();
    for (const error of [new ConfigurationError('x'), new TimeoutError('p', 1, 2)]) {
      expect(await ask(error)).toBe(error);
    }
    expect(lines).toEqual([
      'ConfigurationError: x',
      'TimeoutError: "p" ended the call: it took longer than 1 ms.',
    ]);
  });

  test('M-57 answers with the fallback, which learns error and context', async () => {
    const seen: unknown[] = [];
    const ctx = {};
    const { ask } = setUp({
      fallback: (error, context) => {
        seen.push(error.message, context);
        return 'instead';
      },
    });
    expect(await ask(UNKNOWN, ctx)).toBe('instead');
    expect(seen).toEqual(['Unexpected error in middleware chain: TypeError', ctx]);
    expect(await setUp({ fallback: async () => 'later' }).ask(UNKNOWN)).toBe('later');
    const fault = new Error('fallback');
    expect(await setUp({ fallback: () => Promise.reject(fault) }).ask(UNKNOWN)).toBe(fault);
  });

  test('M-57 includes the trace if asked', async () => {
    const { ask } = setUp({ includeTrace: true });
    const error = (await ask(new Error('x', { cause: UNKNOWN }))) as MiddlewareError;
    expect(error.debugInfo.get('trace')).toBe(
      'Error: x\n  caused by TypeError: cow is not a function',
    );
  });

  test('M-57 writes no log if told so, and to the console if told nothing', async () => {
    const { ask, lines } = setUp({ logErrors: false });
    await ask(UNKNOWN);
    expect(lines).toEqual([]);
    await Promise.resolve(createErrorHandler()({}, () => Promise.reject(UNKNOWN))).catch(() => {});
    expect(written).toHaveLength(1);
  });

  test('M-57 leaves alone a call that its caller has given up', async () => {
    const { ask, lines } = setUp({ fallback: () => 'instead' });
    expect(await ask(UNKNOWN, { signal: AbortSignal.abort(UNKNOWN) })).toBe(UNKNOWN);
    expect(lines).toEqual([]);
  });

  test('options that are wrong are refused in a sentence', () => {
    expect(() => createErrorHandler({ fallback: 5 as never })).toThrow(
      'Expected `fallback` to be a function, got `5` (number).',
    );
    expect(() => createErrorHandler({ logErrors: 1 as never })).toThrow('`logErrors`');
    expect(() => createErrorHandler({ includeTrace: 1 as never })).toThrow('`includeTrace`');
    expect(() => createErrorHandler({ log: true } as never)).toThrow('`log`');
  });
});

describe('errorMiddleware', () => {
  test('M-59 notes the error on the context and lets it go on as it is', async () => {
    const ctx: ErrorNotes = {};
    const seen: unknown[] = [];
    const layer = errorMiddleware({ onError: (error, context) => seen.push(error, context) });
    await expect(layer(ctx, () => Promise.reject(UNKNOWN))).rejects.toBe(UNKNOWN);
    expect(ctx).toEqual({ error: UNKNOWN, errorHandled: false });
    expect([seen[0] === UNKNOWN, seen[1] === ctx]).toEqual([true, true]);
  });

  test('M-59 with a fallback that answers, and the note says so', async () => {
    const ctx: ErrorNotes = {};
    const serve = pipeline<ErrorNotes, string>()
      .use(errorMiddleware({ fallback: async (error) => `instead of ${(error as Error).name}` }))
      .handle(() => {
        throw UNKNOWN;
      });
    expect(await serve(ctx)).toBe('instead of TypeError');
    expect(ctx).toEqual({ error: UNKNOWN, errorHandled: true });
    const sync: ErrorNotes = {};
    const layer = errorMiddleware({ fallback: () => undefined });
    const broken = (): never => {
      throw UNKNOWN;
    };
    expect(layer(sync, broken)).toBeUndefined();
    expect(sync.errorHandled).toBe(true);
  });

  test('M-59 a fallback that fails is not taken for an answer', async () => {
    const ctx: ErrorNotes = {};
    const fault = new Error('fallback');
    const layer = errorMiddleware({ fallback: () => Promise.reject(fault) });
    await expect(layer(ctx, () => Promise.reject(UNKNOWN))).rejects.toBe(fault);
    expect(ctx.errorHandled).toBe(false);
  });

  test('M-59 an onlooker that throws changes nothing', async () => {
    const layer = errorMiddleware({
      onError: () => {
        throw new Error('onlooker');
      },
    });
    await expect(layer({}, () => Promise.reject(UNKNOWN))).rejects.toBe(UNKNOWN);
    expect(written.map((said) => String(said.at(-1)))).toEqual(['Error: onlooker']);
  });

  test('M-59 nothing is noted where nothing fails, and a context that takes no notes hides no error', async () => {
    const ctx = {};
    const layer = errorMiddleware();
    expect(await layer(ctx, async () => 'fine')).toBe('fine');
    expect(ctx).toEqual({});
    for (const closed of [Object.freeze({}), undefined, 5]) {
      await expect(layer(closed, () => Promise.reject(UNKNOWN))).rejects.toBe(UNKNOWN);
    }
  });

  test('M-59 a call that its caller has given up is not answered', async () => {
    const ctx = { signal: AbortSignal.abort(UNKNOWN) };
    const layer = errorMiddleware({ fallback: () => 'instead' });
    await expect(layer(ctx, () => Promise.reject(UNKNOWN))).rejects.toBe(UNKNOWN);
  });

  test('options that are wrong are refused in a sentence', () => {
    expect(() => errorMiddleware({ onError: 5 as never })).toThrow('`onError`');
    expect(() => errorMiddleware({ fallback: 5 as never })).toThrow('`fallback`');
    expect(() => errorMiddleware({ onerror: 5 } as never)).toThrow('Did you mean "onError"?');
  });
});

describe('ErrorReporter', () => {
  test('M-58 counts all errors by type and tells the last', () => {
    const clock = fakeClock();
    const reporter = new ErrorReporter({ appName: 'shop', clock });
    expect(reporter.getReportSummary()).toEqual({
      appName: 'shop',
      totalErrors: 0,
      errorTypes: {},
      lastError: undefined,
    });
    reporter.report(UNKNOWN);
    reporter.report(new TypeError('again'));
    clock.advanceSync(5);
    reporter.report(new DatabaseError('db-3', { middleware: 'orders' }));
    reporter.report('a text');
    expect(reporter.getReportSummary()).toMatchObject({
      totalErrors: 4,
      errorTypes: { TypeError: 2, DatabaseError: 1, string: 1 },
      lastError: { type: 'string', message: '"a text"', atMs: clock.wall() },
    });
    expect(reporter.reports()[2]).toMatchObject({ code: 'DATABASE', origin: 'orders' });
    expect(new ErrorReporter().appName).toBe('interpose_app');
  });

  test('M-58 X-R5 keeps the last ones only, and counts a bounded number of types', () => {
    const reporter = new ErrorReporter({ maxReports: 3 });
    for (let n = 0; n < 1000; n++) {
      reporter.report(Object.assign(new Error(`${n}`), { name: `Type${n}` }));
      expect(reporter.reports().map(({ message }) => message)).toEqual(
        [n - 2, n - 1, n].filter((one) => one >= 0).map(String),
      );
    }
    const { totalErrors, errorTypes, lastError } = reporter.getReportSummary();
    expect([totalErrors, lastError?.message]).toEqual([1000, '999']);
    expect(Object.keys(errorTypes)).toHaveLength(101);
    expect(errorTypes['other']).toBe(900);
  });

  test('M-58 is a tracker, and keeps no secrets and no context', async () => {
    const reporter = new ErrorReporter();
    const layer = criticalErrors({ tracker: reporter, logger: silent });
    const answer = await layer({ password: 'hunter2' }, () =>
      Promise.reject<LayerFailure>(new Error('token=hunter2')),
    );
    expect(answer).toMatchObject({ error: 'internal_server_error' });
    expect(JSON.stringify(reporter.reports())).not.toContain('hunter2');
    expect(reporter.getReportSummary().totalErrors).toBe(1);
  });

  test('options that are wrong are refused in a sentence', () => {
    expect(() => new ErrorReporter({ maxReports: 0 })).toThrow(
      'Expected `maxReports` to be a whole number, 1 or more, got `0` (number).',
    );
    expect(() => new ErrorReporter({ appName: '' })).toThrow('`appName`');
    expect(() => new ErrorReporter({ appname: 'x' } as never)).toThrow('Did you mean "appName"?');
  });
});
