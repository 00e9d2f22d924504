/** What costBudget counts while an operation runs, and what it then refuses. */
import { describe, expect, test, vi } from 'vitest';
import { buildSchema, execute, type GraphQLSchema, parse, subscribe } from 'graphql';
import { fields } from '../fields.ts';
import { costBudget, type CostBudgetOptions } from './cost-budget.ts';

const plain = buildSchema(`
  scalar Bytes
  type Item { children(count: Int): [Item] name: String }
  type Query { items(count: Int): [Item] later(count: Int): [Item] endless: [Item] bytes: Bytes set: [Item!]! one: Item }
  type Subscription { events: [Item] }
`);

interface Counts {
  readonly count: number;
}
const many = ({ count }: Counts): object[] =>
  Array.from({ length: count }, () => ({ children: ({ count }: Counts) => many({ count }) }));

const root = {
  items: many,
  later: async ({ count }: Counts) => {
    await Promise.resolve();
    return many({ count });
  },
  *endless() {
    for (;;) yield {};
  },
  bytes: () => new Uint8Array([1, 2, 3]),
  set: () => new Set([{}, {}, {}]),
  one: () => ({ name: 'one' }),
};

function guarded(options: CostBudgetOptions): GraphQLSchema {
  return fields().on(['*.*'], costBudget(options), { defaults: true }).apply(plain);
}

const run = async (query: string, schema: GraphQLSchema) =>
  execute({ schema, document: parse(query), rootValue: root });

describe('a budget', () => {
  test('is spent on resolvers and on the items that lists really have', async () => {
    const query = '{ items(count: 3) { name } }';
    const kept = await run(query, guarded({ maxCost: 1 + 3 + 3 }));
    expect(kept.errors).toBeUndefined();
    const over = await run(query, guarded({ maxCost: 1 + 3 + 2 }));
    expect(over.errors?.map(({ path, extensions }) => [path?.join('.'), extensions])).toEqual([
      ['items.2.name', { code: 'COST_BUDGET_EXCEEDED', maxCost: 6 }],
    ]);
    expect(over.data).toEqual({ items: [{ name: null }, { name: null }, { name: null }] });
  });

  test('that is spent stops lists from being given out and resolvers from being called', async () => {
    const called = vi.fn(() => ({}));
    const result = await execute({
      schema: guarded({ maxCost: 100 }),
      document: parse('{ items(count: 1000) { name } one { name } }'),
      rootValue: { ...root, one: called },
    });
    expect(result.data).toEqual({ items: null, one: null });
    expect(called).not.toHaveBeenCalled();
    expect(result.errors?.[0]?.message).toBe('The operation has cost more than 100.');
  });

  test('counts lists that come later, sets, and lists without an end', async () => {
    const schema = guarded({ maxCost: 20 });
    expect((await run('{ later(count: 10) { __typename } }', schema)).errors).toBeUndefined();
    expect((await run('{ later(count: 100) { __typename } }', schema)).data).toEqual({
      later: null,
    });
    expect((await run('{ endless { __typename } }', schema)).data).toEqual({ endless: null });
    expect((await run('{ set { __typename } }', guarded({ maxCost: 4 }))).errors).toBeUndefined();
    expect((await run('{ set { __typename } }', guarded({ maxCost: 3 }))).data).toBeNull();
  });

  test('leaves scalars alone that have items', async () => {
    const { data } = await run('{ bytes }', guarded({ maxCost: 1 }));
    expect(data?.['bytes']).toEqual(new Uint8Array([1, 2, 3]));
  });

  test('belongs to one operation, also when two run at a time with one document and one context', async () => {
    const schema = guarded({ maxCost: 15 });
    const document = parse('{ later(count: 10) { __typename } }');
    const contextValue = {};
    const both = await Promise.all(
      [1, 2].map(async () => execute({ schema, document, contextValue, rootValue: root })),
    );
    expect(both.map(({ errors }) => errors)).toEqual([undefined, undefined]);
  });

  test('is a new one for each event of a subscription', async () => {
    const schema = guarded({ maxCost: 8 });
    const events = async function* () {
      yield { events: many({ count: 5 }) };
      await Promise.resolve();
      yield { events: many({ count: 5 }) };
      yield { events: many({ count: 50 }) };
    };
    const result = await subscribe({
      schema,
      document: parse('subscription { events { __typename } }'),
      rootValue: { events },
    });
    const seen: (number | undefined)[] = [];
    for await (const { errors } of result as AsyncIterable<{ errors?: readonly unknown[] }>) {
      seen.push(errors?.length);
    }
    expect(seen).toEqual([undefined, undefined, 1]);
  });

  test('has prices', async () => {
    const free = guarded({ maxCost: 1, fieldCost: 0, itemCost: 0.5 });
    expect((await run('{ items(count: 2) { name } }', free)).errors).toBeUndefined();
    expect((await run('{ items(count: 3) { name } }', free)).data).toEqual({ items: null });
  });

  test('leaves synchronous fields synchronous', () => {
    const result = execute({
      schema: guarded({}),
      document: parse('{ items(count: 2) { name } }'),
      rootValue: root,
    });
    expect(result).not.toBeInstanceOf(Promise);
  });
});

test('onReject is told once an operation, and may fail', async () => {
  const onReject = vi.fn();
  await run(
    'query Q { items(count: 30) { name } one { name } }',
    guarded({ maxCost: 10, onReject }),
  );
  expect(onReject.mock.calls).toEqual([
    [{ code: 'COST_BUDGET_EXCEEDED', operationName: 'Q', limit: 10, found: 31 }],
  ]);
});

test('options are checked', () => {
  expect(() => costBudget({ maxCosts: 1 } as never)).toThrow('Did you mean "maxCost"?');
  expect(() => costBudget({ maxCost: 0 })).toThrow(
    'Expected `maxCost` to be a whole number, 1 or more',
  );
  expect(() => costBudget({ itemCost: -1 })).toThrow(
    'Expected `itemCost` to be a number, 0 or more',
  );
  expect(() => costBudget({ onReject: true } as never)).toThrow('Expected `onReject`');
});
