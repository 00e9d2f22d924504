/** What operations cost, what complexityLimit lets through and refuses, and that its work is linear. */
import { describe, expect, test, vi } from 'vitest';
import {
  buildSchema,
  getIntrospectionQuery,
  GraphQLError,
  GraphQLList,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import { complexityLimit, queryComplexity } from './complexity-limit.ts';
import type { ComplexityOptions, FieldCost } from './complexity-options.ts';

const schema = buildSchema(`
  directive @cost(weight: String!) on FIELD_DEFINITION | OBJECT
  directive @listSize(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!], requireOneSlicingArgument: Boolean) on FIELD_DEFINITION
  input Page { size: Int }
  interface Animal { name: String friends(first: Int): [Animal] }
  type Cat implements Animal { name: String friends(first: Int): [Animal] lives: [Life] }
  type Dog implements Animal { name: String friends(first: Int): [Animal] }
  type Life { at: String place: Place }
  type Place @cost(weight: "5") { name: String }
  union Pet = Cat | Dog
  type User { name: String tags(limit: Int): [String] friends(first: Int = 3, last: Int): [User] grid: [[User]] }
  type Users { edges: [Edge] nodes: [User] total: Int }
  type Edge { node: User }
  type Query {
    hello: String
    me: User
    users(first: Int, last: Int): [User]
    paged(page: Page): [User] @listSize(slicingArguments: ["page.size"], assumedSize: 4)
    connection(first: Int): Users
    few: [User] @listSize(assumedSize: 2)
    search(text: String): [User] @cost(weight: "7.5")
    place: Place
    pet: Pet
    animal: Animal
  }
`);

function cost(
  query: string,
  variableValues?: Record<string, unknown>,
  options?: ComplexityOptions,
): number {
  return queryComplexity({ schema, document: parse(query), variableValues }, options);
}

describe('M-146', () => {
  test('M-146 what is asked of the items of a list costs as often as there may be items, in lists as well', () => {
    expect(cost('{ users(first: 5) { name } }')).toBe(1 + 5);
    expect(cost('{ users(first: 5) { friends(first: 4) { name } name } }')).toBe(
      1 + 5 * (1 + 4 + 1),
    );
    expect(cost('{ users { name } }')).toBe(1 + 10);
    expect(cost('{ users { friends { name } } }')).toBe(1 + 10 * (1 + 3));
    expect(cost('{ me { grid { name } } }')).toBe(1 + 1 + 10 * 10);
  });

  test('M-146 1000 passes and 1001 is refused', () => {
    const limit = complexityLimit();
    const of = (first: number): readonly GraphQLError[] =>
      limit.check({ schema, document: parse(`query Many { users(first: ${first}) { name } }`) });
    expect(of(999)).toEqual([]);
    const [error, ...others] = of(1000);
    expect(others).toEqual([]);
    expect(error).toBeInstanceOf(GraphQLError);
    expect(error?.message).toBe('Operation "Many" costs 1001; 1000 is allowed.');
    expect(error?.extensions).toEqual({
      code: 'COMPLEXITY_LIMIT_EXCEEDED',
      complexity: 1001,
      maxComplexity: 1000,
    });
  });

  test('M-146 it is refused by validation, before anything is executed', () => {
    const rules = [...specifiedRules, complexityLimit({ maxComplexity: 10 })];
    expect(validate(schema, parse('{ users(first: 9) { name } }'), rules)).toEqual([]);
    const [error] = validate(schema, parse('{\n hello\n users(first: 10) { name } }'), rules);
    expect(error?.extensions['code']).toBe('COMPLEXITY_LIMIT_EXCEEDED');
    expect(error?.locations).toEqual([{ line: 3, column: 2 }]);
  });
});

describe('the size of a list', () => {
  test('comes from variables and their defaults', () => {
    const query = 'query ($n: Int = 4) { users(first: $n) { name } }';
    expect(cost(query, { n: 20 })).toBe(21);
    expect(cost(query, {})).toBe(5);
    expect(cost(query, { n: null })).toBe(11);
    expect(cost('query ($n: Int) { users(first: $n) { name } }', {})).toBe(11);
    expect(cost('query ($n: Int) { me { friends(first: $n) { name } } }', {})).toBe(1 + 1 + 3);
    expect(cost('query ($toString: Int) { users(first: $toString) { name } }', {})).toBe(11);
    expect(cost('query ($p: Page) { paged(page: $p) { name } }', { p: { size: 30 } })).toBe(31);
    expect(cost('query ($s: Int) { paged(page: { size: $s }) { name } }', { s: 30 })).toBe(31);
  });

  test('is assumed while variables are unknown, as in a validation rule', () => {
    const query = 'query ($n: Int = 4) { users(first: $n) { name } }';
    expect(cost(query)).toBe(101);
    expect(cost(query, undefined, { unknownListSize: 7 })).toBe(8);
    const rule = complexityLimit({ maxComplexity: 100 });
    expect(validate(schema, parse(query), [rule])).toHaveLength(1);
    expect(rule.check({ schema, document: parse(query), variableValues: { n: 50 } })).toEqual([]);
    expect(rule.check({ schema, document: parse(query), variableValues: { n: 500 } })).toHaveLength(
      1,
    );
    expect(cost('query ($p: Page) { paged(page: $p) { name } }')).toBe(5);
  });

  test('that is 0, negative or no number says nothing', () => {
    for (const first of ['0', '-1', '-1e400', 'null', '"x"', '[5]', '{ a: 1 }', 'FEW']) {
      expect(cost(`{ users(first: ${first}) { name } }`), first).toBe(11);
    }
    for (const n of [0, -5, NaN, null, '', 'x', {}, [], true]) {
      expect(cost('query ($n: Int) { users(first: $n) { name } }', { n }), String(n)).toBe(11);
    }
    expect(cost('query ($n: Int) { users(first: $n) { name } }', { n: '250' })).toBe(251);
    expect(cost('{ users(first: 2.5) { name } }')).toBe(4);
  });

  test('that is huge is refused, and never overflows', () => {
    for (const first of ['1e400', '99999999999999999999999', String(Number.MAX_SAFE_INTEGER)]) {
      const query = `{ users(first: ${first}) { friends(first: ${first}) { friends(first: ${first}) { name } } } }`;
      expect(cost(query)).toBe(Number.MAX_SAFE_INTEGER);
      const [error] = complexityLimit().check({ schema, document: parse(query) });
      expect(error?.message).toBe('The operation costs more than can be counted; 1000 is allowed.');
      expect(error?.extensions).toEqual({
        code: 'COMPLEXITY_LIMIT_EXCEEDED',
        maxComplexity: 1000,
      });
    }
    expect(cost('query ($n: Int) { users(first: $n) { name } }', { n: Infinity })).toBe(
      Number.MAX_SAFE_INTEGER,
    );
  });

  test('is the largest of several arguments', () => {
    expect(cost('{ users(first: 2, last: 6) { name } }')).toBe(7);
  });

  test('of a connection counts for its edges and nodes', () => {
    expect(cost('{ connection(first: 5) { total edges { node { name } } } }')).toBe(
      1 + 1 + 1 + 5 * 2,
    );
    expect(cost('{ connection(first: 5) { nodes { name } } }')).toBe(1 + 1 + 5);
    expect(cost('{ connection { nodes { name } } }')).toBe(1 + 1 + 10);
    expect(cost('{ connection(first: 5) { nodes { friends { name } } } }')).toBe(
      1 + 1 + 5 * (1 + 3),
    );
  });

  test('comes from @listSize and from the option listSizes', () => {
    expect(cost('{ few { name } }')).toBe(3);
    expect(cost('{ paged { name } }')).toBe(5);
    expect(cost('{ paged(page: { size: 6 }) { name } }')).toBe(7);
    expect(cost('{ few { name } }', {}, { listSizes: { 'Query.few': 30 } })).toBe(31);
    const listSizes = { 'Query.users': { slicingArguments: ['last'], assumedSize: 20 } };
    expect(cost('{ users(first: 5) { name } }', {}, { listSizes })).toBe(21);
    expect(cost('{ users(last: 5) { name } }', {}, { listSizes })).toBe(6);
    const sized = { 'Query.connection': { slicingArguments: ['first'], sizedFields: ['nodes'] } };
    expect(
      cost(
        '{ connection(first: 2) { edges { node { name } } nodes { name } } }',
        {},
        { listSizes: sized },
      ),
    ).toBe(1 + 1 + 10 * 2 + 1 + 2);
  });

  test('of scalars counts when it is asked for', () => {
    expect(cost('{ me { tags } }')).toBe(2);
    expect(cost('{ me { tags(limit: 50) } }')).toBe(51);
  });
});

describe('the cost of a field', () => {
  test('comes from @cost on the field or on its type', () => {
    expect(cost('{ search { name } }')).toBe(7.5 + 10);
    expect(cost('{ place { name } }')).toBe(5 + 1);
  });

  test('comes from options', () => {
    expect(cost('{ me { name } }', {}, { objectCost: 2, scalarCost: 0.5 })).toBe(2.5);
    expect(cost('{ me { name } }', {}, { costs: { 'Query.me': 20, 'User.name': 0 } })).toBe(20);
  });

  test('comes from the extension `complexity`, a number or a function', () => {
    const item = new GraphQLObjectType({ name: 'Item', fields: { name: { type: GraphQLString } } });
    const query = new GraphQLObjectType({
      name: 'Query',
      fields: {
        item: { type: item, extensions: { complexity: 5 } },
        items: {
          type: new GraphQLList(item),
          args: { n: { type: GraphQLString, defaultValue: '3' } },
          extensions: {
            complexity: ({
              args,
              childComplexity,
            }: {
              args: { n: string };
              childComplexity: number;
            }) => Number(args.n) * childComplexity,
          },
        },
      },
    });
    const schema = new GraphQLSchema({ query });
    const of = (text: string): number => queryComplexity({ schema, document: parse(text) });
    expect(of('{ item { name } }')).toBe(6);
    expect(of('{ items { name } }')).toBe(3);
    expect(of('{ items(n: "20") { name } }')).toBe(20);
  });

  test('comes from estimators, the first that gives a number', () => {
    const seen: unknown[] = [];
    const estimators = [
      ({ field }: FieldCost) => (field.name === 'name' ? 4 : undefined),
      ({ type, args, listSize, fieldCost, childComplexity }: FieldCost) => {
        seen.push([String(type), { ...args }, listSize, fieldCost, childComplexity]);
      },
    ];
    expect(cost('query ($n: Int) { users(first: $n) { name } }', { n: 3 }, { estimators })).toBe(
      13,
    );
    expect(seen).toEqual([['Query', { first: 3 }, 3, 1, 4]]);
  });

  test('that an estimator cannot say refuses the operation', () => {
    const document = parse('{\n me { name } }');
    for (const costs of [
      { 'User.name': () => NaN },
      { 'User.name': () => -1 },
      { 'User.name': () => '5' as never },
      {
        'User.name': () => {
          throw new Error('secret');
        },
      },
    ]) {
      const limit = complexityLimit({ costs });
      const [error] = limit.check({ schema, document });
      expect(error?.message).toBe('The cost of `User.name` could not be estimated.');
      expect(error?.extensions).toEqual({ code: 'INTERNAL_SERVER_ERROR' });
      expect(error?.originalError).toBeInstanceOf(Error);
      expect(error?.locations).toEqual([{ line: 2, column: 7 }]);
      expect(() => limit.complexityOf({ schema, document })).toThrow('could not be estimated');
    }
    expect(cost('{ me { name } }', {}, { costs: { 'User.name': () => 1e300 } })).toBe(
      Number.MAX_SAFE_INTEGER,
    );
  });
});

describe('fields are counted as execution runs them', () => {
  test('once for each name of an answer, inline and through fragments', () => {
    expect(cost('{ me { name name } me { name } }')).toBe(2);
    const fragments =
      'fragment A on User { name friends { name } } fragment B on User { name friends { tags } }';
    expect(cost(`{ me { ...A ...B ...A name } } ${fragments}`)).toBe(1 + 1 + 1 + 3 * 2);
    expect(cost('{ a: me { name } b: me { name } }')).toBe(4);
  });

  test('on the dearest type that there can be', () => {
    expect(cost('{ pet { ... on Cat { name lives { at } } ... on Dog { name } } }')).toBe(
      1 + 1 + 1 + 10,
    );
    expect(
      cost('{ animal { name ... on Dog { friends(first: 2) { name } } ... on Cat { name } } }'),
    ).toBe(1 + 1 + 1 + 2);
    expect(cost('{ pet { ... on Animal { name } ... on Cat { name } __typename } }')).toBe(2);
    const costs = { 'Dog.name': 9 };
    expect(cost('{ animal { name } }', {}, { costs })).toBe(10);
    expect(cost('{ pet { ... on Cat { name } } }', {}, { costs })).toBe(2);
    const estimators = [
      ({ type }: { type: { name: string } }) => (type.name === 'Dog' ? 3 : undefined),
    ];
    expect(cost('{ animal { name } }', {}, { estimators })).toBe(4);
  });

  test('on the type whose field gives more exactly what is dearer', () => {
    const exact = buildSchema(`
      interface I { x: I } type A implements I { x: A } type B implements I { x: B many: [B] }
      type C implements I { x: C } type Query { i: I }
    `);
    const document = parse('{ i { x { ... on B { many { __typename x { __typename } } } } } }');
    expect(queryComplexity({ schema: exact, document })).toBe(1 + 1 + 1 + 10);
  });

  test('without those that directives leave out', () => {
    expect(cost('{ hello me @include(if: false) { name } a: hello @skip(if: true) }')).toBe(1);
    const query =
      'query ($x: Boolean = true) { hello me @include(if: $x) { name } a: hello @skip(if: $x) }';
    expect(cost(query)).toBe(4);
    expect(cost(query, { x: false })).toBe(2);
    expect(cost(query, {})).toBe(3);
  });

  test('__typename is free, unless it is asked for by many names', () => {
    expect(cost('{ __typename me { __typename name } }')).toBe(2);
    expect(cost('{ a: __typename b: __typename }')).toBe(2);
  });

  test('questions about the schema cost as many fields as they have', () => {
    expect(cost('{ __type(name: "User") { fields { name type { name } } } }')).toBe(5);
    expect(cost(getIntrospectionQuery())).toBeLessThan(1000);
    const flood = Array.from(
      { length: 300 },
      (_, at) => `a${at}: __schema { types { fields { name } } }`,
    );
    expect(cost(`{ ${flood.join(' ')} }`)).toBe(1200);
  });
});

test('onReject is told, and may fail', () => {
  const onReject = vi.fn();
  complexityLimit({ maxComplexity: 1, onReject }).check({
    schema,
    document: parse('query Q { me { name } }'),
  });
  expect(onReject.mock.calls).toEqual([
    [{ code: 'COMPLEXITY_LIMIT_EXCEEDED', operationName: 'Q', limit: 1, found: 2 }],
  ]);
});

test('options are checked, those that name fields when the schema is known', () => {
  expect(() => complexityLimit({ maxComplexity: 0 })).toThrow(
    'Expected `maxComplexity` to be a whole number',
  );
  expect(() => complexityLimit({ maxCost: 5 } as never)).toThrow('Unknown option `maxCost`');
  expect(() => complexityLimit({ scalarCost: NaN })).toThrow(
    'Expected `scalarCost` to be a number, 0 or more',
  );
  expect(() => complexityLimit({ costs: { me: 1 } })).toThrow(
    'Expected `costs` to be an object by `Type.field`',
  );
  expect(() => complexityLimit({ costs: { 'Query.me': -1 } })).toThrow(
    'Expected `costs["Query.me"]`',
  );
  expect(() => complexityLimit({ estimators: [1] } as never)).toThrow('Expected `estimators`');
  expect(() => complexityLimit({ listArguments: 'first' } as never)).toThrow(
    'Expected `listArguments`',
  );
  expect(() => complexityLimit({ listSizes: { 'Query.few': 0 } })).toThrow(
    'Expected `listSizes["Query.few"]`',
  );
  expect(() => complexityLimit({ listSizes: { 'Query.few': { size: 1 } } } as never)).toThrow(
    'Unknown option `size`',
  );
  const slip = complexityLimit({ costs: { 'Query.mee': 1 } });
  expect(() => slip.check({ schema, document: parse('{ hello }') })).toThrow(
    'There is no `Query.mee`, which `costs` names. Did you mean "me"?',
  );
  const other = complexityLimit({ listSizes: { 'Usr.friends': 1 } });
  expect(() => other.check({ schema, document: parse('{ hello }') })).toThrow(
    'Did you mean "User"?',
  );
});
