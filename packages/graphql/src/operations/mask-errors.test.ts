/** What clients get to see of errors, and who else is told. */
import { describe, expect, test, vi } from 'vitest';
import { buildSchema, execute, GraphQLError, parse, validate } from 'graphql';
import { CodedError } from '@interpose/kernel';
import { type MaskedError, maskErrors } from './mask-errors.ts';

const schema = buildSchema('type Query { secret: String list: [String] hello: String }');

class QuotaError extends CodedError {
  static override readonly code: string = 'QUOTA';
}

const SECRET = 'password is hunter2';

async function masked(thrown: unknown, options: Parameters<typeof maskErrors>[0] = {}) {
  const told: MaskedError[] = [];
  const mask = maskErrors({
    newId: () => 'id-1',
    onError: (error) => void told.push(error),
    ...options,
  });
  const secret = (): never => {
    throw thrown;
  };
  const result = await execute({
    schema,
    document: parse('{\n secret hello }'),
    rootValue: { secret, hello: 'yes' },
  });
  return { result: mask(result), told };
}

test('what went wrong inside is one message, a code and an id; place and data stay', async () => {
  const cause = new Error(SECRET, { cause: new Error(SECRET) });
  const { result, told } = await masked(cause);
  expect(JSON.parse(JSON.stringify(result))).toEqual({
    errors: [
      {
        message: 'Internal server error',
        locations: [{ line: 2, column: 2 }],
        path: ['secret'],
        extensions: { code: 'INTERNAL_SERVER_ERROR', errorId: 'id-1' },
      },
    ],
    data: { secret: null, hello: 'yes' },
  });
  const [error] = result.errors ?? [];
  expect(error?.originalError).toBeUndefined();
  expect(error?.cause).toBeUndefined();
  expect(error?.stack).not.toContain('hunter2');
  expect(told).toEqual([{ error: cause, errorId: 'id-1', path: 'secret' }]);
  expect(told[0]?.error).toBe(cause);
});

describe('is masked', () => {
  const wrapped = new GraphQLError('open', {
    originalError: new Error(SECRET),
    extensions: { code: 'OPEN', secret: SECRET },
  });
  const looped = new GraphQLError(SECRET);
  Object.defineProperty(looped, 'originalError', { value: looped });
  const carrying = Object.assign(new Error(SECRET), { extensions: { code: 'X', secret: SECRET } });
  test.for([
    ['an error with extensions', carrying],
    ['an error of GraphQL round another', wrapped],
    ['a text', SECRET],
    ['an object', { message: SECRET }],
    ['nothing', undefined],
    ['null', null],
    ['an error that is its own origin', looped],
    ['a coded error', new QuotaError(SECRET)],
  ] as const)('%s', async ([, thrown]) => {
    const { result, told } = await masked(thrown);
    expect(result.errors?.map((error) => error.toJSON())).toEqual([
      expect.objectContaining({
        message: 'Internal server error',
        extensions: { code: 'INTERNAL_SERVER_ERROR', errorId: 'id-1' },
      }),
    ]);
    expect(told).toHaveLength(1);
    expect(JSON.stringify(result)).not.toContain('hunter2');
  });
});

describe('passes', () => {
  test('an error of GraphQL that was thrown on purpose, with its extensions', async () => {
    const thrown = new GraphQLError('No such user', { extensions: { code: 'NOT_FOUND', id: 5 } });
    const { result, told } = await masked(thrown);
    expect(result.errors?.[0]?.toJSON()).toEqual({
      message: 'No such user',
      locations: [{ line: 2, column: 2 }],
      path: ['secret'],
      extensions: { code: 'NOT_FOUND', id: 5 },
    });
    expect(told).toEqual([]);
  });

  test('without what its extensions hold of stacks and causes', async () => {
    const extensions = {
      code: 'A',
      stacktrace: [SECRET],
      exception: { SECRET },
      cause: SECRET,
      stack: SECRET,
      inner: new Error(SECRET),
    };
    const { result } = await masked(new GraphQLError('Said', { extensions }));
    expect(result.errors?.[0]?.extensions).toEqual({ code: 'A' });
    expect(result.errors?.[0]?.path).toEqual(['secret']);
  });

  test('what isExpected knows, with message and code alone', async () => {
    const isExpected = (error: unknown): boolean => QuotaError.is(error);
    const quota = Object.assign(new QuotaError('Quota is spent', { cause: new Error(SECRET) }), {
      extensions: { secret: SECRET },
    });
    const { result, told } = await masked(quota, { isExpected });
    expect(result.errors?.[0]?.toJSON()).toEqual({
      message: 'Quota is spent',
      locations: [{ line: 2, column: 2 }],
      path: ['secret'],
      extensions: { code: 'QUOTA' },
    });
    expect(result.errors?.[0]?.originalError).toBeUndefined();
    expect(told).toEqual([]);
    const { told: others } = await masked(new Error('other'), { isExpected });
    expect(others).toHaveLength(1);
  });

  test('what validation says, without its suggestions if that is wanted', () => {
    const errors = validate(schema, parse('{ helo }'));
    expect(maskErrors().error(errors[0])).toBe(errors[0]);
    const hidden = maskErrors({ hideSuggestions: true });
    expect(hidden.error(errors[0]).toJSON()).toEqual({
      message: 'Cannot query field "helo" on type "Query".',
      locations: [{ line: 1, column: 3 }],
    });
    const said = new GraphQLError('Did you mean Paris?', { path: ['city'] });
    expect(hidden.error(said)).toBe(said);
  });

  test('a result without errors, as it is', () => {
    const mask = maskErrors();
    const result = { data: { hello: 'yes' } };
    expect(mask(result)).toBe(result);
    expect([mask(undefined), mask(null), mask('text')]).toEqual([undefined, null, 'text']);
  });
});

describe('callbacks that fail', () => {
  const fail = (): never => {
    throw new Error('callback');
  };

  test('do not lead to anything that is not masked', async () => {
    const report = vi.spyOn(console, 'error').mockImplementation(() => {});
    const { result } = await masked(new Error(SECRET), {
      onError: fail,
      isExpected: fail,
      newId: fail,
    });
    expect(result.errors?.[0]?.extensions).toEqual({
      code: 'INTERNAL_SERVER_ERROR',
      errorId: 'unknown',
    });
    expect(JSON.stringify(result)).not.toContain('hunter2');
    expect(report).toHaveBeenCalledOnce();
    report.mockRestore();
    const { told } = await masked(new Error(SECRET), {
      isExpected: (() => Promise.resolve(true)) as never,
    });
    expect(told).toHaveLength(1);
  });

  test('without onError, errors go to the console', async () => {
    const report = vi.spyOn(console, 'error').mockImplementation(() => {});
    const { error } = maskErrors({ newId: () => 'id-2' });
    error(new Error('Bearer abc broke'));
    expect(report.mock.calls).toEqual([
      ['Error id-2 of an operation:', 'Error: Bearer [redacted] broke'],
    ]);
    report.mockRestore();
    await Promise.resolve();
  });
});

describe('results that come in parts', () => {
  const inner = (): GraphQLError => new GraphQLError(SECRET, { originalError: new Error(SECRET) });
  const mask = maskErrors({ newId: () => 'id', onError: () => {} });

  test('are masked one by one', async () => {
    const source = async function* () {
      yield { data: { hello: '1' } };
      await Promise.resolve();
      yield { errors: [inner()] };
      yield {
        incremental: [{ items: [], errors: [inner()] }],
        completed: [{ id: '0', errors: [inner()] }],
        hasNext: false,
      };
    };
    const seen: unknown[] = [];
    for await (const one of mask(source())) seen.push(JSON.parse(JSON.stringify(one)));
    const error = {
      message: 'Internal server error',
      extensions: { code: 'INTERNAL_SERVER_ERROR', errorId: 'id' },
    };
    expect(seen).toEqual([
      { data: { hello: '1' } },
      { errors: [error] },
      {
        incremental: [{ items: [], errors: [error] }],
        completed: [{ id: '0', errors: [error] }],
        hasNext: false,
      },
    ]);
  });

  test('with a first result and later ones', async () => {
    const later = async function* () {
      await Promise.resolve();
      yield { errors: [inner()] };
    };
    const result = mask({
      initialResult: { errors: [inner()], hasNext: true },
      subsequentResults: later(),
    });
    expect(result.initialResult.errors[0]?.message).toBe('Internal server error');
    const { value } = await result.subsequentResults.next();
    expect(JSON.stringify(value)).not.toContain('hunter2');
  });

  test('are ended when nobody wants more, and what they throw is masked', async () => {
    let ended = 0;
    const source = async function* () {
      try {
        yield { data: null };
        await Promise.resolve();
        throw new Error(SECRET);
      } finally {
        ended++;
      }
    };
    for await (const _ of mask(source())) break;
    expect(ended).toBe(1);
    const results = mask(source());
    await results.next();
    await expect(results.next()).rejects.toThrow('Internal server error');
    expect(ended).toBe(2);
    const thrownIn = mask(source());
    await thrownIn.next();
    await expect(thrownIn.throw(new Error(SECRET))).rejects.toThrow('Internal server error');
    const bare = mask({
      [Symbol.asyncIterator]: () => ({
        next: async () => Promise.resolve({ done: false, value: { data: 1 } }),
      }),
    });
    const iterator = bare[Symbol.asyncIterator]() as AsyncGenerator;
    expect(await iterator.next()).toEqual({ done: false, value: { data: 1 } });
    expect(await iterator.return('x')).toEqual({ done: true, value: 'x' });
    await expect(iterator.throw(new Error(SECRET))).rejects.toThrow('Internal server error');
  });
});

test('options are checked', () => {
  expect(() => maskErrors({ onEror: () => {} } as never)).toThrow('Did you mean "onError"?');
  expect(() => maskErrors({ message: 5 } as never)).toThrow('Expected `message` to be a text');
  expect(() => maskErrors({ newId: 'x' } as never)).toThrow('Expected `newId` to be a function');
  expect(() => maskErrors({ hideSuggestions: 1 } as never)).toThrow('Expected `hideSuggestions`');
});
