/** Tests of the options of a guard: where limits come from, and what is refused. */
import { type AnyMiddleware, pipeline, type Runner, when } from '@interpose/kernel';
import { fakeClock, pending } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import type { GuardOptions } from './guard-options.ts';
import { guard } from './guard.ts';
import { guarded } from './guarded.ts';
import { MiddlewareInvoker } from './middleware-invoker.ts';

const pass: AnyMiddleware = (ctx, next) => next(ctx);
const serveWith = (...names: readonly string[]): Runner<object, unknown> =>
  names
    .reduce((all, name) => all.use(pass, { name }), pipeline<object, unknown>())
    .handle(() => 1) as Runner<object, unknown>;
const limitsOf = (options: GuardOptions, ...names: readonly string[]): readonly number[] =>
  guard(serveWith(...names), options)
    .describe()
    .map(({ timeoutMs }) => timeoutMs);

describe('limits', () => {
  test('P-11 come from MIDDLEWARE_TIMEOUT in seconds, and are 5 s if it says nothing', () => {
    expect(limitsOf({}, 'a')).toEqual([5000]);
    expect(limitsOf({ env: {} }, 'a')).toEqual([5000]);
    expect(limitsOf({ env: { MIDDLEWARE_TIMEOUT: '' } }, 'a')).toEqual([5000]);
    expect(limitsOf({ env: { MIDDLEWARE_TIMEOUT: ' 2.5 ' } }, 'a')).toEqual([2500]);
    expect(limitsOf({ env: { MIDDLEWARE_TIMEOUT: '0' } }, 'a')).toEqual([0]);
    expect(limitsOf({ env: { MIDDLEWARE_TIMEOUT: '2' }, timeoutMs: 70 }, 'a')).toEqual([70]);
  });

  test.each(['abc', '-1', 'Infinity', '5s', 'NaN'])(
    'P-11 a MIDDLEWARE_TIMEOUT of "%s" is refused',
    (value) => {
      expect(() => new MiddlewareInvoker({ env: { MIDDLEWARE_TIMEOUT: value } })).toThrow(
        new RangeError(
          `Expected \`MIDDLEWARE_TIMEOUT\` to be a number of seconds, 0 or more, got \`${value}\` (string).`,
        ),
      );
    },
  );

  test('P-12 of single middleware are in seconds and go before all others', async () => {
    const clock = fakeClock();
    const serve = pipeline<object, unknown>()
      .use(guarded({ timeoutMs: 30 }, pass), { name: 'marked' })
      .use(
        guarded({ timeoutMs: 30 }, () => pending()),
        { name: 'named' },
      )
      .use(pass, { name: 'plain' })
      .handle(() => 1) as Runner<object, unknown>;
    const invoker = new MiddlewareInvoker({
      clock,
      timeoutMs: 100,
      middlewareTimeouts: { named: 2 },
    });
    invoker.guard(serve);
    expect(invoker.describe().map(({ timeoutMs }) => timeoutMs)).toEqual([30, 2000, 100]);
    const failed = Promise.resolve(serve({})).catch((error: unknown) => error);
    await clock.advance(2000);
    expect(await failed).toMatchObject({ middleware: 'named', limitMs: 2000, elapsedMs: 2000 });
  });
});

describe('bad options', () => {
  const making = (options: object) => () => new MiddlewareInvoker(options as never);

  test('are refused in a sentence when the guard is made', () => {
    expect(making({ timeoutMs: -1 })).toThrow(
      'Expected `timeoutMs` to be a number of milliseconds, 0 or more, got `-1` (number).',
    );
    expect(making({ timeoutMs: '5' })).toThrow(TypeError);
    expect(making({ timeout: 5 })).toThrow(
      'Unknown option `timeout` of guard(). Did you mean "timeoutMs"?',
    );
    expect(making({ middlewareTimeouts: { auth: -1 } })).toThrow(
      'Expected `middlewareTimeouts.auth` to be a number of seconds, 0 or more, got',
    );
    expect(making({ middlewareTimeouts: { a: '1' } })).toThrow(TypeError);
    expect(making({ middlewareTimeouts: 5 })).toThrow(TypeError);
    expect(making({ env: 5 })).toThrow('Expected `env` to be an object');
    expect(making({ inclusive: 'yes' })).toThrow('Expected `inclusive` to be a boolean');
    expect(making({ optional: 'auth' })).toThrow('Expected `optional` to be a list of names');
    expect(making({ security: [5] })).toThrow('Expected `security` to be a list of names');
    expect(making({ isFailure: true })).toThrow('Expected `isFailure` to be a function');
    expect(making({ logger: { debug() {} } })).toThrow('Expected `logger` to be a Logger');
    expect(making({ boundary: { table: { A: 200 } } })).toThrow('a status from 400 to 599');
    expect(making({ circuitBreaker: { failureThreshold: 0 } })).toThrow(RangeError);
    expect(making({ circuitBreaker: true })).toThrow(
      'Expected `circuitBreaker` to be an object, or false',
    );
    expect(() => new MiddlewareInvoker().on('timeout' as never, () => {})).toThrow(
      'Did you mean "timedOut"?',
    );
  });

  test('P-12 a name that no middleware has is refused with the one that was meant', () => {
    for (const option of [
      { middlewareTimeouts: { authentcate: 1 } },
      { optional: ['authentcate'] },
      { security: ['authentcate'] },
    ]) {
      expect(() => guard(serveWith('authenticate', 'render'), option)).toThrow(
        `\`${Object.keys(option)[0]}\` names a middleware "authentcate"; there is none. Did you mean "authenticate"?`,
      );
    }
  });

  test('a pipeline that was refused runs as before, and can be guarded rightly', () => {
    const serve = pipeline<object, unknown>()
      .use(guarded({ security: true }, pass), { name: 'auth' })
      .handle(() => 'answer') as Runner<object, unknown>;
    expect(() => guard(serve, { optional: ['auth'] })).toThrow('cannot be `optional`');
    expect(serve({})).toBe('answer');
    expect(guard(serve).describe()).toHaveLength(1);
  });
});

describe('security', () => {
  test('P-29 X-R7 cannot be made optional by whatever way', () => {
    const auth = guarded({ security: true }, pass);
    const refusal = 'Middleware "auth" is declared `security` and cannot be `optional`.';
    expect(() =>
      guard(serveWith('auth'), { optional: ['auth'], security: ['auth'] } as never),
    ).toThrow(refusal);
    const serve = pipeline<object, unknown>()
      .use(auth, { name: 'auth' })
      .handle(() => 1) as Runner<object, unknown>;
    expect(() => guard(serve, { optional: ['auth'] })).toThrow(refusal);
    expect(() => guarded({ optional: true }, auth as never)).toThrow('is declared `security`');
    expect(() => guarded({ security: true }, guarded({ optional: true }, pass))).toThrow(
      'is declared `security`',
    );
    const optionalElsewhere = pipeline<object, unknown>()
      .use(guarded({ optional: true }, pass), { name: 'auth' })
      .handle(() => 1) as Runner<object, unknown>;
    expect(() => guard(optionalElsewhere, { security: ['auth'] })).toThrow(refusal);
  });

  test('X-R7 inside a condition it counts for the condition', () => {
    const serve = pipeline<object, unknown>()
      .use(when(() => true, guarded({ security: true }, pass) as AnyMiddleware) as AnyMiddleware, {
        name: 'perhaps',
      })
      .handle(() => 1) as Runner<object, unknown>;
    expect(() => guard(serve, { optional: ['perhaps'] })).toThrow(
      'Middleware "perhaps" is declared `security`',
    );
  });

  test('one that is enabled later is checked then', () => {
    const serve = pipeline<object, unknown>()
      .use(guarded({ security: true }, pass), { name: 'auth', state: 'disabled' })
      .handle(() => 1) as Runner<object, unknown>;
    guard(serve, { optional: ['auth'] });
    expect(() => serve.setState('auth', 'active')).toThrow('cannot be `optional`');
  });
});
