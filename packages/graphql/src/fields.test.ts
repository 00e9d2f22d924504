/** What runs round which field, in what order, on which context; and that a synchronous field stays synchronous. */
import { CodedError, compose, define, OrderError, UnknownMiddlewareError } from '@interpose/kernel';
import { describe, expect, test } from 'vitest';
import { defaultFieldResolver, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { ask, dataOf, schemaOf } from '../test-kit/schema-of.ts';
import { AlreadyAppliedError } from './errors.ts';
import type { FieldMiddleware } from './field-context.ts';
import { fields } from './fields.ts';

const TEXT = `
  directive @auth(role: String) on FIELD_DEFINITION | OBJECT
  interface Node { id: ID! }
  type User implements Node { id: ID! name: String email: String @auth friend: User }
  type Post implements Node { id: ID! title: String author: User }
  type Query { me(id: ID): User post: Post hello(name: String): String later: String nothing: String }
  type Mutation { rename(name: String): User }
`;
const ADA = { id: '1', name: 'Ada', email: 'ada@example.org' };
const build = () =>
  schemaOf(TEXT, {
    'Query.me': () => ADA,
    'Query.post': () => ({ id: '7', title: 'Notes' }),
    'Query.hello': (_: never, args: { name?: string }) => `hello ${args.name ?? 'you'}`,
    'Query.later': async () => 'later',
    'Query.nothing': () => undefined,
    'Post.author': () => ADA,
    'Mutation.rename': (_: never, { name }: { name: string }) => ({ ...ADA, name }),
  });

/** A middleware that writes down where it runs. */
function noting(seen: string[], name = 'note'): FieldMiddleware {
  return define({ name }, (ctx, next) => {
    seen.push(`${name} ${ctx.info.parentType.name}.${ctx.info.fieldName}`);
    return next(ctx);
  });
}

const sync = (result: unknown): ExecutionResult => {
  expect(result).not.toBeInstanceOf(Promise);
  return result as ExecutionResult;
};

describe('which fields', () => {
  const names = (stack: ReturnType<typeof fields>) => stack.wrap(build()).wrapped;

  test('all that have a resolver of their own, and no others', () => {
    const seen: string[] = [];
    const schema = fields().use(noting(seen)).apply(build());
    const result = sync(ask(schema, '{ me { id name } hello }'));
    expect(dataOf(result)).toEqual({ me: { id: '1', name: 'Ada' }, hello: 'hello you' });
    expect(seen).toEqual(['note Query.me', 'note Query.hello']);
  });

  test("graphql-js's own default resolver is none", () => {
    const schema = schemaOf('type Query { hello: String }', {
      'Query.hello': defaultFieldResolver,
    });
    expect(fields().use(noting([])).wrap(schema).wrapped).toEqual([]);
  });

  test('a field that is named is wrapped though it has no resolver, and gets its property', () => {
    const shout: FieldMiddleware = (ctx, next) => String(next(ctx)).toUpperCase();
    const schema = fields().on('User.email', shout).apply(build());
    expect(dataOf(sync(ask(schema, '{ me { email name } }')))).toEqual({
      me: { email: 'ADA@EXAMPLE.ORG', name: 'Ada' },
    });
  });

  test.each([
    ['User.email', ['User.email']],
    ['Query.*', ['Query.me', 'Query.post', 'Query.hello', 'Query.later', 'Query.nothing']],
    ['User.*', []],
    ['*.author', ['Post.author']],
    ['*.id', []],
    ['Node.id', ['User.id', 'Post.id']],
    ['Node.*', ['Post.author']],
    ['@auth', ['User.email']],
    [{ directive: 'auth' }, ['User.email']],
    [
      ['User.name', 'Post.title'],
      ['User.name', 'Post.title'],
    ],
    [
      [['Query.me'], 'Query.*'],
      ['Query.me', 'Query.post', 'Query.hello', 'Query.later', 'Query.nothing'],
    ],
    [({ coordinate }: { coordinate: string }) => coordinate.endsWith('.name'), ['User.name']],
  ] as const)('%j selects %j', (selector, expected) => {
    expect(names(fields().on(selector, noting([])))).toEqual(expected);
  });

  test('with { defaults: true } a pattern selects fields without resolvers, too', () => {
    expect(names(fields().on('User.*', noting([]), { defaults: true }))).toEqual([
      'User.id',
      'User.name',
      'User.email',
      'User.friend',
    ]);
    expect(names(fields().use(noting([]), { defaults: true }))).toHaveLength(13);
  });

  test('what runs round all fields also runs where another is put by name, so that it can rely on it', () => {
    const seen: string[] = [];
    const stack = fields<object>()
      .use(provideUser)
      .on('User.email', define({ name: 'needs' }, needsUser))
      .use(noting(seen));
    const schema = stack.apply(build());
    const result = sync(ask(schema, '{ me { email } }', { contextValue: {} }));
    expect(dataOf(result)).toEqual({ me: { email: 'ada@example.org for root' } });
    expect(seen).toEqual(['note Query.me', 'note User.email']);
  });

  test('directives and extensions of the type count for each of its fields, also where only extensions have them', () => {
    const schema = schemaOf(
      'type Query { one: Int two: Int three: Int } type Secret @auth { id: ID } directive @auth on OBJECT',
    );
    const { one, two, three } = schema.getQueryType()?.getFields() ?? {};
    Object.assign(one ?? {}, { extensions: { directives: { cost: {} } } });
    Object.assign(two ?? {}, { extensions: { directives: [{ name: 'cost' }], slow: true } });
    Object.assign(three ?? {}, { extensions: { slow: false } });
    const wrapped = (selector: Parameters<ReturnType<typeof fields>['on']>[0]) =>
      fields().on(selector, noting([])).wrap(schema).wrapped;
    expect(wrapped('@cost')).toEqual(['Query.one', 'Query.two']);
    expect(wrapped('@auth')).toEqual(['Secret.id']);
    expect(wrapped({ extension: 'slow' })).toEqual(['Query.two']);
  });
});

const provideUser: FieldMiddleware<object, { user: string }> = (ctx, next) =>
  next({ ...ctx, context: { ...ctx.context, user: 'root' } });
const needsUser: FieldMiddleware<{ user: string }> = (ctx, next) =>
  `${String(next(ctx))} for ${ctx.context.user}`;

describe('names that the schema does not have', () => {
  test.each([
    [
      'Usr.email',
      '"Usr.email" names the type "Usr"; the schema has none with fields. Did you mean "User"?',
    ],
    [
      'User.emial',
      '"User.emial" names the field "emial"; type "User" has none. Did you mean "email"?',
    ],
    ['User.constructor', '"User.constructor" names the field "constructor"; type "User" has none.'],
    ['toString.id', '"toString.id" names the type "toString"; the schema has none with fields.'],
    ['__proto__.*', '"__proto__.*" names the type "__proto__"; the schema has none with fields.'],
    ['__Type.name', '"__Type.name" names the type "__Type"; the schema has none with fields.'],
    ['*.titel', '"*.titel" names the field "titel"; no type has one. Did you mean "title"?'],
    ['@outh', '"@outh" names a directive that the schema does not have. Did you mean "auth"?'],
    [{ extension: 'auth' }, 'No field and no type has the extension "auth".'],
  ] as const)('%j is refused with the nearest one', (selector, message) => {
    const stack = fields().on(selector, noting([]));
    expect(() => stack.apply(build())).toThrow(message);
    expect(() => stack.apply(build())).toThrow(expect.objectContaining({ code: 'UNKNOWN_FIELD' }));
  });

  test('a union says of which types it is', () => {
    const schema = schemaOf(
      'type A { id: ID } type B { id: ID } union Either = A | B type Query { either: Either }',
    );
    expect(() => fields().on('Either.*', noting([])).apply(schema)).toThrow(
      '"Either.*" names the union "Either", which has no fields of its own. It is of: A, B.',
    );
  });

  test.each([['User'], ['User.'], ['a.b.c'], ['@'], [''], [[]], [{}], [null], [7], [[7]]])(
    '%j is no selector',
    (selector) => {
      expect(() => fields().on(selector as never, noting([]))).toThrow(
        'Expected `selector` to be a field',
      );
    },
  );

  test.each([
    [{ piority: 1 }, 'Unknown option `piority` of on(). Did you mean "priority"?'],
    [{ defaults: 1 }, 'Expected `defaults` to be true or false, got `1` (number).'],
    [
      { during: 'always' },
      "Expected `during` to be 'resolve', 'subscribe' or 'both', got `always` (string).",
    ],
    [null, 'Expected `options` to be an object, got `null` (null).'],
  ])('options %j are refused', (options, message) => {
    expect(() => fields().on('*', noting([]), options as never)).toThrow(message);
  });

  test('what is no middleware, no schema or no option is refused', () => {
    expect(() => fields().use('auth' as never)).toThrow('Expected middleware 1 to be a function');
    expect(() => fields().apply({} as never)).toThrow('Expected `schema` to be a GraphQLSchema');
    expect(() => fields({ phase: [] } as never)).toThrow(
      'Unknown option `phase` of fields(). Did you mean "phases"?',
    );
    expect(() => fields({ fieldResolver: 1 } as never)).toThrow(
      'Expected `fieldResolver` to be a function',
    );
  });
});

describe('order', () => {
  test('first used is outermost; priority, before and after and phases move it', () => {
    const seen: string[] = [];
    const stack = fields()
      .use(noting(seen, 'a'))
      .use(noting(seen, 'b'), { priority: -1 })
      .use(noting(seen, 'c'), { before: 'b' })
      .use(noting(seen, 'd'), { phase: 'observe' })
      .on('Query.hello', compose<never, never>(noting(seen, 'e'), noting(seen, 'f')) as never);
    sync(ask(stack.apply(build()), '{ hello }'));
    expect(seen.map((entry) => entry[0])).toEqual(['d', 'a', 'c', 'b', 'e', 'f']);
  });

  test('a neighbour that does not run on this field is no fault; one that there is not at all is', () => {
    const seen: string[] = [];
    const stack = fields()
      .on('Query.me', noting(seen, 'a'))
      .use(noting(seen, 'b'), { before: 'a' });
    sync(ask(stack.apply(build()), '{ me { id } hello }'));
    expect(seen).toEqual(['b Query.me', 'a Query.me', 'b Query.hello']);
    expect(() => fields().use(noting([]), { before: 'x' }).apply(build())).toThrow(
      UnknownMiddlewareError,
    );
  });

  test('what a middleware requires must be provided further out on the same field', () => {
    const needs = define({ name: 'needs', requires: ['user'] }, noting([], 'needs'));
    const provides = define({ name: 'gives', provides: ['user'] }, noting([], 'gives'));
    expect(() => fields().use(provides).on('User.email', needs).apply(build())).not.toThrow();
    const stack = fields().on('Query.me', provides).use(needs);
    expect(() => stack.apply(build())).toThrow(OrderError);
    expect(() => stack.apply(build())).toThrow(
      'On Post.author the middleware "needs" requires "user", which nobody further out provides.',
    );
  });

  test('a disabled one does not run', () => {
    const seen: string[] = [];
    sync(ask(fields().use(noting(seen), { state: 'disabled' }).apply(build()), '{ hello }'));
    expect(seen).toEqual([]);
  });

  test('explain says what runs, in what order, and why the others do not', () => {
    const stack = fields()
      .use(define({ name: 'timing', version: '1.2.0' }, noting([])))
      .on('User.*', noting([], 'audit'))
      .on('@auth', noting([], 'auth'), { priority: -1 })
      .on('Query.*', noting([], 'cache'));
    const { explain, describe: tell } = stack.wrap(build());
    expect(explain('User.email')).toBe(
      [
        'User.email',
        '   middleware            why it runs                   why here                                 from',
        '1  auth                  selected by @auth             phase "execute", priority -1, as listed  on(\'@auth\') 3',
        '2  timing@1.2.0          the field is named by others  phase "execute", as listed               use() 1',
        '   the default resolver',
        'not here:',
        '  audit  the field has no resolver of its own; ask with { defaults: true }',
        '  cache  not selected by Query.*',
      ].join('\n'),
    );
    expect(tell('User.email').map(({ name, runs }) => [name, runs])).toEqual([
      ['auth', true],
      ['timing', true],
      ['audit', false],
      ['cache', false],
    ]);
    expect(() => explain('User.emial')).toThrow(
      'There is no field "User.emial". Did you mean "User.email"?',
    );
  });
});

describe('calls', () => {
  test('M-162 the resolver is called with (parent, args, context, info), and gives what it gives', () => {
    const calls: unknown[][] = [];
    const promise = Promise.resolve('x');
    const schema = schemaOf('type Query { one(id: ID): String }', {
      'Query.one': (...args: unknown[]) => {
        calls.push(args);
        return promise;
      },
    });
    let given: unknown;
    const wrapped: GraphQLSchema = fields()
      .use((ctx, next) => (given = next(ctx)))
      .apply(schema);
    const contextValue = { tenant: 'acme' };
    const rootValue = { root: true };
    const field = wrapped.getQueryType()?.getFields()['one'];
    expect(field?.resolve).not.toBe(schema.getQueryType()?.getFields()['one']?.resolve);
    return Promise.resolve(ask(wrapped, '{ one(id: 3) }', { contextValue, rootValue })).then(
      (result) => {
        expect(dataOf(result)).toEqual({ one: 'x' });
        expect(given).toBe(promise);
        const [parent, args, context, info] = calls[0] ?? [];
        expect(calls[0]).toHaveLength(4);
        expect(parent).toBe(rootValue);
        expect({ ...(args as object) }).toEqual({ id: '3' });
        expect(context).toBe(contextValue);
        expect(info).toMatchObject({ fieldName: 'one' });
      },
    );
  });

  test('a synchronous query stays synchronous, an asynchronous one does not become slower than itself', async () => {
    const stack = fields()
      .use((ctx, next) => next(ctx))
      .use((ctx, next) => next({ ...ctx }))
      .use((ctx, next) => {
        const result = next(ctx);
        return result;
      });
    const schema = stack.apply(build());
    sync(ask(schema, '{ me { id } hello nothing }'));
    expect(dataOf(await ask(schema, '{ later }'))).toEqual({ later: 'later' });
  });

  test('a middleware may change parent, args and context for those further in', () => {
    const schema = fields()
      .on('Query.hello', (ctx, next) => next({ ...ctx, args: { name: 'Bob' } }))
      .on('User.name', (ctx, next) => next({ ...ctx, parent: { name: 'Eve' } }))
      .apply(build());
    expect(dataOf(sync(ask(schema, '{ hello(name: "Ann") me { name } }')))).toEqual({
      hello: 'hello Bob',
      me: { name: 'Eve' },
    });
  });

  test('a middleware may answer alone, with null as well; an error is an error of the field', () => {
    const schema = fields()
      .on('Query.hello', () => null)
      .on('Query.me', () => {
        throw new Error('no');
      })
      .apply(build());
    const result = sync(ask(schema, '{ hello me { id } nothing }'));
    expect(result.data).toMatchObject({ hello: null, me: null, nothing: null });
    expect(result.errors?.map(({ message, path }) => [message, path])).toEqual([['no', ['me']]]);
  });

  test.each([
    ['DOUBLE_NEXT', (_: unknown, next: () => unknown): unknown => (next(), next())],
    ['NO_ANSWER', () => undefined],
    ['LOST_RESULT', (_: unknown, next: () => unknown): unknown => void next()],
  ] as const)('the law %s of the kernel holds', (code, broken) => {
    const result = sync(
      ask(
        fields()
          .on('Query.hello', broken as never)
          .apply(build()),
        '{ hello }',
      ),
    );
    expect(CodedError.is(result.errors?.[0]?.originalError)).toBe(false);
    expect(result.errors?.[0]?.originalError).toMatchObject({ code });
  });

  test('a resolver further in may answer undefined', () => {
    const schema = fields()
      .use((ctx, next) => next(ctx))
      .apply(build());
    expect(sync(ask(schema, '{ nothing }'))).toEqual({ data: { nothing: null } });
  });

  test('a default resolver of the server is called where it is said', () => {
    const stack = fields({ fieldResolver: (_, __, ___, info) => `from ${info.fieldName}` });
    const schema = stack.on('User.name', (ctx, next) => next(ctx)).apply(build());
    expect(dataOf(sync(ask(schema, '{ me { name email } }')))).toEqual({
      me: { name: 'from name', email: 'ada@example.org' },
    });
  });

  test('calls at the same time do not mix', async () => {
    const schema = schemaOf('type Query { echo(n: Int): Int }', {
      'Query.echo': async (_: never, { n }: { n: number }) => n,
    });
    const stack = fields().use(async (ctx, next) => {
      const before = ctx.args['n'];
      return [before, await next(ctx)].every((n) => n === before) ? before : -1;
    });
    const wide = Array.from({ length: 100 }, (_, n) => `f${n}: echo(n: ${n})`).join(' ');
    const data = dataOf(await ask(stack.apply(schema), `{ ${wide} }`)) as Record<string, number>;
    expect(Object.values(data)).toEqual(Array.from({ length: 100 }, (_, n) => n));
  });
});

describe('applied again', () => {
  const count = (seen: string[]) => seen.length;

  test('the same builder gives the same schema, also of its own, and wraps nothing twice', () => {
    const seen: string[] = [];
    const stack = fields().use(noting(seen)).on('User.name', noting(seen, 'name'));
    const given = build();
    const once = stack.apply(given);
    expect(stack.apply(given)).toBe(once);
    expect(stack.apply(once)).toBe(once);
    sync(ask(stack.apply(once), '{ hello }'));
    expect(count(seen)).toBe(1);
  });

  test('a schema made of a wrapped one, with other fields added, is wrapped anew and not twice', () => {
    const seen: string[] = [];
    const stack = fields().use(noting(seen)).on('User.name', noting(seen, 'name'));
    const others = fields().on('Post.title', (ctx, next) => next(ctx));
    const again = stack.apply(others.apply(stack.apply(build())));
    sync(ask(again, '{ hello me { name } }'));
    expect(seen).toEqual(['note Query.hello', 'note Query.me', 'note User.name', 'name User.name']);
    expect(stack.wrap(again).explain('User.name')).toContain('the default resolver');
  });

  test('another builder with the same middleware is refused; with another it runs further out', () => {
    const seen: string[] = [];
    const timing = noting(seen, 'timing');
    const first = fields().use(timing);
    expect(() => first.use(noting(seen)).apply(first.apply(build()))).toThrow(AlreadyAppliedError);
    expect(() => first.use(noting(seen)).apply(first.apply(build()))).toThrow(
      'Middleware "timing" runs round Post.author already',
    );
    const outer = fields().use(noting(seen, 'outer'));
    sync(ask(outer.apply(first.apply(build())), '{ hello }'));
    expect(seen).toEqual(['outer Query.hello', 'timing Query.hello']);
    const both = outer.apply(first.apply(build()));
    expect(first.apply(both)).toBe(both);
  });
});
