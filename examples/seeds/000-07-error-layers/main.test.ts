/** Checks the three layers of errors: who answers what, in which words, and what gets out to log and tracker. */
import { once } from 'node:events';
import { type Middleware, pipeline } from '@interpose/kernel';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  businessErrors,
  BusinessRuleError,
  type Call,
  criticalErrors,
  DatabaseError,
  errorLayers,
  type LayerOptions,
  type ErrorTracker,
  type Logger,
  makeOrderDesk,
  type Reply,
  systemErrors,
  TimeoutError,
  ValidationError,
} from './main.ts';

const VALIDATION = new ValidationError(['An order needs a name.', 'And a size.']);
const BUSINESS = new BusinessRuleError('No gin before noon.');
const DATABASE = new DatabaseError('connection to db-3 refused');
const TIMEOUT = new TimeoutError('cellar, 5000 ms');
const UNKNOWN = new TypeError('cow is not a function');

const SORRY = { error: 'internal_server_error', message: 'An unexpected error occurred' };

interface Desk {
  readonly ask: (error?: unknown, ctx?: Call) => Promise<Reply>;
  readonly lines: string[];
  readonly critical: unknown[];
  readonly tracked: { readonly error: unknown; readonly context: unknown }[];
}

function setUp(tracker?: ErrorTracker | 'none'): Desk {
  const lines: string[] = [];
  const critical: unknown[] = [];
  const tracked: Desk['tracked'] = [];
  const keeping: ErrorTracker = {
    captureException: (error, { context }) => void tracked.push({ error, context }),
  };
  const logger: Logger = {
    error: (message) => lines.push(`error: ${message}`),
    critical(message, error) {
      lines.push(`critical: ${message}`);
      critical.push(error);
    },
  };
  const options: LayerOptions =
    tracker === 'none' ? { logger } : { logger, tracker: tracker ?? keeping };
  return {
    lines,
    critical,
    tracked,
    async ask(error, ctx = { order: 'tea' }) {
      const place = async (order: string): Promise<string> => {
        if (error !== undefined) throw error;
        return `one ${order}`;
      };
      return makeOrderDesk(place, options)(ctx);
    },
  };
}

/** What one layer alone makes of an error. */
async function alone(layer: Middleware<Call, Reply>, error: unknown): Promise<Reply> {
  return layer({ order: 'tea' }, () => Promise.reject(error));
}

const quiet: LayerOptions = { logger: { error() {}, critical() {} } };

describe('the business layer', () => {
  test('M-50 000-7 answers wrong input with its details', async () => {
    const { ask, lines, tracked } = setUp();
    expect(await ask(VALIDATION)).toStrictEqual({
      error: 'validation_failed',
      details: ['An order needs a name.', 'And a size.'],
    });
    expect([lines, tracked]).toEqual([[], []]);
  });

  test('M-50 000-7 answers a broken rule with its message', async () => {
    const { ask, lines, tracked } = setUp();
    expect(await ask(BUSINESS)).toStrictEqual({
      error: 'business_rule_violated',
      message: 'No gin before noon.',
    });
    expect([lines, tracked]).toEqual([[], []]);
  });

  test.each([DATABASE, TIMEOUT, UNKNOWN, 'a text'])('M-50 000-7 lets pass %s', async (error) => {
    await expect(alone(businessErrors, error)).rejects.toBe(error);
  });
});

describe('the system layer', () => {
  test('M-51 000-7 logs what the database says and does not tell it to the caller', async () => {
    const { ask, lines, tracked } = setUp();
    expect(await ask(DATABASE)).toStrictEqual({
      error: 'service_unavailable',
      message: 'Database unavailable',
    });
    expect(lines).toEqual(['error: Database error: connection to db-3 refused']);
    expect(tracked).toEqual([]);
  });

  test('M-51 000-7 answers a timeout, and logs it, too', async () => {
    const { ask, lines, tracked } = setUp();
    expect(await ask(TIMEOUT)).toStrictEqual({ error: 'timeout', message: 'Request timed out' });
    expect(lines).toEqual(['error: Timeout: cellar, 5000 ms']);
    expect(tracked).toEqual([]);
  });

  test.each([VALIDATION, BUSINESS, UNKNOWN, 'a text'])('M-51 000-7 lets pass %s', async (error) => {
    await expect(alone(systemErrors(quiet), error)).rejects.toBe(error);
  });
});

describe('the last resort', () => {
  // What an onlooker throws is written to the console.
  let failures: unknown[] = [];
  beforeEach(() => {
    failures = [];
    vi.spyOn(console, 'error').mockImplementation((...said) => void failures.push(said.at(-1)));
  });
  afterEach(() => void vi.restoreAllMocks());

  test('M-52 000-7 answers everything else without a word of what happened inside', async () => {
    expect(await setUp().ask(UNKNOWN)).toStrictEqual(SORRY);
    expect(await setUp().ask('a text')).toStrictEqual(SORRY);
  });

  test('M-52 000-7 logs the error with its stack', async () => {
    const { ask, lines, critical } = setUp();
    await ask(UNKNOWN);
    expect(lines).toEqual(['critical: Unhandled error: TypeError: cow is not a function']);
    expect(critical).toEqual([UNKNOWN]);
    expect(critical[0]).toBe(UNKNOWN);
    expect(UNKNOWN.stack).toContain('main.test.ts');
  });

  test('M-52 000-7 hands the tracker the error and the context themselves', async () => {
    const { ask, tracked } = setUp();
    const ctx: Call = { order: 'milk' };
    await ask(UNKNOWN, ctx);
    expect(tracked).toHaveLength(1);
    expect(tracked[0]?.error).toBe(UNKNOWN);
    expect(tracked[0]?.context).toBe(ctx);
  });

  test('M-52 000-7 needs no tracker', async () => {
    const { ask, lines } = setUp('none');
    expect(await ask(UNKNOWN)).toStrictEqual(SORRY);
    expect(lines).toHaveLength(1);
    expect(failures).toEqual([]);
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('tracker down');
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error('tracker down');
      },
    ],
  ])('M-52 000-7 answers and logs the same when the tracker %s', async (_, captureException) => {
    const { ask, critical } = setUp({ captureException });
    expect(await ask(UNKNOWN)).toStrictEqual(SORRY);
    expect(critical).toEqual([UNKNOWN]);
    expect(failures.map(String)).toEqual(['Error: tracker down']);
  });

  test('M-52 000-7 answers, and tracks, the same when the log fails', async () => {
    const tracked: unknown[] = [];
    const layer = criticalErrors({
      logger: {
        error() {},
        critical() {
          throw new Error('disk full');
        },
      },
      tracker: { captureException: (error) => void tracked.push(error) },
    });
    expect(await alone(layer, UNKNOWN)).toStrictEqual(SORRY);
    expect(tracked).toEqual([UNKNOWN]);
    expect(failures.map(String)).toEqual(['Error: disk full']);
  });

  test('M-52 000-7 leaves alone a call that its caller has given up', async () => {
    const { ask, lines, tracked } = setUp();
    const controller = new AbortController();
    controller.abort();
    const { signal } = controller;
    await expect(ask(signal.reason, { order: 'tea', signal })).rejects.toBe(signal.reason);
    expect([lines, tracked]).toEqual([[], []]);
  });

  test('M-52 000-7 knows it also by what an aborted operation of Node throws', async () => {
    const { ask, lines } = setUp();
    const signal = AbortSignal.abort('gone');
    const aborted: unknown = await once(new EventTarget(), 'never', { signal }).catch(
      (error: unknown) => error,
    );
    expect(aborted).not.toBe(signal.reason);
    await expect(ask(aborted, { order: 'tea', signal })).rejects.toBe(aborted);
    expect(await ask(aborted)).toStrictEqual(SORRY);
    expect(lines).toHaveLength(1);
  });

  test('M-52 000-7 an error of another kind is answered also when the caller has given up', async () => {
    const signal = AbortSignal.abort();
    const { ask, tracked } = setUp();
    expect(await ask(UNKNOWN, { order: 'tea', signal })).toStrictEqual(SORRY);
    expect(tracked).toHaveLength(1);
  });

  test.each([VALIDATION, BUSINESS, DATABASE, TIMEOUT])(
    'M-52 000-7 alone, answers in the same words %s',
    async (error) => {
      expect(await alone(criticalErrors(quiet), error)).toStrictEqual(SORRY);
    },
  );
});

describe('the three together', () => {
  test('000-7 do not touch a result', async () => {
    const { ask, lines } = setUp();
    expect(await ask()).toStrictEqual({ receipt: 'one tea' });
    expect(lines).toEqual([]);
  });

  test('M-53 000-7 stand with the last resort outermost, then system, then business', () => {
    const names = pipeline<Call, Reply>()
      .use(errorLayers(quiet))
      .describe()
      .map(({ name }) => name);
    expect(names).toEqual([
      'critical-errors',
      'error-tracker',
      'error-log',
      'system-errors',
      'business-errors',
    ]);
  });

  test('M-53 000-7 each kind is answered by the nearest layer that knows it', async () => {
    const { ask } = setUp();
    const answers = await Promise.all(
      [VALIDATION, BUSINESS, DATABASE, TIMEOUT, UNKNOWN].map((error) => ask(error)),
    );
    expect(answers.map((answer) => 'error' in answer && answer.error)).toEqual([
      'validation_failed',
      'business_rule_violated',
      'service_unavailable',
      'timeout',
      'internal_server_error',
    ]);
  });

  test('M-53 000-7 what goes wrong in an inner layer is caught further out', async () => {
    const broken = new ValidationError([]);
    Object.defineProperty(broken, 'details', {
      get() {
        throw DATABASE;
      },
    });
    const { ask, lines } = setUp();
    expect(await ask(broken)).toMatchObject({ error: 'service_unavailable' });
    expect(lines).toEqual(['error: Database error: connection to db-3 refused']);
  });

  test('M-53 000-7 what the system layer throws comes to the last resort', async () => {
    const logger: Logger = {
      error() {
        throw UNKNOWN;
      },
      critical() {},
    };
    expect(await alone(errorLayers({ logger }), DATABASE)).toStrictEqual(SORRY);
  });
});
