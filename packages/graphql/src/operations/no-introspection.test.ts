/** Who may ask for the schema, and in what disguise it is asked for. */
import { expect, test, vi } from 'vitest';
import { buildSchema, getIntrospectionQuery, parse, specifiedRules, validate } from 'graphql';
import { operationLimits } from '../limits/operation.ts';
import { noIntrospection } from './no-introspection.ts';

const schema = buildSchema('type Query { hello: String me: Query }');
const codesOf = (query: string): unknown[] =>
  validate(schema, parse(query), [...specifiedRules, noIntrospection()]).map(
    ({ extensions }) => extensions['code'],
  );

test('nobody may ask for the schema, wherever and by whatever name', () => {
  for (const query of [
    getIntrospectionQuery(),
    '{ __schema { queryType { name } } }',
    '{ hello: __type(name: "Query") { name } }',
    '{ ...A } fragment A on Query { ...B } fragment B on Query { __schema { queryType { name } } }',
    '{ ... { ... on Query { __type(name: "Query") { name } } } }',
    `{ ${Array.from({ length: 500 }, (_, at) => `a${at}: __type(name: "Query") { name }`).join(' ')} }`,
  ]) {
    expect(codesOf(query)).toEqual(['INTROSPECTION_DISABLED']);
  }
});

test('__typename and fields of like names stay', () => {
  expect(codesOf('{ __typename me { __typename a: __typename hello } }')).toEqual([]);
});

test('those may ask whom the context allows, and only for certain', () => {
  const document = parse('{\n __schema { queryType { name } } }');
  const allow = vi.fn((context: unknown) => (context as { admin: boolean }).admin);
  const limit = noIntrospection({ allow });
  expect(limit.check?.({ schema, document, contextValue: { admin: true } })).toEqual([]);
  const [error] = limit.check?.({ schema, document, contextValue: { admin: false } }) ?? [];
  expect(error?.message).toBe('The schema may not be asked for, and `__schema` asks for it.');
  expect(error?.locations).toEqual([{ line: 2, column: 2 }]);
  // It is not even asked where nobody asks for the schema.
  allow.mockClear();
  expect(limit.check?.({ schema, document: parse('{ hello }') })).toEqual([]);
  expect(allow).not.toHaveBeenCalled();
  expect(limit.check?.({ schema, document })).toHaveLength(1);
  const later = noIntrospection({ allow: (() => Promise.resolve(true)) as never });
  expect(later.check?.({ schema, document })).toHaveLength(1);
});

test('a plain validation rule refuses everybody, a server asks before execution', () => {
  const limit = noIntrospection({ allow: () => true });
  expect(validate(schema, parse('{ __schema { queryType { name } } }'), [limit])).toHaveLength(1);
  const always = noIntrospection();
  const { validationRules, check } = operationLimits(limit, always);
  expect(validationRules).toEqual([always]);
  expect(check({ schema, document: parse('{ __schema { queryType { name } } }') })).toEqual([]);
  expect(() => operationLimits('rule' as never)).toThrow('Expected every limit');
});

test('options are checked', () => {
  expect(() => noIntrospection({ allow: true } as never)).toThrow(
    'Expected `allow` to be a function',
  );
  expect(() => noIntrospection({ alow: () => true } as never)).toThrow('Did you mean "allow"?');
});
