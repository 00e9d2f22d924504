/** What depthLimit lets through and refuses, and that its work is linear. */
import { describe, expect, test, vi } from 'vitest';
import { buildSchema, getIntrospectionQuery, Kind, parse, specifiedRules, validate } from 'graphql';
import { DepthAnalysis } from './depth-analysis.ts';
import { depthLimit, type DepthLimitOptions, queryDepth } from './depth-limit.ts';

const schema = buildSchema(`
  interface Node { id: ID! }
  type User implements Node { id: ID! name: String friend: User posts: [Post] node: Node }
  type Post implements Node { id: ID! author: User }
  type Query { me: User node: Node hello: String }
`);

const nested = (depth: number): string =>
  depth === 1 ? 'hello' : `me { ${'friend { '.repeat(depth - 2)}name${' }'.repeat(depth - 1)}`;

function errorsOf(query: string, options?: DepthLimitOptions) {
  return validate(schema, parse(query), [...specifiedRules, depthLimit(options)]);
}

function visitsOf(query: string): number {
  const document = parse(query);
  const analysis = new DepthAnalysis(document, () => false);
  for (const node of document.definitions) {
    if (node.kind === Kind.OPERATION_DEFINITION) analysis.heightsOf(node);
  }
  return analysis.visits;
}

describe('M-145', () => {
  test('M-145 depth 7 passes and 8 is refused', () => {
    expect(errorsOf(`{ ${nested(7)} }`)).toEqual([]);
    const [error, ...others] = errorsOf(`query Deep { ${nested(8)} }`);
    expect(others).toEqual([]);
    expect(error?.message).toBe('Operation "Deep" goes 8 deep; 7 is allowed.');
    expect(error?.extensions).toEqual({ code: 'DEPTH_LIMIT_EXCEEDED', depth: 8, maxDepth: 7 });
  });

  test('M-145 the limit is that of the option', () => {
    expect(errorsOf(`{ ${nested(3)} }`, { maxDepth: 3 })).toEqual([]);
    expect(errorsOf(`{ ${nested(4)} }`, { maxDepth: 3 })).toHaveLength(1);
  });

  test('M-145 fragments count as what stands in them', () => {
    const fragments = `fragment A on User { friend { ...B } } fragment B on User { friend { friend { name } } }`;
    expect(queryDepth(parse(`{ me { ...A } } ${fragments}`))).toBe(5);
    expect(
      queryDepth(parse(`{ me { ... on User { friend { friend { friend { name } } } } } }`)),
    ).toBe(5);
    expect(errorsOf(`{ me { friend { friend { ...A } } } } ${fragments}`)).toEqual([]);
    expect(errorsOf(`{ me { friend { friend { friend { ...A } } } } } ${fragments}`)).toHaveLength(
      1,
    );
  });

  test('M-145 a fragment that spreads itself is refused, and nothing hangs', () => {
    for (const query of [
      '{ me { ...A } } fragment A on User { friend { ...A } }',
      '{ me { ...A } } fragment A on User { ...A }',
      '{ me { ...A } } fragment A on User { friend { ...B } } fragment B on User { friend { ...A } }',
      '{ me { ...B ...A } } fragment A on User { friend { ...B } } fragment B on User { ...A }',
    ]) {
      expect(queryDepth(parse(query))).toBe(Infinity);
      const [error] = validate(schema, parse(query), [depthLimit()]);
      expect(error?.message).toBe('The operation goes without an end; 7 is allowed.');
      expect(error?.extensions).toEqual({ code: 'DEPTH_LIMIT_EXCEEDED', maxDepth: 7 });
    }
    const unused = '{ hello } fragment A on User { friend { ...A } }';
    expect(queryDepth(parse(unused))).toBe(1);
  });
});

test('the error points to the first field beyond the limit, also inside a fragment', () => {
  const [inline] = errorsOf(`{\n me {\n friend {\n name } } }`, { maxDepth: 2 });
  expect(inline?.locations).toEqual([{ line: 4, column: 2 }]);
  const [behind] = errorsOf(
    `{ me { id ...A } }\nfragment A on User {\n id ...B }\nfragment B on User {\n friend { name } }`,
    { maxDepth: 2 },
  );
  expect(behind?.locations).toEqual([{ line: 5, column: 11 }]);
});

test('each operation is judged by itself, and a name picks one', () => {
  const query = `query A { ${nested(2)} } query B { ${nested(5)} }`;
  expect([queryDepth(parse(query)), queryDepth(parse(query), 'A')]).toEqual([5, 2]);
  expect(queryDepth(parse(query), 'constructor')).toBe(0);
  const errors = errorsOf(query, { maxDepth: 4 });
  expect(errors.map(({ message }) => message)).toEqual([
    'Operation "B" goes 5 deep; 4 is allowed.',
  ]);
});

test('the schema has a limit of its own; __typename does not count', () => {
  expect(errorsOf(getIntrospectionQuery())).toEqual([]);
  expect(queryDepth(parse(getIntrospectionQuery()))).toBe(0);
  const types = `{ __schema { types { ofType { ofType { ofType { name } } } } } }`;
  const [error] = errorsOf(types, { maxIntrospectionDepth: 5 });
  expect(error?.message).toBe('The operation goes 6 deep into the schema; 5 is allowed.');
  const spread = `{ __type(name: "User") { ...T } } fragment T on __Type { ofType { ofType { name } } }`;
  expect(errorsOf(spread, { maxIntrospectionDepth: 4 })).toEqual([]);
  expect(errorsOf(spread, { maxIntrospectionDepth: 3 })).toHaveLength(1);
  const root = `{ ...R } fragment R on Query { __schema { types { name } } }`;
  expect(errorsOf(root, { maxDepth: 1, maxIntrospectionDepth: 3 })).toEqual([]);
  expect(errorsOf(root, { maxDepth: 1, maxIntrospectionDepth: 2 })).toHaveLength(1);
  expect(queryDepth(parse('{ me { __typename friend { __typename } } }'))).toBe(2);
});

test('what a directive leaves out for certain does not count; what depends on a variable does', () => {
  const deep = 'friend { friend { name } }';
  expect(queryDepth(parse(`{ me { name ... @include(if: false) { ${deep} } } }`))).toBe(2);
  expect(
    queryDepth(parse(`{ me { name ...A @skip(if: true) } } fragment A on User { ${deep} }`)),
  ).toBe(2);
  expect(
    queryDepth(parse(`query ($x: Boolean!) { me { name ... @include(if: $x) { ${deep} } } }`)),
  ).toBe(4);
  expect(
    queryDepth(parse(`{ me { name ... @include(if: true) @skip(if: false) { ${deep} } } }`)),
  ).toBe(4);
});

test('ignored fields do not count, nor what lies in them', () => {
  const query = parse('{ a: me { friend { name } } node { id } }');
  expect(queryDepth(query, undefined, ['me'])).toBe(2);
  expect(queryDepth(query, undefined, [/^fri/g])).toBe(2);
  expect(queryDepth(query, undefined, ['a'])).toBe(3);
  expect(queryDepth(parse('{ me { constructor } }'), undefined, [])).toBe(2);
});

test('fragments cost what they are long, not what they come to', () => {
  const bomb = (count: number): string => {
    const parts = Array.from(
      { length: count },
      (_, at) =>
        `fragment F${at} on User { a: friend { ...F${at + 1} } b: friend { ...F${at + 1} } }`,
    );
    return `{ me { ...F0 } } ${parts.join(' ')} fragment F${count} on User { name }`;
  };
  expect(queryDepth(parse(bomb(21)))).toBe(23);
  expect(visitsOf(bomb(21))).toBe(3 + 4 * 21);
  expect(visitsOf(bomb(42)) - visitsOf(bomb(21))).toBe(4 * 21);
});

test('chains of tens of thousands of fragments, deep inline fragments and many aliases are counted', () => {
  const count = 20_000;
  const chain = Array.from(
    { length: count },
    (_, at) => `fragment F${at} on User { friend { ...F${at + 1} } }`,
  );
  expect(queryDepth(parse(`{ me { ...F0 } } ${chain.join(' ')}`))).toBe(count + 1);
  const inline = `${'... { '.repeat(500)}hello${' }'.repeat(500)}`;
  expect(queryDepth(parse(`{ ${inline} }`))).toBe(1);
  const aliases = Array.from({ length: 10_000 }, (_, at) => `a${at}: hello`);
  expect(queryDepth(parse(`{ ${aliases.join(' ')} }`))).toBe(1);
  expect(queryDepth(parse('{ nothing { ...Missing } }'))).toBe(1);
});

test('onReject is told, and may fail', () => {
  const told = vi.fn();
  errorsOf(`query Deep { ${nested(8)} }`, { onReject: told });
  expect(told.mock.calls).toEqual([
    [{ code: 'DEPTH_LIMIT_EXCEEDED', operationName: 'Deep', limit: 7, found: 8 }],
  ]);
  const report = vi.spyOn(console, 'error').mockImplementation(() => {});
  const onReject = (): never => {
    throw new Error('no');
  };
  expect(errorsOf(`{ ${nested(8)} }`, { onReject })).toHaveLength(1);
  expect(report).toHaveBeenCalledOnce();
  report.mockRestore();
});

test('options are checked', () => {
  expect(() => depthLimit({ maxDepth: 0 })).toThrow(
    'Expected `maxDepth` to be a whole number, 1 or more, got `0` (number).',
  );
  expect(() => depthLimit({ maxDepths: 3 } as never)).toThrow('Did you mean "maxDepth"?');
  expect(() => depthLimit({ ignore: 'me' } as never)).toThrow('Expected `ignore` to be a list');
  expect(() => depthLimit({ ignore: [() => true] } as never)).toThrow('Expected `ignore`');
  expect(() => depthLimit({ onReject: 1 } as never)).toThrow('Expected `onReject`');
});
