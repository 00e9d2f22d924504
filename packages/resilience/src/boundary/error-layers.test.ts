/** Tests of the layers of errors. */
import { once } from 'node:events';
import { CodedError, type Middleware, pipeline } from '@interpose/kernel';
import { fakeClock, middlewareContract, pending } from '@interpose/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { BulkheadFullError, TimeoutError } from '../errors.ts';
import { timeout } from '../timeout/timeout.ts';
import {
  businessErrors,
  criticalErrors,
  errorLayers,
  type ErrorLayersOptions,
  type LayerFailure,
  systemErrors,
} from './error-layers.ts';
import { answerTo } from './error-rule.ts';
import { BusinessRuleError, DatabaseError, ValidationError } from './errors.ts';

interface Call {
  readonly order?: string;
  readonly signal?: AbortSignal;
}

const VALIDATION = new ValidationError('Wrong.', {
  errors: [{ field: 'name', message: 'Missing.' }],
});
const BUSINESS = new BusinessRuleError('No gin before noon.').addDebugInfo('rule', 'R7');
const DATABASE = new DatabaseError('connection to db-3 refused');
const TIMEOUT = new TimeoutError('cellar', 5000, 5001);
const UNKNOWN = new TypeError('cow is not a function');
const REFUSED = new BulkheadFullError('kitchen', 1, 0);
const SORRY = { error: 'internal_server_error', message: 'An unexpected error occurred' };

const LAYERS = { businessErrors, systemErrors, criticalErrors, errorLayers } as const;
for (const [name, make] of Object.entries(LAYERS)) {
  for (const law of middlewareContract(() => make({}), {
    sync: true,
    handlesErrors: name === 'criticalErrors' || name === 'errorLayers',
  })) {
    test(`${name} ${law.name}`, law.check);
  }
}

// What an onlooker throws is written to the console, and so is what nobody logs.
let written: unknown[][] = [];
beforeEach(() => {
  written = [];
  vi.spyOn(console, 'error').mockImplementation((...said) => void written.push(said));
});
afterEach(() => void vi.restoreAllMocks());

function setUp(options: ErrorLayersOptions<LayerFailure> = {}) {
  const lines: string[] = [];
  const fields: { readonly err: { readonly stack?: string } }[] = [];
  const tracked: unknown[] = [];
  const write =
    (level: string) =>
    (said: object, message: string): void => {
      lines.push(`${level} ${message}`);
      fields.push(said as (typeof fields)[number]);
    };
  const layers = errorLayers({
    logger: { error: write('error'), fatal: write('fatal') },
    tracker: { captureException: (error, { context }) => tracked.push([error, context]) },
    ...options,
  });
  const ask = async (error?: unknown, ctx: Call = {}): Promise<unknown> =>
    pipeline<Call, string | LayerFailure>()
      .use(layers)
      .handle(async () => {
        if (error !== undefined) throw error;
        return 'tea';
      })(ctx);
  return { lines, fields, tracked, ask };
}

const alone = async (
  layer: Middleware<Call, string | LayerFailure>,
  error: unknown,
): Promise<unknown> => layer({}, () => Promise.reject(error));

const named = (errors: readonly unknown[]): [string, unknown][] =>
  errors.map((error) => [error instanceof Error ? error.name : String(error), error]);

describe('the business layer', () => {
  test('M-50 answers wrong input with what errors() says', async () => {
    expect(await alone(businessErrors(), VALIDATION)).toStrictEqual({
      error: 'validation_failed',
      details: [{ field: 'name', message: 'Missing.' }],
    });
  });

  test('M-50 answers a broken rule with its message, and nothing else that it knows', async () => {
    expect(await alone(businessErrors(), BUSINESS)).toStrictEqual({
      error: 'business_rule_violated',
      message: 'No gin before noon.',
    });
    expect(written).toEqual([]);
  });

  test('M-50 answers a ValidationError of another copy of the package alike', async () => {
    class OtherValidationError extends CodedError {
      static override readonly code = 'VALIDATION';
      readonly details = [
        { field: 'items.0.name', message: 'Missing.', got: 'pw' },
        { field: '', message: 'Empty.' },
      ];
    }
    expect(await alone(businessErrors(), new OtherValidationError('Wrong.'))).toStrictEqual({
      error: 'validation_failed',
      details: [{ field: 'items.0.name', message: 'Missing.' }, { message: 'Empty.' }],
    });
  });

  test.each(named([DATABASE, TIMEOUT, UNKNOWN, REFUSED, 'a text', undefined]))(
    'M-50 P-71 lets pass as it is: %s',
    async (_, error) => {
      await expect(alone(businessErrors(), error)).rejects.toBe(error);
    },
  );
});

describe('the system layer', () => {
  test('M-51 writes down what the database says, and answers without it', async () => {
    const { ask, lines, fields, tracked } = setUp();
    expect(await ask(DATABASE)).toStrictEqual({
      error: 'service_unavailable',
      message: 'Database unavailable',
    });
    expect(lines).toEqual(['error Database error: connection to db-3 refused']);
    expect(fields[0]?.err).toMatchObject({ type: 'DatabaseError', code: 'DATABASE' });
    expect(tracked).toEqual([]);
  });

  test('M-51 answers what took too long, and writes it down, too', async () => {
    const { ask, lines } = setUp();
    const answer = { error: 'timeout', message: 'Request timed out' };
    expect(await ask(TIMEOUT)).toStrictEqual(answer);
    expect(lines).toEqual(['error Timeout: "cellar" ended the call: it took longer than 5000 ms.']);
    const platform = AbortSignal.timeout(0);
    await once(platform, 'abort');
    expect(await ask(platform.reason)).toStrictEqual(answer);
    expect(await ask(Object.assign(new Error('x'), { code: 'MIDDLEWARE_TIMEOUT' }))).toStrictEqual(
      answer,
    );
  });

  test.each(named([VALIDATION, BUSINESS, UNKNOWN, REFUSED, 'a text', undefined]))(
    'M-51 P-71 lets pass as it is: %s',
    async (_, error) => {
      await expect(alone(systemErrors(), error)).rejects.toBe(error);
      expect(written).toEqual([]);
    },
  );
});

describe('the last resort', () => {
  test.each(named([UNKNOWN, REFUSED, 'a text', undefined]))(
    'M-52 answers in the same words, without a word of what happened inside: %s',
    async (_, error) => {
      expect(await alone(criticalErrors(), error)).toStrictEqual(SORRY);
    },
  );

  test('M-52 writes the error down with its stack, as what should wake somebody', async () => {
    const { ask, lines, fields } = setUp();
    await ask(UNKNOWN);
    expect(lines).toEqual(['fatal Unhandled error: TypeError: cow is not a function']);
    expect(fields[0]?.err).toMatchObject({ type: 'TypeError', message: 'cow is not a function' });
    expect(fields[0]?.err.stack).toContain('error-layers.test.ts');
  });

  test('M-52 a logger without fatal gets it as an error; without a logger it goes to the console', async () => {
    const lines: string[] = [];
    const logger = { error: (_: object, message: string) => void lines.push(message) };
    await alone(criticalErrors({ logger }), UNKNOWN);
    expect(lines).toEqual(['Unhandled error: TypeError: cow is not a function']);
    await alone(criticalErrors(), UNKNOWN);
    expect(written.map(([message]) => message)).toEqual(lines);
  });

  test('M-52 gives the tracker the error and the context themselves; there need be none', async () => {
    const { ask, tracked } = setUp();
    const ctx: Call = { order: 'milk' };
    expect(await ask(UNKNOWN, ctx)).toStrictEqual(SORRY);
    expect(tracked).toHaveLength(1);
    const [[error, context]] = tracked as [[unknown, unknown]];
    expect([error === UNKNOWN, context === ctx]).toEqual([true, true]);
  });

  const throwing = (): never => {
    throw new Error('down');
  };
  test.each([
    ['throws', throwing],
    ['rejects', () => Promise.reject(new Error('down'))],
  ])('M-52 answers the same when tracker and log %s', async (_, fail) => {
    const layer = criticalErrors({
      logger: { error: fail as () => never, fatal: fail as () => never },
      tracker: { captureException: fail },
    });
    expect(await alone(layer, UNKNOWN)).toStrictEqual(SORRY);
    await Promise.resolve();
    expect(written.map((said) => String(said.at(-1)))).toEqual(['Error: down', 'Error: down']);
  });

  test('M-52 leaves alone a call that its caller has given up', async () => {
    const { ask, lines, tracked } = setUp();
    for (const reason of [new Error('enough'), DATABASE, VALIDATION, 'gone']) {
      const signal = AbortSignal.abort(reason);
      await expect(ask(reason, { signal })).rejects.toBe(reason);
      const aborted: unknown = await once(new EventTarget(), 'never', { signal }).catch(
        (error: unknown) => error,
      );
      await expect(ask(aborted, { signal })).rejects.toBe(aborted);
    }
    expect([lines, tracked]).toEqual([[], []]);
  });

  test('M-52 an error of another kind is answered also when the caller has given up', async () => {
    expect(await setUp().ask(UNKNOWN, { signal: AbortSignal.abort() })).toStrictEqual(SORRY);
  });

  test('M-52 the end of a timeout further out is left to that', async () => {
    const clock = fakeClock();
    const { lines } = setUp();
    const serve = pipeline<Call, LayerFailure>()
      .use(timeout({ timeoutMs: 10, graceMs: Infinity, clock }))
      .use(errorLayers())
      .handle(({ signal }) => {
        const work = pending<LayerFailure>();
        signal?.addEventListener('abort', () => work.reject(signal.reason));
        return work;
      });
    const failed = Promise.resolve(serve({})).catch((error: unknown) => error);
    await clock.advance(10);
    expect(await failed).toMatchObject({ code: 'TIMEOUT', timeoutMs: 10 });
    expect(lines).toEqual([]);
  });
});

describe('the three together', () => {
  test('M-53 M-132 M-183 each kind is answered by the nearest layer that knows it', async () => {
    const { ask } = setUp();
    const answers = await Promise.all(
      [VALIDATION, BUSINESS, DATABASE, TIMEOUT, UNKNOWN].map((error) => ask(error)),
    );
    expect(answers.map((answer) => (answer as LayerFailure).error)).toEqual([
      'validation_failed',
      'business_rule_violated',
      'service_unavailable',
      'timeout',
      'internal_server_error',
    ]);
    expect(await ask()).toBe('tea');
  });

  test('M-53 stand with the last resort outermost, then systems, then business', () => {
    const names = pipeline<Call, LayerFailure>()
      .use(errorLayers())
      .describe()
      .map(({ name }) => name);
    expect(names).toEqual(['critical-errors', 'system-errors', 'business-errors']);
  });

  test('M-53 what goes wrong in a layer is dealt with further out', async () => {
    const rules = (error: Error): ErrorLayersOptions<LayerFailure> => ({
      business: [
        answerTo(BusinessRuleError, () => {
          throw error;
        }),
      ],
    });
    expect(await setUp(rules(DATABASE)).ask(BUSINESS)).toMatchObject({
      error: 'service_unavailable',
    });
    expect(await setUp(rules(UNKNOWN)).ask(BUSINESS)).toStrictEqual(SORRY);
  });

  test('a synchronous call stays so, with a value and with an error', () => {
    const serve = pipeline<Call, string | LayerFailure>()
      .use(errorLayers())
      .handle(({ order = '' }) => {
        if (order === 'gin') throw BUSINESS;
        return order;
      });
    expect(serve({ order: 'tea' })).toBe('tea');
    expect(serve({ order: 'gin' })).toMatchObject({ error: 'business_rule_violated' });
  });
});

describe('rules', () => {
  class OutOfStockError extends CodedError {
    static override readonly code: string = 'OUT_OF_STOCK';
  }
  class SoldOutError extends OutOfStockError {
    static override readonly code: string = 'SOLD_OUT';
  }
  const stock = answerTo(
    OutOfStockError,
    async ({ message }, ctx) => ({
      error: 'out_of_stock',
      message: `${message} ${(ctx as Call).order}`,
    }),
    ({ message }) => `Stock: ${message}`,
  );

  test('come before those of the layer, know subclasses and other copies, and may log', async () => {
    const lines: string[] = [];
    const layer = businessErrors({
      rules: [stock, answerTo('BUSINESS_RULE', () => ({ error: 'mine' }))],
      logger: { error: (_, message) => void lines.push(message) },
    });
    const call = (thrown: unknown): unknown =>
      layer({ order: 'tea' }, () => Promise.reject(thrown));
    const answer = { error: 'out_of_stock', message: 'No more. tea' };
    expect(await call(new OutOfStockError('No more.'))).toEqual(answer);
    expect(await call(new SoldOutError('No more.'))).toEqual(answer);
    const foreign = Object.assign(new Error('No more.'), { code: 'OUT_OF_STOCK' });
    expect(await call(foreign)).toEqual(answer);
    expect(await call(BUSINESS)).toEqual({ error: 'mine' });
    await expect(call({ code: 'OUT_OF_STOCK' })).rejects.toEqual({ code: 'OUT_OF_STOCK' });
    expect(lines).toEqual(['Stock: No more.', 'Stock: No more.', 'Stock: No more.']);
  });

  test('may be all that there is', async () => {
    const only = businessErrors({ rules: [stock], defaults: false });
    await expect(alone(only, BUSINESS)).rejects.toBe(BUSINESS);
  });

  test('that throw in their log change nothing', async () => {
    const layer = systemErrors({
      rules: [
        answerTo(
          OutOfStockError,
          () => ({ error: 'out_of_stock' }),
          () => {
            throw UNKNOWN;
          },
        ),
      ],
    });
    expect(await alone(layer, new OutOfStockError('x'))).toEqual({ error: 'out_of_stock' });
    expect(written.map((said) => said.at(-1))).toEqual([UNKNOWN]);
  });
});

test('X-R4 nothing secret gets into the log or an answer', async () => {
  const secrets = ['hunter2', 's3cret', 'abc.def'];
  const text = 'https://ada:hunter2@db refused, password=s3cret, Bearer abc.def';
  const { ask, lines, fields } = setUp();
  const answers = [];
  for (const error of [new DatabaseError(text), new Error(text), new BusinessRuleError(text)]) {
    answers.push(await ask(error));
  }
  const seen = JSON.stringify([lines, fields]);
  expect(seen).toContain('[redacted]');
  for (const secret of secrets) expect(seen).not.toContain(secret);
  expect(JSON.stringify(answers)).not.toMatch(/hunter2|abc\.def/);
});

test('options that are wrong are refused in a sentence', () => {
  expect(() => criticalErrors({ logger: {} as never })).toThrow(
    'Expected `logger` to be an object with `error()`',
  );
  expect(() => criticalErrors({ tracker: {} as never })).toThrow('`captureException()`');
  expect(() => businessErrors({ rules: 1 as never })).toThrow('Expected `rules` to be a list');
  expect(() => systemErrors({ rule: [] } as never)).toThrow('Did you mean "rules"?');
  expect(() => errorLayers({ log: 1 } as never)).toThrow('Unknown option `log`');
  expect(() => systemErrors({ logger: null as never })).toThrow('`logger`');
});
