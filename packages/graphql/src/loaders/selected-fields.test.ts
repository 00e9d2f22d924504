/** selectedFields: what an operation asks for, through fragments, conditions and paths. */
import { execute, type GraphQLResolveInfo, parse } from 'graphql';
import { expect, test } from 'vitest';
import { schemaOf } from '../../test-kit/schema-of.ts';
import { grouped, inOrder } from './in-order.ts';
import { selectedFields } from './selected-fields.ts';

const TEXT = `
  interface Node { id: ID }
  type User implements Node { id: ID name: String friend: User }
  type Page { nodes: [User] total: Int }
  type Query { user: User node: Node page: Page }
`;

/** What the resolver of the first field is asked for. */
function selected(query: string, path?: string, variableValues: Record<string, unknown> = {}) {
  let found: readonly string[] | undefined;
  const look = (_: unknown, __: unknown, ___: unknown, info: GraphQLResolveInfo): null => {
    found = selectedFields(info, path);
    return null;
  };
  const schema = schemaOf(TEXT, { 'Query.user': look, 'Query.node': look, 'Query.page': look });
  const document = parse(query, { noLocation: true });
  void execute({ schema, document, variableValues });
  return found;
}

test.each([
  ['{ user { name id } }', ['id', 'name']],
  ['{ user { a: name b: name __typename friend { id } } }', ['friend', 'name']],
  ['{ user { ...F } } fragment F on User { id ...G } fragment G on User { name }', ['id', 'name']],
  ['{ user { ... { id } ... on User { name } } }', ['id', 'name']],
  ['{ node { id ... on User { name } } }', ['id', 'name']],
  [
    '{ user { id @skip(if: true) name @include(if: true) friend @include(if: false) { id } } }',
    ['name'],
  ],
  ['query ($no: Boolean!) { user { id ... @include(if: $no) { name } } }', ['id']],
  ['{ user { id } user { name } }', ['id', 'name']],
  ['{ user { __typename } }', []],
])('of %s', (query, names) => {
  expect(selected(query, undefined, { no: false })).toEqual(names);
});

test('further in, by a path', () => {
  expect(
    selected('{ page { total nodes { id } ...P } } fragment P on Page { nodes { name } }', 'nodes'),
  ).toEqual(['id', 'name']);
  expect(selected('{ page { total } }', 'nodes')).toEqual([]);
});

test('a circle of fragments, and thousands of them, come to an end', () => {
  expect(
    selected('{ user { ...A } } fragment A on User { id ...B } fragment B on User { name ...A }'),
  ).toEqual(['id', 'name']);
  const many = Array.from(
    { length: 5000 },
    (_, at) => `fragment F${at} on User { ...F${at + 1} ...F${at + 1} }`,
  );
  expect(selected(`{ user { ...F0 } } ${many.join(' ')} fragment F5000 on User { id }`)).toEqual([
    'id',
  ]);
});

test('a fragment that there is not is passed over', () => {
  expect(selected('{ user { id ...None } }')).toEqual(['id']);
});

test('inOrder puts rows where their keys are, and null where there is none', () => {
  const rows = [
    { id: 2, n: 'b' },
    { id: 1, n: 'a' },
    { id: 2, n: 'late' },
  ];
  expect(inOrder([1, 3, 2, 1], rows, ({ id }) => id)).toEqual([rows[1], null, rows[0], rows[1]]);
});

test('grouped gives each key a list of its own', () => {
  const rows = [{ by: 2 }, { by: 1 }, { by: 2 }];
  const groups = grouped([1, 2, 3, 2], rows, ({ by }) => by);
  expect(groups).toEqual([[rows[1]], [rows[0], rows[2]], [], [rows[0], rows[2]]]);
  expect(groups[1]).not.toBe(groups[3]);
});
