/** validate: what a schema refuses goes no further; what it gives is on the context. */
import { isThenable, pipeline } from '@interpose/kernel';
import { middlewareContract } from '@interpose/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ValidationError } from '../boundary/errors.ts';
import type { SchemaIssue, SchemaResult, StandardSchema } from './standard-schema.ts';
import { validate } from './validate.ts';
import { outcomeOf } from '../../test-kit/outcome-of.ts';

/** A schema made of a function. */
function schemaOf<T>(
  judge: (value: unknown) => SchemaResult<T> | Promise<SchemaResult<T>>,
): StandardSchema<unknown, T> {
  return { '~standard': { version: 1, vendor: 'test', validate: judge } };
}

const whole = (value: unknown): SchemaResult<number> =>
  typeof value === 'string' && /^\d+$/.test(value)
    ? { value: Number(value) }
    : { issues: [{ message: 'not a whole number' }] };
const wholeNumber = schemaOf(whole);
const wholeNumberLater = schemaOf(async (value) => whole(value));
const refusing = (...issues: SchemaIssue[]): StandardSchema => schemaOf(() => ({ issues }));

interface Call {
  readonly input: unknown;
}

describe('validate', () => {
  test.each([
    ['a synchronous schema', wholeNumber],
    ['an asynchronous schema', wholeNumberLater],
  ])('M-134 hands on what %s gives, and changes nothing of the caller', async (_, schema) => {
    const serve = pipeline<Call, number>()
      .use(validate(schema))
      .handle((ctx) => ctx.input + 1);
    const ctx: Call = { input: '41' };
    expect(await serve(ctx)).toBe(42);
    expect(ctx).toEqual({ input: '41' });
  });

  test.each([
    ['a synchronous schema', wholeNumber],
    ['an asynchronous schema', wholeNumberLater],
  ])('M-134 what %s refuses does not reach the rest', async (_, schema) => {
    let reached = 0;
    const serve = pipeline<Call, number>()
      .use(validate(schema))
      .handle(() => ++reached);
    const error = await outcomeOf(() => serve({ input: 'x' }));
    expect(error).toBeInstanceOf(ValidationError);
    expect(error).toMatchObject({
      code: 'VALIDATION',
      message: 'Invalid input: not a whole number',
      details: [{ message: 'not a whole number' }],
    });
    expect(reached).toBe(0);
  });

  test('M-134 says where each fault is, and which there are at one place', async () => {
    const schema = refusing(
      { message: 'too short', path: ['items', 0, { key: 'name' }] },
      { message: 'no spaces', path: ['items', 0, 'name'] },
      { message: 'missing', path: [Symbol('size')] },
      { message: 'wrong as a whole' },
    );
    const serve = pipeline<Call, unknown>()
      .use(validate(schema))
      .handle(() => 0);
    const error = (await outcomeOf(() => serve({ input: {} }))) as ValidationError;
    expect(error.message).toBe('Invalid input at items.0.name: too short (and 3 more)');
    expect(error.errors()).toStrictEqual([
      { field: 'items.0.name', message: 'too short' },
      { field: 'items.0.name', message: 'no spaces' },
      { field: 'Symbol(size)', message: 'missing' },
      { message: 'wrong as a whole' },
    ]);
    expect(error.details).toBe(error.errors());
    expect(error.validationField).toBe('items.0.name');
  });

  test('X-R5 tells no more than a hundred faults', async () => {
    const schema = refusing(...Array.from({ length: 1000 }, () => ({ message: 'bad' })));
    const serve = pipeline<Call, unknown>()
      .use(validate(schema))
      .handle(() => 0);
    const error = (await outcomeOf(() => serve({ input: [] }))) as ValidationError;
    expect(error.details).toHaveLength(100);
    expect(error.message).toContain('and 999 more');
  });

  test('X-R4 the value itself is nowhere in the error', async () => {
    const serve = pipeline<Call, unknown>()
      .use(validate(refusing({ message: 'too short', path: ['password'] })))
      .handle(() => 0);
    const error = await outcomeOf(() => serve({ input: { password: 'hunter2' } }));
    expect(`${String(error)}${JSON.stringify(error)}`).toContain('password');
    expect(`${String(error)}${JSON.stringify(error)}`).not.toContain('hunter2');
  });

  test('an empty list of issues is a refusal, and without any detail the message still is a sentence', async () => {
    const serve = pipeline<Call, unknown>()
      .use(validate(refusing()))
      .handle(() => 0);
    expect(await outcomeOf(() => serve({ input: 1 }))).toMatchObject({
      code: 'VALIDATION',
      message: 'Invalid input.',
    });
  });

  test('M-134 reads the input where it is told, also later, and puts it under the name it is told', async () => {
    interface Http {
      readonly body: () => Promise<string>;
    }
    const serve = pipeline<Http, string>()
      .use(validate(wholeNumber, { read: (ctx: Http) => ctx.body(), key: 'pieces' }))
      .handle((ctx) => `${ctx.pieces * 2} of ${typeof ctx.body}`);
    expect(await serve({ body: async () => '21' })).toBe('42 of function');
  });

  test('is as synchronous as schema and rest', () => {
    const ok = pipeline<Call, number>()
      .use(validate(wholeNumber))
      .handle((ctx) => ctx.input);
    expect(ok({ input: '1' })).toBe(1);
    expect(() => ok({ input: 'x' })).toThrow(ValidationError);
    const later = pipeline<Call, number>()
      .use(validate(wholeNumberLater))
      .handle((ctx) => ctx.input);
    expect(isThenable(later({ input: '1' }))).toBe(true);
  });

  test.each([
    [
      'throws',
      () =>
        schemaOf(() => {
          throw new Error('broken schema');
        }),
    ],
    [
      'rejects',
      () =>
        schemaOf(async () => {
          throw new Error('broken schema');
        }),
    ],
    ['gives nothing', () => schemaOf(() => undefined as never)],
  ])('X-R7 a schema that %s lets nothing pass', async (_, make) => {
    let reached = 0;
    const serve = pipeline<Call, unknown>()
      .use(validate(make()))
      .handle(() => ++reached);
    expect(await outcomeOf(() => serve({ input: 1 }))).toBeInstanceOf(Error);
    expect(reached).toBe(0);
  });

  test('X-R7 a reader that throws lets nothing pass', async () => {
    const fault = new Error('no body');
    const read = (): unknown => {
      throw fault;
    };
    const serve = pipeline<Call, unknown>()
      .use(validate(wholeNumber, { read }))
      .handle(() => 0);
    expect(await outcomeOf(() => serve({ input: 1 }))).toBe(fault);
  });

  test('property: the rest sees exactly what the schema gave, or is not reached', async () => {
    await fc.assert(
      fc.asyncProperty(fc.anything(), fc.boolean(), fc.boolean(), async (value, ok, later) => {
        const said: SchemaResult<unknown> = ok ? { value } : { issues: [{ message: 'no' }] };
        const seen: unknown[] = [];
        const serve = pipeline<Call, string>()
          .use(validate(schemaOf(() => (later ? Promise.resolve(said) : said))))
          .handle((ctx) => {
            seen.push(ctx.input);
            return 'answer';
          });
        const result = await outcomeOf(() => serve({ input: 'in' }));
        expect(seen).toEqual(ok ? [value] : []);
        if (ok) expect(result).toBe('answer');
        else expect(result).toBeInstanceOf(ValidationError);
      }),
    );
  });

  test('what is no schema, and options that are wrong, are refused in a sentence', () => {
    expect(() => validate({} as never)).toThrow(
      'Expected `schema` to be a schema by Standard Schema v1',
    );
    expect(() => validate(null as never)).toThrow(TypeError);
    const second = { '~standard': { version: 2, vendor: 'x', validate: whole } };
    expect(() => validate(second as never)).toThrow(TypeError);
    expect(() => validate(wholeNumber, { read: 'body' } as never)).toThrow(
      'Expected `read` to be a function',
    );
    expect(() => validate(wholeNumber, { key: '' })).toThrow(
      'Expected `key` to be the name of a property',
    );
    expect(() => validate(wholeNumber, { key: '__proto__' })).toThrow(TypeError);
    expect(() => validate(wholeNumber, { reed: 1 } as never)).toThrow('Did you mean "read"?');
  });

  test('a schema may be a function', async () => {
    const schema = Object.assign(() => {}, wholeNumber);
    expect(
      pipeline<Call, number>()
        .use(validate(schema))
        .handle((ctx) => ctx.input)({ input: '7' }),
    ).toBe(7);
  });
});

describe('the laws of middleware', () => {
  const laws = middlewareContract(
    () =>
      validate(
        schemaOf((value) => ({ value })),
        { read: () => 1 },
      ),
    { changesContext: true, sync: true },
  );
  test.each(laws.map((law) => [law.name, law.check] as const))('%s', async (_, check) => check());
});
