/** Tests of exceptionBoundary and its table. */
import { CodedError, pipeline } from '@interpose/kernel';
import { middlewareContract } from '@interpose/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  BulkheadFullError,
  CircuitIsolatedError,
  CircuitOpenError,
  DisposedError,
  LoadShedError,
  QueueTimeoutError,
  RateLimitedError,
  TimeoutError,
} from '../errors.ts';
import { BusinessRuleError, DatabaseError, ValidationError } from './errors.ts';
import { exceptionBoundary, type ExceptionBoundaryOptions } from './exception-boundary.ts';
import { BARE_PROBLEM, type Problem, problemOf, problemRules } from './problem.ts';

interface Call {
  readonly requestId?: string;
  readonly signal?: AbortSignal;
}

for (const law of middlewareContract(() => exceptionBoundary(), {
  sync: true,
  handlesErrors: true,
})) {
  test(`exceptionBoundary ${law.name}`, law.check);
}

let written: unknown[][] = [];
beforeEach(() => {
  written = [];
  vi.spyOn(console, 'error').mockImplementation((...said) => void written.push(said));
});
afterEach(() => void vi.restoreAllMocks());

/** An error of ours with any code. */
function coded(code: string, more: object = {}): CodedError {
  class AnyError extends CodedError {
    static override readonly code: string = code;
  }
  return Object.assign(new AnyError(`internal ${code}`), more);
}

function setUp<A = Problem>(options: ExceptionBoundaryOptions<Call, A> = {}) {
  const lines: string[] = [];
  const fields: object[] = [];
  const tracked: unknown[] = [];
  const write = (said: object, message: string): void => {
    lines.push(message);
    fields.push(said);
  };
  const boundary = exceptionBoundary<Call, A>({
    logger: { error: write },
    tracker: { captureException: (error, { context }) => tracked.push([error, context]) },
    ...options,
  });
  const ask = async (thrown: unknown, ctx: Call = {}): Promise<unknown> =>
    boundary(ctx, () => Promise.reject(thrown));
  return { boundary, lines, fields, tracked, ask };
}

describe('the boundary', () => {
  test('P-01 whatever a middleware or the handler throws, at once or later, becomes an answer', async () => {
    for (const place of ['outer', 'inner', 'handler']) {
      for (const late of [true, false]) {
        const fail = (here: string): Promise<never> | undefined => {
          if (here !== place) return undefined;
          if (late) return Promise.reject(new TypeError('cow'));
          throw new TypeError('cow');
        };
        const serve = pipeline<Call, string | Problem>()
          .use(exceptionBoundary({ logger: { error() {} } }))
          .use((_, next) => fail('outer') ?? next())
          .use(async (_, next) => (await fail('inner')) ?? next())
          .handle(() => fail('handler') ?? 'fine');
        expect(await serve({})).toEqual(BARE_PROBLEM);
      }
    }
  });

  test('P-01 a result passes untouched, and a synchronous call stays so', () => {
    const { boundary, lines } = setUp();
    const value = {};
    expect(boundary({}, () => value)).toBe(value);
    expect(
      boundary({}, () => {
        throw coded('NOT_FOUND');
      }),
    ).toEqual({ status: 404, code: 'NOT_FOUND', title: 'Not Found' });
    expect(lines).toEqual([]);
  });

  const retry = { policy: 'p', retryAfterMs: 1001 };
  test.each<[string, Error, object]>([
    ['TIMEOUT', new TimeoutError('p', 1, 2), { status: 504, title: 'Gateway Timeout' }],
    ['MIDDLEWARE_TIMEOUT', coded('MIDDLEWARE_TIMEOUT'), { status: 504, title: 'Gateway Timeout' }],
    [
      'CIRCUIT_OPEN',
      new CircuitOpenError({ ...retry, state: 'open' }),
      { status: 503, title: 'Service Unavailable', retryAfterS: 2 },
    ],
    [
      'CIRCUIT_ISOLATED',
      new CircuitIsolatedError('p'),
      { status: 503, title: 'Service Unavailable' },
    ],
    [
      'BULKHEAD_FULL',
      new BulkheadFullError('p', 1, 0),
      { status: 503, title: 'Service Unavailable' },
    ],
    ['QUEUE_TIMEOUT', new QueueTimeoutError('p', 1), { status: 503, title: 'Service Unavailable' }],
    [
      'LOAD_SHED',
      new LoadShedError({ policy: 'p', retryAfterMs: 2000 }),
      { status: 503, title: 'Service Unavailable', retryAfterS: 2 },
    ],
    ['DISPOSED', new DisposedError('p'), { status: 503, title: 'Service Unavailable' }],
    [
      'RATE_LIMITED',
      new RateLimitedError({ ...retry, retryAfterMs: 1, limit: 1, remaining: 0, resetMs: 1 }),
      { status: 429, title: 'Too Many Requests', retryAfterS: 1 },
    ],
    [
      'VALIDATION',
      new ValidationError('Too young.', { field: 'age', value: 7 }),
      {
        status: 422,
        title: 'Unprocessable Content',
        detail: 'Too young.',
        errors: [{ field: 'age', message: 'Too young.' }],
      },
    ],
    [
      'VALIDATION',
      coded('VALIDATION', { details: [{ field: 'age', message: 'Too young.', got: 7 }, 'No.'] }),
      {
        status: 422,
        title: 'Unprocessable Content',
        detail: 'internal VALIDATION',
        errors: [{ field: 'age', message: 'Too young.' }, { message: 'Invalid.' }],
      },
    ],
    [
      'BUSINESS_RULE',
      new BusinessRuleError('No gin.'),
      { status: 422, title: 'Unprocessable Content', detail: 'No gin.' },
    ],
    ['DATABASE', new DatabaseError('db-3'), { status: 503, title: 'Service Unavailable' }],
    ['UNAUTHENTICATED', coded('UNAUTHENTICATED'), { status: 401, title: 'Unauthorized' }],
    ['UNAUTHORIZED', coded('UNAUTHORIZED'), { status: 401, title: 'Unauthorized' }],
    ['FORBIDDEN', coded('FORBIDDEN'), { status: 403, title: 'Forbidden' }],
    ['NOT_FOUND', coded('NOT_FOUND'), { status: 404, title: 'Not Found' }],
    [
      'METHOD_NOT_ALLOWED',
      coded('METHOD_NOT_ALLOWED', { allow: ['GET', 'PUT'] }),
      { status: 405, title: 'Method Not Allowed', allow: ['GET', 'PUT'] },
    ],
    ['CONTENT_TOO_LARGE', coded('CONTENT_TOO_LARGE'), { status: 413, title: 'Content Too Large' }],
    ['PAYLOAD_TOO_LARGE', coded('PAYLOAD_TOO_LARGE'), { status: 413, title: 'Content Too Large' }],
  ])('P-02 %s has its status, and tells nothing internal', async (code, error, problem) => {
    expect(await setUp().ask(error)).toStrictEqual({ code, ...problem });
  });

  test.each<[string, unknown]>([
    ['an error of nobody', new Error('cow')],
    ['one with a code that the table does not have', coded('WEIRD')],
    [
      'one of another library with a code that we use',
      Object.assign(new Error('x'), { code: 'FORBIDDEN' }),
    ],
    ['a text', 'cow'],
    ['nothing', undefined],
    ['an object', { code: 'NOT_FOUND', status: 404 }],
  ])('P-02 %s is a 500 that tells nothing', async (_, error) => {
    const { ask, tracked } = setUp();
    expect(await ask(error, { requestId: 'r1' })).toStrictEqual({
      status: 500,
      code: 'INTERNAL_ERROR',
      title: 'Internal Server Error',
      requestId: 'r1',
    });
    expect(tracked).toEqual([[error, { requestId: 'r1' }]]);
  });

  test('P-02 an error of another copy of the product has its status, too', async () => {
    class NotFoundError extends Error {
      static readonly code = 'NOT_FOUND';
      readonly code = 'NOT_FOUND';
    }
    expect(await setUp().ask(new NotFoundError('x'))).toMatchObject({ status: 404 });
  });

  test('P-02 what the platform throws when time is up is a timeout', async () => {
    const error = new DOMException('too slow', 'TimeoutError');
    expect(await setUp().ask(error)).toMatchObject({ status: 504, code: 'TIMEOUT' });
  });

  test('P-02 an answer that was thrown is that answer', async () => {
    const thrown = (status: number, more: object = {}): Error =>
      Object.assign(new Error('Try /new.'), { answers: 'http', status, code: 'MOVED_AWAY' }, more);
    expect(await setUp().ask(thrown(410))).toStrictEqual({
      status: 410,
      code: 'MOVED_AWAY',
      title: 'Gone',
      detail: 'Try /new.',
    });
    expect(await setUp().ask(thrown(405, { headers: { allow: 'GET, PUT' } }))).toMatchObject({
      allow: ['GET', 'PUT'],
    });
    expect(await setUp().ask(thrown(418, { message: 'Refused' }))).toStrictEqual({
      status: 418,
      code: 'MOVED_AWAY',
      title: 'Refused',
    });
    expect(await setUp().ask(thrown(200))).toMatchObject({ status: 500 });
  });

  test('P-02 the table can be extended and changed', async () => {
    const { ask } = setUp({
      table: {
        OUT_OF_STOCK: { status: 409, title: 'Sold out', expose: true },
        TIMEOUT: 503,
        VALIDATION: 400,
        TEAPOT: 599,
      },
    });
    expect(await ask(coded('OUT_OF_STOCK'))).toStrictEqual({
      status: 409,
      code: 'OUT_OF_STOCK',
      title: 'Sold out',
      detail: 'internal OUT_OF_STOCK',
    });
    expect(await ask(new TimeoutError('p', 1, 2))).toMatchObject({ status: 503 });
    expect(await ask(new ValidationError('x'))).toStrictEqual({
      status: 400,
      code: 'VALIDATION',
      title: 'Bad Request',
    });
    expect(await ask(coded('TEAPOT'))).toMatchObject({ title: 'Failed' });
    expect(await ask(coded('NOT_FOUND'))).toMatchObject({ status: 404 });
    expect(problemOf(coded('X'), problemRules({ X: 404 }))).toMatchObject({ status: 404 });
  });

  test.each([
    [1, 1],
    [1000, 1],
    [1001, 2],
    [0, 0],
    [-1, undefined],
    [Infinity, undefined],
    [Number.NaN, undefined],
    ['5', undefined],
  ])('P-02 a wait of %s ms is told as %s s', (retryAfterMs, seconds) => {
    expect(problemOf(coded('CIRCUIT_OPEN', { retryAfterMs })).retryAfterS).toBe(seconds);
  });

  test('the host makes its own answer of it', async () => {
    const seen: unknown[] = [];
    const serve = pipeline<Call, Response>()
      .use(
        exceptionBoundary({
          toResult: (problem, error, ctx) => {
            seen.push(error, ctx);
            return Response.json(problem, { status: problem.status });
          },
        }),
      )
      .handle(() => {
        throw error;
      });
    const error = coded('FORBIDDEN');
    const ctx = { requestId: 'r1' };
    const response = await serve(ctx);
    expect(response.status).toBe(403);
    expect(await response.json()).toEqual({
      status: 403,
      code: 'FORBIDDEN',
      title: 'Forbidden',
      requestId: 'r1',
    });
    expect([seen[0] === error, seen[1] === ctx]).toEqual([true, true]);
  });

  test('what becomes a 500 and more is written down with its id; only what nobody foresaw is tracked', async () => {
    const { ask, lines, fields, tracked } = setUp();
    await ask(new Error('cow'), { requestId: 'r1' });
    await ask(new DatabaseError('db-3'));
    await ask(coded('NOT_FOUND'));
    expect(lines).toEqual(['Unhandled error: Error: cow', 'DATABASE: DatabaseError: db-3']);
    expect(fields).toMatchObject([
      { status: 500, code: 'INTERNAL_ERROR', requestId: 'r1', err: { message: 'cow' } },
      { status: 503, code: 'DATABASE', err: { type: 'DatabaseError' } },
    ]);
    expect(tracked).toHaveLength(1);
    await exceptionBoundary()({}, () => Promise.reject(new Error('cow')));
    expect(written.map(([message]) => message)).toEqual(['Unhandled error: Error: cow']);
  });

  test('only where debug is on the caller is told what happened, and even then no secrets', async () => {
    const error = new Error('password=hunter2', { cause: new Error('root') });
    const { ask } = setUp({ debug: true });
    const { debug, ...rest } = (await ask(error)) as Problem;
    expect(rest).toEqual(BARE_PROBLEM);
    expect(debug).toMatchObject({ type: 'Error', cause: { message: 'root' } });
    expect(debug?.stack).toContain('exception-boundary.test.ts');
    expect(JSON.stringify(debug)).not.toContain('hunter2');
  });

  test('a call that its caller has given up is left alone', async () => {
    const { ask, lines } = setUp();
    const reason = new Error('enough');
    await expect(ask(reason, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(lines).toEqual([]);
  });
});

describe('an error in the boundary', () => {
  const fail = (): never => {
    throw new Error('toResult is down');
  };

  test.each([
    ['throws', fail],
    ['rejects', () => Promise.reject(new Error('toResult is down'))],
  ])('P-04 when toResult %s for a problem, it is asked for a bare 500', async (_, broken) => {
    const { ask, lines } = setUp<unknown>({
      toResult: (problem) => (problem.status === 404 ? broken() : { answer: problem }),
    });
    expect(await ask(coded('NOT_FOUND'), { requestId: 'r1' })).toEqual({
      answer: { ...BARE_PROBLEM, requestId: 'r1' },
    });
    expect(lines).toEqual(['The exception boundary failed: Error: toResult is down']);
  });

  test('P-04 when that fails too, the answer is a bare 500 nevertheless', async () => {
    expect(await setUp({ toResult: fail }).ask(new Error('cow'))).toEqual(BARE_PROBLEM);
    expect(await setUp({ toResult: fail, bare: () => 'bare' }).ask(new Error('cow'))).toBe('bare');
    expect(await setUp<unknown>({ toResult: fail, bare: fail }).ask(new Error('cow'))).toEqual(
      BARE_PROBLEM,
    );
  });

  test('P-04 log, tracker and request id may fail; the answer stays', async () => {
    const { ask } = setUp({
      logger: { error: fail },
      tracker: { captureException: () => Promise.reject(new Error('tracker is down')) },
      requestId: fail,
    });
    expect(await ask(new Error('cow'))).toEqual(BARE_PROBLEM);
    expect(written).toHaveLength(3);
  });

  test('P-04 an error that cannot even be read is a bare 500', async () => {
    const hostile = new Proxy(new Error('x'), {
      get() {
        throw new Error('no');
      },
      getPrototypeOf() {
        throw new Error('no');
      },
    });
    for (const debug of [true, false]) {
      expect(await setUp({ debug }).ask(hostile)).toMatchObject(BARE_PROBLEM);
    }
    const signal = AbortSignal.abort();
    expect(await setUp().ask(hostile, { signal })).toEqual(BARE_PROBLEM);
  });

  test('P-02 an id that is no text is left out', async () => {
    const { ask } = setUp({ requestId: () => 5 as never });
    expect(await ask(new Error('cow'))).toEqual(BARE_PROBLEM);
    const named = setUp({ requestId: () => 'r7' });
    expect(await named.ask(new Error('cow'))).toEqual({ ...BARE_PROBLEM, requestId: 'r7' });
  });
});

test('options that are wrong are refused in a sentence', () => {
  expect(() => exceptionBoundary({ table: { X: 200 } })).toThrow(
    'Expected `table.X` to be a status from 400 to 599, got `200` (number).',
  );
  expect(() => exceptionBoundary({ table: { X: { status: 4.5 } } })).toThrow(RangeError);
  expect(() => exceptionBoundary({ table: { X: { code: 5 } } as never })).toThrow(TypeError);
  expect(() => exceptionBoundary({ table: { X: null } as never })).toThrow('a status');
  expect(() => exceptionBoundary({ table: 5 as never })).toThrow('`table`');
  expect(() => exceptionBoundary({ toResult: 1 as never })).toThrow('`toResult`');
  expect(() => exceptionBoundary({ debug: 'yes' as never })).toThrow('`debug`');
  expect(() => exceptionBoundary({ logger: {} as never })).toThrow('`logger`');
  expect(() => exceptionBoundary({ toresult: 1 } as never)).toThrow('Did you mean "toResult"?');
});
