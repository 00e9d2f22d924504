/** Tests of the error classes, their texts, and what may be said of an error. */
import { inspect } from 'node:util';
import { CodedError } from '@interpose/kernel';
import { describe, expect, test } from 'vitest';
import { BulkheadFullError, CircuitOpenError, RateLimitedError, TimeoutError } from '../errors.ts';
import { errorFacts, formatMiddlewareTrace } from './error-facts.ts';
import {
  BusinessRuleError,
  ChainError,
  ConfigurationError,
  ContextError,
  DatabaseError,
  ValidationError,
} from './errors.ts';
import { MiddlewareError } from './middleware-error.ts';
import { problemOf } from './problem.ts';

describe('the classes', () => {
  test('M-54 all are errors with codes, of one kind, with message, metadata and cause', () => {
    const cause = new Error('cause');
    const classes = [
      [MiddlewareError, 'MIDDLEWARE'],
      [ConfigurationError, 'CONFIGURATION'],
      [ChainError, 'CHAIN'],
      [ContextError, 'CONTEXT'],
      [ValidationError, 'VALIDATION'],
      [BusinessRuleError, 'BUSINESS_RULE'],
      [DatabaseError, 'DATABASE'],
    ] as const;
    for (const [Class, code] of classes) {
      const error = new Class('message', { tenant: 'acme' }, { cause });
      expect(error).toBeInstanceOf(MiddlewareError);
      expect(error).toBeInstanceOf(CodedError);
      expect(error).toMatchObject({ code, message: 'message', name: Class.name, cause });
      expect(error.metadata).toEqual({ tenant: 'acme' });
      expect(new Class('message').metadata).toEqual({});
      expect(Class.is(error)).toBe(true);
    }
  });

  test('M-54 suggestions, related errors and debug information are added in a row', () => {
    const related = new Error('other');
    const error = new MiddlewareError('message')
      .addSuggestion('one')
      .addSuggestion('two')
      .addRelatedError(related)
      .addDebugInfo('step', 3);
    expect(error).toBeInstanceOf(MiddlewareError);
    expect(error.suggestions).toEqual(['one', 'two']);
    expect(error.relatedErrors).toEqual([related]);
    expect([...error.debugInfo]).toEqual([['step', 3]]);
  });

  test('M-54 each knows what it is about', () => {
    const config = new ConfigurationError('m', { field: 'port', file: 'a.yaml' });
    expect(config.configurationField).toBe('port');
    expect(config.metadata).toEqual({ configurationField: 'port', file: 'a.yaml' });
    const chain = new ChainError('m', { position: 0 });
    expect([chain.chainPosition, chain.metadata]).toEqual([0, { chainPosition: 0 }]);
    const context = new ContextError('m', { key: 'user' });
    expect([context.contextKey, context.metadata]).toEqual(['user', { contextKey: 'user' }]);
    const input = new ValidationError('m', { field: 'age', value: -1 });
    expect([input.validationField, input.invalidValue]).toEqual(['age', -1]);
    expect(input.metadata).toEqual({ validationField: 'age', invalidValue: -1 });
  });

  test('M-54 errors() tells all that is wrong, and never the values', () => {
    expect(new ValidationError('Too young.', { field: 'age', value: 7 }).errors()).toEqual([
      { field: 'age', message: 'Too young.' },
    ]);
    expect(new ValidationError('Wrong.').errors()).toEqual([{ message: 'Wrong.' }]);
    const errors = [{ field: 'age', message: 'Too young.' }, { message: 'No.' }];
    const error = new ValidationError('Wrong.', { errors });
    expect(error.errors()).toEqual(errors);
    expect(error.details).toBe(error.errors());
    expect(JSON.stringify({ ...error })).not.toContain('Too young.');
  });

  test('X-R5 a ValidationError keeps a hundred of all that is wrong', () => {
    const errors = Array.from({ length: 1000 }, (_, n) => ({ field: `f${n}`, message: 'No.' }));
    expect(new ValidationError('Wrong.', { errors }).errors()).toEqual(errors.slice(0, 100));
  });

  test('X-R5 an error that collects notes for ever keeps the first fifty of each kind', () => {
    const error = new MiddlewareError('message');
    for (let n = 0; n < 1000; n++) {
      error.addSuggestion(`${n}`).addRelatedError(n).addDebugInfo(`${n}`, n);
    }
    error.addDebugInfo('7', 'changed');
    expect(
      [error.suggestions, error.relatedErrors, [...error.debugInfo]].map((x) => x.length),
    ).toEqual([50, 50, 50]);
    expect(error.debugInfo.get('7')).toBe('changed');
  });
});

describe('the text', () => {
  test('M-55 has the message and a section for all that is known', () => {
    const error = new ConfigurationError('No such port.', { field: 'port', got: { port: 'x' } })
      .addDebugInfo('file', 'gateway.yaml')
      .addSuggestion('Use a number from 1 to 65535.')
      .addRelatedError(new RangeError('x is no number'));
    expect(error.toString()).toBe(
      [
        'ConfigurationError: No such port.',
        '',
        'Error Context:',
        '  configurationField: "port"',
        '  got: {port: "x"}',
        '',
        'Debug Information:',
        '  file: "gateway.yaml"',
        '',
        'Did you mean?',
        '  - Use a number from 1 to 65535.',
        '',
        'Related Errors:',
        '  - RangeError: x is no number',
      ].join('\n'),
    );
    expect(String(new MiddlewareError('msg'))).toBe('MiddlewareError: msg');
  });

  test('M-55 X-R4 shows no secrets, wherever they stand', () => {
    const secrets = ['hunter2', 's3cret', 'abc.def', 'k-123', 'pw4', 'tok5'];
    const error = new ValidationError(
      'login failed for https://ada:hunter2@db/x, password=s3cret, Authorization: Bearer abc.def',
      { field: 'password', value: 'pw4', apiKey: 'k-123', nested: { token: 'tok5' } },
      { cause: new Error('token: tok5') },
    )
      .addDebugInfo('sessionId', 'tok5')
      .addSuggestion('do not send password=s3cret')
      .addRelatedError(new Error('cookie="tok5"'))
      .addRelatedError({ token: 'tok5' });
    const texts = [
      String(error),
      JSON.stringify(error),
      JSON.stringify(errorFacts(error)),
      formatMiddlewareTrace(error),
    ];
    for (const text of texts) {
      expect(text).toContain('[redacted]');
      for (const secret of secrets) expect(text).not.toContain(secret);
    }
    // What a console shows beside message and stack is what the error itself has as fields.
    expect(inspect(error).replace(error.stack ?? '', '')).not.toContain('pw4');
    expect(error.invalidValue).toBe('pw4');
  });

  test('M-55 a very long message is cut', () => {
    expect(String(new MiddlewareError('x'.repeat(100_000))).length).toBeLessThan(5000);
  });

  test('JSON has the same as plain data', () => {
    const error = new ContextError('No user.', { key: 'user' })
      .addSuggestion('Use `authenticate` further out.')
      .addRelatedError('a text')
      .addDebugInfo('depth', 2);
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: 'ContextError',
      code: 'CONTEXT',
      message: 'No user.',
      metadata: { contextKey: '"user"' },
      debugInfo: { depth: '2' },
      suggestions: ['Use `authenticate` further out.'],
      relatedErrors: ['"a text"'],
    });
  });
});

describe('facts and trace', () => {
  test('M-56 a trace is one line an error, with code, origin and causes', () => {
    const refused = Object.assign(new Error('connect\n  refused'), { code: 'ECONNREFUSED' });
    const database = new DatabaseError('No rows.', { middleware: 'orders' }, { cause: refused });
    const error = new ChainError(
      'Broken.',
      { middleware: 'audit' },
      { cause: database },
    ).addRelatedError(new TimeoutError('slow', 5, 6));
    expect(formatMiddlewareTrace(error)).toBe(
      [
        'ChainError [CHAIN] in "audit": Broken.',
        '  with TimeoutError [TIMEOUT] in "slow": "slow" ended the call: it took longer than 5 ms.',
        '  caused by DatabaseError [DATABASE] in "orders": No rows.',
        '    caused by Error [ECONNREFUSED]: connect refused',
      ].join('\n'),
    );
    expect(formatMiddlewareTrace('a text')).toBe('string: "a text"');
    expect(formatMiddlewareTrace(undefined)).toBe('undefined: undefined');
  });

  test('M-56 circles and endless chains of causes end', () => {
    const one = new Error('one');
    const two = new Error('two', { cause: one });
    one.cause = two;
    expect(formatMiddlewareTrace(one)).toBe('Error: one\n  caused by Error: two');
    let deep = new Error('0');
    for (let n = 1; n < 1000; n++) deep = new Error(`${n}`, { cause: deep });
    expect(formatMiddlewareTrace(deep).split('\n')).toHaveLength(11);
    const many = new AggregateError(
      Array.from({ length: 50 }, () => new Error('x')),
      'many',
    );
    expect(formatMiddlewareTrace(many).split('\n')).toHaveLength(11);
  });

  test('an error that cannot be read is told as such', () => {
    const hostile = new Error('x');
    Object.defineProperty(hostile, 'message', {
      get() {
        throw new Error('no');
      },
    });
    expect(errorFacts(hostile)).toEqual({ type: 'unreadable', message: '[unreadable]' });
  });

  test('X-R3 whatever is thrown has one form: code, origin, cause, status and a message that is safe', () => {
    const cause = new Error('root');
    const rejection = { policy: 'orders', cause, retryAfterMs: 1001 };
    const thrown: [Error, number, string | undefined][] = [
      [new TimeoutError('orders', 5, 6), 504, 'orders'],
      [new CircuitOpenError({ ...rejection, state: 'open' }), 503, 'orders'],
      [new BulkheadFullError('orders', 1, 0), 503, 'orders'],
      [new RateLimitedError({ ...rejection, limit: 1, remaining: 0, resetMs: 5 }), 429, 'orders'],
      [new ValidationError('Wrong.', { middleware: 'orders' }, { cause }), 422, 'orders'],
      [new DatabaseError('db-3 is down', { middleware: 'orders' }, { cause }), 503, 'orders'],
      [new TypeError('cow is not a function', { cause }), 500, undefined],
    ];
    for (const [error, status, origin] of thrown) {
      const facts = errorFacts(error);
      expect(facts.origin).toBe(origin);
      expect(facts.type).toBe(error.name);
      expect(facts.stack).toContain('errors.test.ts');
      expect(facts.cause?.message).toBe(error.cause === undefined ? undefined : 'root');
      const problem = problemOf(error);
      expect(problem.status).toBe(status);
      expect(problem.code).toBe(status === 500 ? 'INTERNAL_ERROR' : facts.code);
      expect(JSON.stringify(problem)).not.toMatch(/db-3|cow|root|errors\.test/);
    }
  });
});
