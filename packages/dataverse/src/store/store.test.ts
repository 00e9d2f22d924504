/** Tests of the store: every change can be undone, and going back and forth between snapshots is exact. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Cell, keyOf } from './cell.ts';
import { rowOf } from './row.ts';
import { type Snapshot, Store } from './store.ts';

type State = Readonly<Record<string, string>>;

const stateOf = (store: Store): State =>
  Object.fromEntries(
    [...store.table('t').rows()]
      .map(({ id, cells }) => [id, String(cells['name'])] as const)
      .toSorted(([one], [other]) => (one < other ? -1 : 1)),
  );

/** What an index finds, as all rows would say it. */
function expectIndexed(store: Store): void {
  const table = store.table('t');
  const index = table.index('name');
  for (const { id, cells } of table.rows()) {
    expect(index.find(keyOf(cells['name'] as Cell) ?? '')).toContain(id);
  }
  const values = new Set([...table.rows()].map(({ cells }) => cells['name']));
  expect(index.size).toBe(values.size);
}

const put = (store: Store, id: string, name: string | undefined): void =>
  store.put('t', id, name === undefined ? undefined : rowOf(id, store.nextVersion(), { name }));

const change = fc.record({
  id: fc.constantFrom('a', 'b', 'c', 'd'),
  name: fc.option(fc.constantFrom('x', 'y', 'z'), { nil: undefined }),
});

describe('a transaction', () => {
  test('that is rolled back has never been, and one within it may be alone', () => {
    fc.assert(
      fc.property(
        fc.array(change),
        fc.array(change),
        fc.array(change),
        fc.boolean(),
        (before, outer, inner, keeps) => {
          const store = new Store(() => ['name']);
          for (const { id, name } of before) put(store, id, name);
          const start = stateOf(store);
          const one = store.begin();
          for (const { id, name } of outer) put(store, id, name);
          const middle = stateOf(store);
          const two = store.begin();
          for (const { id, name } of inner) put(store, id, name);
          if (keeps) two.commit();
          else {
            two.rollback();
            expect(stateOf(store)).toEqual(middle);
          }
          one.rollback();
          expect(stateOf(store)).toEqual(start);
          expectIndexed(store);
        },
      ),
    );
  });

  test('is over once', () => {
    const transaction = new Store().begin();
    transaction.commit();
    expect(() => transaction.rollback()).toThrow('The transaction is over.');
  });
});

describe('a snapshot', () => {
  test('can be gone back to from anywhere, and forth again', () => {
    const step = fc.oneof(
      change.map((one) => ({ kind: 'change' as const, one })),
      fc.constant({ kind: 'snapshot' as const }),
      fc.nat({ max: 20 }).map((at) => ({ kind: 'restore' as const, at })),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const store = new Store(() => ['name']);
        const taken: { readonly snapshot: Snapshot; readonly state: State }[] = [];
        for (const one of steps) {
          if (one.kind === 'change') put(store, one.one.id, one.one.name);
          else if (one.kind === 'snapshot') {
            taken.push({ state: stateOf(store), snapshot: store.snapshot() });
          } else if (taken.length) {
            const { snapshot, state } = taken[one.at % taken.length] as (typeof taken)[number];
            store.restore(snapshot);
            expect(stateOf(store)).toEqual(state);
            expectIndexed(store);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  test('is gone back to by its own store only', () => {
    const [store, other] = [new Store(), new Store()];
    const row = { id: 'a', version: 1, cells: {} };
    other.put('account', 'a', row);
    const foreign = other.snapshot();
    other.put('account', 'a', undefined);
    store.put('account', 'a', row);
    for (const wrong of [foreign, undefined, {}]) {
      expect(() => store.restore(wrong as Snapshot)).toThrow('Expected `snapshot` to be one that');
    }
    expect([store, other].map((one) => one.table('account').size)).toEqual([1, 0]);
  });

  test('is not taken in the middle of a transaction', () => {
    const store = new Store();
    const transaction = store.begin();
    expect(() => store.snapshot()).toThrow('A transaction is open.');
    transaction.commit();
    expect(() => store.restore(store.snapshot())).not.toThrow();
  });
});
