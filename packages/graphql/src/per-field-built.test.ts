/** Middleware that is made for each field, in the builder: what is made once, for whom, and what is not there. */
import { compose } from '@interpose/kernel';
import { describe, expect, test } from 'vitest';
import type { ExecutionResult } from 'graphql';
import { ask, dataOf, schemaOf } from '../test-kit/schema-of.ts';
import type { FieldContext, FieldMiddleware } from './field-context.ts';
import { fields } from './fields.ts';
import { perField } from './per-field.ts';

const build = () =>
  schemaOf('type User { name: String email: String } type Query { me: User one: Int }', {
    'Query.me': () => ({ name: 'ada', email: 'ada@example.org' }),
    'Query.one': () => 1,
  });
const shout: FieldMiddleware = (ctx, next) => String(next(ctx)).toUpperCase();
const say = (schema: ReturnType<typeof build>, query: string) =>
  dataOf(ask(schema, query) as ExecutionResult);

describe('perField in a builder', () => {
  test('is asked once a field when the schema is built, and never when it is called', () => {
    const asked: string[] = [];
    const made = perField({ name: 'made' }, () => ({ coordinate }) => {
      asked.push(coordinate);
      return coordinate === 'User.name' ? shout : undefined;
    });
    const { schema, wrapped } = fields().use(made).wrap(build());
    expect(wrapped).toEqual(['User.name']);
    expect(asked.toSorted()).toEqual(['Query.me', 'Query.one', 'User.email', 'User.name']);
    expect(say(schema, '{ me { name email } }')).toEqual({
      me: { name: 'ADA', email: 'ada@example.org' },
    });
    expect(asked).toHaveLength(4);
  });

  test('a selector narrows it, and explain says what it has not made', () => {
    const made = perField({ name: 'made' }, () => () => shout);
    const { wrapped } = fields().on('User.email', made).wrap(build());
    expect(wrapped).toEqual(['User.email']);
    const none = perField({ name: 'none' }, () => () => undefined);
    expect(fields().use(none).wrap(build()).explain('Query.one')).toContain(
      'none  makes nothing for this field',
    );
  });

  test('what it makes may be composed, and bears its name', () => {
    const short: FieldMiddleware = (ctx, next) => String(next(ctx)).slice(0, 2);
    const made = perField(
      { name: 'made' },
      () =>
        ({ coordinate }) =>
          coordinate === 'User.name' ? compose<FieldContext, unknown>(shout, short) : undefined,
    );
    const stack = fields().use(made);
    expect(say(stack.apply(build()), '{ me { name } }')).toEqual({ me: { name: 'AD' } });
    const broken = perField({ name: 'broken' }, () => () => (() => undefined) as never);
    const result = ask(
      fields().on('Query.one', broken).apply(build()),
      '{ one }',
    ) as ExecutionResult;
    expect(result.errors?.[0]?.message).toContain('Middleware "broken"');
  });

  test('what it throws, it throws when the schema is built', () => {
    const broken = perField({ name: 'broken' }, () => () => {
      throw new Error('bad rule');
    });
    expect(() => fields().use(broken).apply(build())).toThrow('bad rule');
  });
});
