/** Ways round rules and limits that somebody may try, or fall into: each of them stays closed. */
import { buildSchema, parse, subscribe, validate } from 'graphql';
import { describe, expect, test } from 'vitest';
import { ask, dataOf, schemaOf } from '../test-kit/schema-of.ts';
import { fields } from './fields.ts';
import { graphqlStack } from './graphql-stack.ts';
import { complexityLimit } from './limits/complexity-limit.ts';
import { dataLoader } from './middleware/data-loader.ts';
import { dataMasking } from './middleware/data-masking.ts';
import { fieldAuth } from './middleware/field-auth.ts';
import { provideContext } from './provide-context.ts';

const USERS = 'type User { email: String name: String } type Query { me: User }';
const me = () => ({ email: 'ada@example.com', name: 'Ada' });

describe('rules', () => {
  test.each(['User.*', '*.email', '*'])('hold on fields that only read a property: %s', (where) => {
    const plain = schemaOf(USERS, { 'Query.me': me });
    const guarded = fields()
      .on(where, fieldAuth({ rules: { 'User.email': 'admin' }, denied: 'null' }))
      .apply(plain);
    expect(dataOf(ask(guarded, '{ me { email name } }') as never)).toEqual({
      me: { email: null, name: 'Ada' },
    });
    const masked = fields()
      .on(where, dataMasking({ rules: { 'User.email': 'full' } }))
      .apply(plain);
    expect(dataOf(ask(masked, '{ me { email name } }') as never)).toEqual({
      me: { email: '***', name: 'Ada' },
    });
  });

  test('of a directive that says who in other words are refused when the schema is built', () => {
    const plain = (directive: string, use: string) =>
      schemaOf(
        `directive ${directive} on FIELD_DEFINITION | OBJECT type Query { me: String ${use} }`,
      );
    const build = (directive: string, use: string) => () =>
      fields().use(fieldAuth()).apply(plain(directive, use));
    expect(build('@auth(role: String!)', '@auth(role: "ADMIN")')).toThrow(/`role`.*`requires`/s);
    expect(build('@auth(roles: [String!] = ["ADMIN"])', '@auth')).toThrow(/`roles`.*`requires`/s);
    expect(build('@auth(requires: String, why: String)', '@auth(why: "it is so")')).not.toThrow();
    expect(build('@auth', '@auth')).not.toThrow();
  });

  test.each([
    ['U', 'type A { a: Int } union U @auth = A type Query { u: U }'],
    ['S', 'scalar S type Query { u: S } extend scalar S @auth'],
    ['E.X', 'enum E { X @auth Y } type Query { u: E }'],
    ['I.a', 'input I { a: Int @auth } type Query { u(i: I): Int }'],
    ['Query.u(a:)', 'type Query { u(a: Int @auth): Int }'],
  ])('in the schema are refused where they would protect nothing: %s', (place, text) => {
    const where = 'UNION | SCALAR | ENUM_VALUE | INPUT_FIELD_DEFINITION | ARGUMENT_DEFINITION';
    const plain = schemaOf(`directive @auth on ${where} ${text}`);
    const build =
      (options = {}) =>
      () =>
        fields().use(fieldAuth(options)).apply(plain);
    expect(build()).toThrow(`@auth on ${place} would protect nothing`);
    expect(build({ directive: 'mine' })).not.toThrow();
  });

  test('of masks hold in a text that is JSON', () => {
    const schema = (value: unknown) =>
      fields()
        .use(dataMasking({ rules: { 'Query.data': { fields: ['password'] } } }))
        .apply(schemaOf('scalar JSON type Query { data: JSON }', { 'Query.data': () => value }));
    const shown = (value: unknown) => dataOf(ask(schema(value), '{ data }') as never);
    expect(shown(' [{"password":"x","a":1}]')).toEqual({ data: '[{"password":"***","a":1}]' });
    expect(shown('{ no JSON')).toEqual({ data: '{ no JSON' });
  });

  test('once a parent is once a parent of each type, also where parents are plain values', () => {
    const asked: string[] = [];
    const schema = fields()
      .use(
        fieldAuth({
          denied: 'null',
          permissions: {
            mine: {
              once: 'parent',
              check: (_user, parent, _args, _context, { parentType }) => {
                asked.push(`${parentType.name} ${String(parent)}`);
                return parentType.name === 'User';
              },
            },
          },
          rules: { 'User.email': 'mine', 'User.name': 'mine', 'Card.number': 'mine' },
        }),
      )
      .apply(
        schemaOf(
          'type User { email: String name: String } type Card { number: String } type Query { user: User card: Card }',
          {
            'Query.user': () => '1',
            'Query.card': () => '1',
            'User.email': () => 'e',
            'User.name': () => 'n',
            'Card.number': () => '4111',
          },
        ),
      );
    const result = ask(schema, '{ user { email name } card { number } }');
    expect(dataOf(result as never)).toEqual({
      user: { email: 'e', name: 'n' },
      card: { number: null },
    });
    expect(asked).toEqual(['User 1', 'Card 1']);
  });

  test('of a subscription hold also where the root value gives its events', async () => {
    let begun = 0;
    const schema = fields()
      .use(fieldAuth({ rules: { 'Subscription.news': 'reader' } }))
      .apply(buildSchema('type Query { a: Int } type Subscription { news: String }'));
    const result = await subscribe({
      schema,
      document: parse('subscription { news }'),
      rootValue: {
        async *news() {
          begun++;
          yield await Promise.resolve({ news: 'secret' });
        },
      },
    });
    expect(begun).toBe(0);
    expect(result).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  });
});

describe('the stack', () => {
  test('keeps what it has by itself where a part is undefined', () => {
    const nothing = { fieldAuth: undefined, depthLimit: undefined, complexityLimit: undefined };
    const stack = graphqlStack(fields(), nothing as never);
    expect(stack.limits).toHaveLength(2);
    const schema = stack.fields.apply(
      schemaOf('directive @auth on FIELD_DEFINITION type Query { me: String @auth }', {
        'Query.me': () => 'me',
      }),
    );
    expect(ask(schema, '{ me }')).toMatchObject({
      errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
    });
  });
});

describe('costs', () => {
  const TEXT = `
    directive @cost(weight: String!) on FIELD_DEFINITION
    directive @listSize(assumedSize: Int) on FIELD_DEFINITION
    input Page { first: Int = 500, inner: Page }
    interface Node { id: ID dear: String @cost(weight: "300") parts: [Node] @listSize(assumedSize: 70) }
    type User implements Node { id: ID dear: String parts: [Node] friends(page: Page): [User] }
    type Query { node: Node user: User }
  `;
  const schema = buildSchema(TEXT);
  const cost = (query: string, options = {}): number =>
    complexityLimit(options).complexityOf({ schema, document: parse(query), variableValues: {} });

  test('of a field of an interface are those of the types that implement it', () => {
    const costs = { 'Node.id': 200 };
    expect(cost('{ node { id } }', { costs })).toBe(201);
    expect(cost('{ user { id } }', { costs })).toBe(201);
    expect(cost('{ user { id } }', { costs: { ...costs, 'User.id': 5 } })).toBe(6);
    expect(cost('{ node { dear } }')).toBe(301);
    expect(cost('{ node { parts { __typename id } } }')).toBe(1 + 1 + 70);
    expect(cost('{ node { parts { id } } }', { listSizes: { 'Node.parts': 90 } })).toBe(1 + 1 + 90);
  });

  test('heed what an input object says by itself', () => {
    const listSizes = { 'User.friends': { slicingArguments: ['page.first'] } };
    const deeper = { 'User.friends': { slicingArguments: ['page.inner.first'] } };
    expect(cost('{ user { friends(page: {}) { id } } }', { listSizes })).toBe(1 + 1 + 500);
    expect(cost('{ user { friends(page: { inner: {} }) { id } } }', { listSizes: deeper })).toBe(
      502,
    );
    expect(cost('{ user { friends(page: { first: 3 }) { id } } }', { listSizes })).toBe(1 + 1 + 3);
    expect(cost('{ user { friends { id } } }', { listSizes })).toBe(1 + 1 + 10);
  });

  test('are refused by the rule, too', () => {
    const rules = [complexityLimit({ maxComplexity: 100 })];
    expect(validate(schema, parse('{ node { dear } }'), rules)).toHaveLength(1);
    expect(validate(schema, parse('{ node { id } }'), rules)).toHaveLength(0);
  });
});

describe('contexts', () => {
  class Session {
    get user() {
      return { roles: ['admin'] };
    }
  }
  const stack = graphqlStack(fields(), {
    dataLoader: dataLoader({ loaders: { all: (keys: readonly string[]) => keys } }),
    fieldAuth: fieldAuth({ rules: { 'Query.secret': 'admin' } }),
    dataMasking: dataMasking({ rules: { 'Query.masked': 'partial' }, unless: ['nobody'] }),
  });
  const schema = stack.fields.apply(
    schemaOf('type Query { secret: String masked: String }', {
      'Query.secret': () => 's',
      'Query.masked': () => '4111111111111234',
    }),
  );

  test.each([
    ['a frozen one', Object.freeze({ user: Object.freeze({ role: 'admin' }) }), 's'],
    ['one of a class', new Session(), 's'],
    [
      'one without a prototype',
      Object.assign(Object.create(null), { user: { role: 'admin' } }),
      's',
    ],
    ['none', undefined, null],
    ['a text', 'user', null],
    ['one whose user comes from its prototype', Object.create({ user: { role: 'admin' } }), 's'],
  ])('%s', (_name, contextValue, secret) => {
    const result = ask(schema, '{ secret masked }', { contextValue });
    // Synchronous all the way: nothing in the stack makes a promise of its own.
    expect(result).not.toBeInstanceOf(Promise);
    expect(JSON.parse(JSON.stringify(result))).toMatchObject({
      data: { secret, masked: '****1234' },
    });
  });
});

test('a context that cannot be made is tried once an operation, and a loader has a name of its own', () => {
  let tries = 0;
  const failing = provideContext('user', () => {
    tries++;
    throw new Error('no session');
  });
  const schema = fields<object>()
    .use(failing)
    .apply(schemaOf('type Query { a: Int }', { 'Query.a': () => 1 }));
  const contextValue = {};
  expect(ask(schema, '{ a b: a c: a }', { contextValue })).toMatchObject({
    errors: [{ message: 'no session' }, { message: 'no session' }, { message: 'no session' }],
  });
  expect(tries).toBe(1);
  expect(ask(schema, '{ a }', { contextValue })).toMatchObject({ data: { a: null } });
  expect(tries).toBe(2);
  const loaders = { all: (keys: readonly string[]) => keys };
  for (const as of ['__proto__', 'constructor', 'toString']) {
    expect(() => dataLoader({ loaders, as })).toThrow('Expected `as` to be');
  }
});

test('names that every object has are names like others', () => {
  const TEXT = `
    type Query { constructor(toString: Int): String hasOwnProperty: String valueOf: [Query] }
  `;
  const schema = fields()
    .on('Query.constructor', (ctx, next) => `${String(next(ctx))}!`)
    .use(fieldAuth({ rules: { 'Query.hasOwnProperty': 'constructor' }, denied: 'null' }))
    .apply(
      schemaOf(TEXT, {
        'Query.constructor': (_: unknown, args: object) => Object.keys(args).join(' '),
        'Query.hasOwnProperty': () => 'secret',
        'Query.valueOf': () => [],
      }),
    );
  const contextValue = { user: { roles: [] } };
  const query = '{ constructor(toString: 1) hasOwnProperty }';
  expect(dataOf(ask(schema, query, { contextValue }) as never)).toEqual({
    constructor: 'toString!',
    hasOwnProperty: null,
  });
  expect(
    complexityLimit({ costs: { 'Query.constructor': 7 } }).complexityOf({
      schema,
      document: parse(query),
      variableValues: {},
    }),
  ).toBe(8);
});
