/** graphqlStack: the order of its parts, what each does in its place, and the signature of resolvers. */
import { metricsRegistry } from '@interpose/resilience/observing';
import { parse, specifiedRules, validate } from 'graphql';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { ask, schemaOf } from '../test-kit/schema-of.ts';
import type { FieldMiddleware } from './field-context.ts';
import { type ContextOf, fields } from './fields.ts';
import { GRAPHQL_STACK, graphqlStack } from './graphql-stack.ts';
import type { Load } from './loaders/load.ts';
import { dataLoader } from './middleware/data-loader.ts';
import { dataMasking } from './middleware/data-masking.ts';
import { fieldAuth } from './middleware/field-auth.ts';
import { provideContext } from './provide-context.ts';

const TEXT = `
  directive @auth(requires: String) on FIELD_DEFINITION
  type User { id: ID name: String email: String friend: User card: String @auth(requires: "boss") }
  type Query { user(id: ID!): User }
`;

interface App {
  readonly user?: { readonly roles: readonly string[] };
}

const users = (ids: readonly string[]) =>
  ids.map((id) => ({ id, name: `n${id}`, email: `e${id}@example.com`, card: '4111111111111234' }));

function setUp() {
  const calls: unknown[][] = [];
  const meter = metricsRegistry();
  const plain = schemaOf(TEXT, {
    'Query.user'(this: unknown, ...given: readonly unknown[]) {
      calls.push([...given]);
      const [, { id }, { load }] = given as [
        unknown,
        { id: string },
        { load: { users: Load<string, object> } },
      ];
      return load.users(id);
    },
    'User.friend': (
      { id }: { id: string },
      _: object,
      { load }: { load: { users: Load<string, object> } },
    ) => load.users(`${id}f`),
  });
  const stack = graphqlStack(fields<App>(), {
    dataLoader: dataLoader({ loaders: { users } }),
    fieldAuth: fieldAuth<App>({ denied: 'null', rules: { 'User.friend': 'friend' } }),
    dataMasking: dataMasking({ rules: { 'User.email': 'email' }, unless: ['boss'] }),
    meter,
  });
  return { calls, meter, plain, stack };
}

describe('M-162 the stack', () => {
  test('M-162 has the order of the list: loaders, limits, authorisation, masking, times, metrics', () => {
    expect(GRAPHQL_STACK).toEqual([
      'dataLoader',
      'depthLimit',
      'complexityLimit',
      'fieldAuth',
      'dataMasking',
      'fieldTiming',
      'resolverMetrics',
    ]);
    const { stack, plain } = setUp();
    const names = stack.fields
      .wrap(plain)
      .describe('User.friend')
      .map(({ name, runs }) => `${name}${runs ? '' : ' not'}`);
    expect(names).toEqual([
      'dataLoader',
      'fieldAuth',
      'dataMasking not',
      'fieldTiming',
      'resolverMetrics',
    ]);
    expect(stack.limits.map(({ name }) => name)).toEqual(['depthLimit', 'complexityLimit']);
  });

  test('M-162 leaves the signature of resolvers: parent, arguments, context and info, four of them', async () => {
    const { stack, plain, calls } = setUp();
    const schema = stack.fields.apply(plain);
    expect(schema.getQueryType()?.getFields()['user']?.resolve).toHaveLength(4);
    await ask(schema, '{ user(id: 1) { name } }', {
      contextValue: { user: { roles: [] } },
      rootValue: 'root',
    });
    expect(calls).toEqual([
      [
        'root',
        { id: '1' },
        expect.objectContaining({ user: { roles: [] } }),
        expect.objectContaining({ fieldName: 'user', parentType: schema.getQueryType() }),
      ],
    ]);
  });

  test('M-162 does what its parts do, all together', async () => {
    const { stack, plain, meter } = setUp();
    const schema = stack.fields.apply(plain);
    const query = '{ user(id: 1) { name email card friend { email } } }';
    const as = async (...roles: string[]) =>
      (await ask(schema, query, { contextValue: { user: { roles } } })).data?.['user'];
    expect(await as()).toMatchObject({
      name: 'n1',
      email: 'e***@example.com',
      card: null,
      friend: null,
    });
    expect(await as('friend')).toMatchObject({ friend: { email: 'e***@example.com' } });
    expect(await as('boss', 'friend')).toMatchObject({
      email: 'e1@example.com',
      card: '4111111111111234',
      friend: { email: 'e1f@example.com' },
    });
    const friends = meter
      .read()
      .find(({ labels }) => labels['field'] === 'friend' && labels['status'] === 'success');
    // Whoever is refused is not counted: that lies further out.
    expect(friends?.value).toBe(2);
  });

  test('M-162 refuses what goes deeper than 7 or costs more than 1000', () => {
    const { stack, plain } = setUp();
    const codes = (query: string): unknown[] =>
      validate(plain, parse(query), [...specifiedRules, ...stack.limits]).map(
        (one) => one.extensions['code'],
      );
    const deep = (times: number): string =>
      `{ user(id: 1) { ${'friend { '.repeat(times)} id ${'} '.repeat(times)} } }`;
    expect(codes(deep(5))).toEqual([]);
    expect(codes(deep(6))).toEqual(['DEPTH_LIMIT_EXCEEDED']);
    const wide = Array.from({ length: 501 }, (_, at) => `a${at}: user(id: 1) { id }`).join(' ');
    expect(codes(`{ ${wide} }`)).toEqual(['COMPLEXITY_LIMIT_EXCEEDED']);
  });
});

describe('parts', () => {
  test('can be left out, and replaced', () => {
    const nothing = graphqlStack(fields(), {
      depthLimit: false,
      complexityLimit: false,
      fieldAuth: false,
      fieldTiming: false,
    });
    expect(nothing.limits).toEqual([]);
    expect(nothing.fields.wrap(schemaOf(TEXT)).wrapped).toEqual([]);
    const passOn: FieldMiddleware = (ctx, next) => next(ctx);
    const own = graphqlStack(fields(), { fieldTiming: passOn });
    const { plain } = setUp();
    expect(own.fields.wrap(plain).wrapped).toContain('Query.user');
  });

  test('without any, what stands in the schema is guarded and what is usual is limited', async () => {
    const stack = graphqlStack(fields());
    expect(stack.limits).toHaveLength(2);
    const schema = stack.fields.apply(schemaOf(TEXT, { 'Query.user': () => ({ card: 'x' }) }));
    const { data, errors } = await ask(schema, '{ user(id: 1) { card } }', { contextValue: {} });
    expect(data).toEqual({ user: { card: null } });
    expect(errors?.[0]?.extensions['code']).toBe('UNAUTHENTICATED');
  });

  test.each([
    [{ dataLoader: {} }, /`dataLoader` to be a middleware, a limit or false/],
    [{ depthLimit: 7 }, /`depthLimit` to be a middleware, a limit or false/],
    [{ auth: false }, /Did you mean|Unknown option `auth`/],
  ])('%j is refused', (parts, message) => {
    expect(() => graphqlStack(fields(), parts as never)).toThrow(message);
  });

  test('it begins with what fields() gives', () => {
    expect(() => graphqlStack({} as never)).toThrow(/`start` to be what fields\(\) gives/);
  });

  test('the compiler knows what resolvers get', () => {
    const start = fields<{ readonly token: string }>().use(
      provideContext('user', () => ({ id: 1 })),
    );
    const stack = graphqlStack(start, { dataLoader: dataLoader({ loaders: { users } }) });
    type Context = ContextOf<typeof stack.fields>;
    expectTypeOf<Context['token']>().toEqualTypeOf<string>();
    expectTypeOf<Context['user']['id']>().toEqualTypeOf<number>();
    expectTypeOf<Parameters<Context['load']['users']>[0]>().toEqualTypeOf<string>();
    graphqlStack(fields<{ a: 1 }>(), {
      // @ts-expect-error -- the server does not make what it needs
      fieldAuth: fieldAuth<{ b: 2 }>(),
    });
  });
});
