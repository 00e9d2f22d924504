/** Documents that are made to keep a limit of cost busy, or to slip past it: the work is bounded, and they are refused. */
import { describe, expect, test } from 'vitest';
import { buildSchema, parse, validate } from 'graphql';
import { complexityLimit, queryComplexity } from './complexity-limit.ts';
import { checkedComplexity } from './complexity-options.ts';
import { CostAnalysis } from './cost-analysis.ts';
import { CostBook } from './cost-book.ts';

const schema = buildSchema(`
  type User { name: String friends(first: Int = 3): [User] }
  type Query { hello: String me: User users(first: Int): [User] }
`);

const cost = (query: string): number =>
  queryComplexity({ schema, document: parse(query), variableValues: {} });

describe('attacks', () => {
  const visitsOf = (query: string): number => {
    const document = parse(query);
    const [operation] = document.definitions;
    const book = new CostBook(schema, checkedComplexity({}, 'test'));
    const analysis = new CostAnalysis(book, document, operation as never, {});
    analysis.cost();
    return analysis.collector.visits;
  };
  const bomb = (count: number): string => {
    const parts = Array.from(
      { length: count },
      (_, at) =>
        `fragment F${at} on User { a: friends { ...F${at + 1} } b: friends { ...F${at + 1} } }`,
    );
    return `{ me { ...F0 } } ${parts.join(' ')} fragment F${count} on User { name }`;
  };

  test('fragments cost work for what they are long, not for what they come to', () => {
    const grown = visitsOf(bomb(42)) - visitsOf(bomb(21));
    expect(visitsOf(bomb(21))).toBeLessThan(10 * 21);
    expect(grown).toBe(visitsOf(bomb(63)) - visitsOf(bomb(42)));
    expect(cost(bomb(3))).toBe(1 + 2 + 6 * (2 + 6 * (2 + 6)));
    const flat = Array.from(
      { length: 21 },
      (_, at) => `fragment F${at} on User { ...F${at + 1} ...F${at + 1} }`,
    );
    expect(cost(`{ me { ...F0 } } ${flat.join(' ')} fragment F21 on User { name }`)).toBe(2);
  });

  test('a fragment that spreads itself is refused', () => {
    const query =
      '{ me { ...A } } fragment A on User { friends { ...B } } fragment B on User { friends { ...A } }';
    expect(cost(query)).toBe(Number.MAX_SAFE_INTEGER);
    const [error] = validate(schema, parse(query), [complexityLimit()]);
    expect(error?.extensions['code']).toBe('COMPLEXITY_LIMIT_EXCEEDED');
    expect(cost('{ me { ...A } } fragment A on User { name ...A }')).toBe(2);
  });

  test('selections that merge in ever new ways are refused after a bounded amount of work', () => {
    const parts = Array.from(
      { length: 30 },
      (_, at) => `fragment F${at} on User {
        l: friends { ...F${at + 1} ...${at % 2 ? 'L' : 'R'}${at} } r: friends { ...F${at + 1} ...M${at} }
      }
      fragment L${at} on User { l: friends { ...L${at} } r: friends { ...L${at} name } }
      fragment R${at} on User { l: friends { ...R${at} } r: friends { ...R${at} name } }
      fragment M${at} on User { l: friends { ...M${at} } r: friends { ...M${at} name } }`,
    );
    const query = `{ me { ...F0 } } ${parts.join(' ')} fragment F30 on User { name }`;
    expect(cost(query)).toBe(Number.MAX_SAFE_INTEGER);
    // What was chosen at each level is carried on to the end, so there are 2^14 ways to merge.
    const levels = Array.from({ length: 14 }, (_, at) => at);
    const carried = (way: string, from: number): string =>
      levels
        .slice(from + 1)
        .map((at) => {
          const next = at === 13 ? 'name' : `...${way}${from}_${at + 1}`;
          return `fragment ${way}${from}_${at} on User { l: friends { ${next} } r: friends { ${next} } }`;
        })
        .join(' ');
    const choices = levels.map((at) => {
      const next = (way: string): string =>
        at === 13 ? 'name' : `...F${at + 1} ...${way}${at}_${at + 1}`;
      return `fragment F${at} on User { l: friends { ${next('L')} } r: friends { ${next('R')} } } ${carried('L', at)} ${carried('R', at)}`;
    });
    const entangled = `{ me { ...F0 } } ${choices.join(' ')}`;
    expect(validate(schema, parse(entangled))).toEqual([]);
    expect(cost(entangled)).toBe(Number.MAX_SAFE_INTEGER);
    expect(visitsOf(entangled)).toBeLessThan(60_000);
  });

  test('10,000 aliases are counted, deep nesting is refused, chains of fragments do not break the stack', () => {
    const aliases = Array.from({ length: 10_000 }, (_, at) => `a${at}: hello`);
    expect(cost(`{ ${aliases.join(' ')} }`)).toBe(10_000);
    expect(cost(`{ ${'... { '.repeat(500)}hello${' }'.repeat(500)} }`)).toBe(1);
    const chain = (inner: (next: string) => string): string =>
      `{ me { ...F0 } } ${Array.from({ length: 20_000 }, (_, at) => `fragment F${at} on User { ${inner(`...F${at + 1}`)} }`).join(' ')}`;
    expect(cost(chain((next) => `friends { ${next} }`))).toBe(Number.MAX_SAFE_INTEGER);
    expect(cost(`${chain((next) => next)} fragment F20000 on User { name }`)).toBe(2);
    const directives = '@include(if: true) '.repeat(5000);
    expect(cost(`{ hello ${directives} }`)).toBe(1);
  });

  test('what does not exist is counted as well and breaks nothing', () => {
    expect(cost('{ nothing { at { all } } }')).toBe(3);
    expect(
      cost('{ constructor __proto__ { toString } me { ...Missing ... on Missing { name } } }'),
    ).toBe(5);
    expect(cost('mutation { a { b } }')).toBe(2);
    expect(cost('subscription { a }')).toBe(1);
    expect(cost('{ me hello { name } }')).toBe(2);
    expect(cost('{ users(constructor: 5, __proto__: 3) { name } }')).toBe(11);
    expect(
      queryComplexity({
        schema,
        document: parse('query A { hello } query B { me { name } }'),
        operationName: 'A',
      }),
    ).toBe(1);
    expect(cost('query A { hello } query B { me { name } }')).toBe(2);
  });

  test('interfaces that very many types implement are counted', () => {
    const types = Array.from(
      { length: 500 },
      (_, at) => `type T${at} implements Node { id: ID own${at}: String }`,
    );
    const large = buildSchema(
      `interface Node { id: ID } ${types.join(' ')} type Query { node: Node }`,
    );
    const aliases = Array.from(
      { length: 1000 },
      (_, at) => `a${at}: node { id ... on T${at % 500} { own${at % 500} } }`,
    );
    expect(queryComplexity({ schema: large, document: parse(`{ ${aliases.join(' ')} }`) })).toBe(
      3000,
    );
  });
});
