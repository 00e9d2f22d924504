/** Tests of indexes: whatever is written, they find what going through all rows finds. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OptionSetValueCollection } from '../records/option-set-value.ts';
import {
  Bytes,
  type Cell,
  compareScalars,
  InnerRows,
  keyOf,
  type Scalar,
  scalarOf,
} from './cell.ts';
import { HashIndex } from './hash-index.ts';
import { ROW_ID } from './index-shelf.ts';
import { OrderedIndex } from './ordered-index.ts';
import { type Row, rowOf } from './row.ts';
import { Store } from './store.ts';
import { TextColumn } from './text-column.ts';

const cell = fc.option(
  fc.oneof(
    fc.constantFrom('', 'a', 'A', 'b ', 'c'),
    fc.integer({ min: -3, max: 3 }),
    fc.bigInt({ min: -2n, max: 2n }),
    fc.boolean(),
    fc.constantFrom(
      new Bytes(new Uint8Array(2)),
      new InnerRows([]),
      new OptionSetValueCollection([2, 1]),
    ),
  ),
  { nil: undefined },
);
const writes = fc.array(
  fc.record({ id: fc.integer({ min: 0, max: 30 }), cell, isGone: fc.integer({ min: 0, max: 3 }) }),
  { maxLength: 120, size: 'max' },
);
type Write = (typeof writes extends fc.Arbitrary<infer T> ? T : never)[number];

/** Does the writes to rows and to an index, which is made in the middle. */
function written<Index extends { replace(before: Row | undefined, after: Row | undefined): void }>(
  all: readonly Write[],
  make: (rows: Iterable<Row>) => Index,
): readonly [rows: readonly Row[], index: Index] {
  const rows = new Map<string, Row>();
  let index: Index | undefined;
  for (const [at, one] of all.entries()) {
    if (at === all.length >> 1) index = make(rows.values());
    const id = String(one.id).padStart(2, '0');
    const before = rows.get(id);
    const cells: Record<string, Cell> = one.cell === undefined ? {} : { x: one.cell };
    const after = one.isGone === 0 ? undefined : rowOf(id, at, cells);
    if (after) rows.set(id, after);
    else rows.delete(id);
    index?.replace(before, after);
  }
  return [[...rows.values()], index ?? make(rows.values())];
}

const ids = (rows: readonly Row[]): string[] => rows.map(({ id }) => id);

describe('an index', () => {
  test('of values finds all rows that have one', () => {
    fc.assert(
      fc.property(writes, cell, (all, wanted) => {
        const [rows, index] = written(all, (given) => new HashIndex('x', given));
        const key = wanted === undefined ? undefined : keyOf(wanted);
        const found = rows.filter(
          ({ cells: { x } }) => x !== undefined && key !== undefined && keyOf(x) === key,
        );
        const given = key === undefined ? [] : [...index.idsOf(key)];
        expect(given.toSorted()).toEqual(ids(found).toSorted());
        if (key !== undefined) {
          expect(index.count(key)).toBe(found.length);
          expect([...(index.find(key) ?? [])].toSorted()).toEqual(given.toSorted());
        }
        const keyed = rows.flatMap(({ cells: { x } }) => (x === undefined ? [] : (keyOf(x) ?? [])));
        expect([index.rows, index.size]).toEqual([keyed.length, new Set(keyed).size]);
      }),
      { numRuns: 500 },
    );
  });

  test('of an order has all rows in it, from both ends, and finds stretches', () => {
    const scalar = ({ cells: { x } }: Row): Scalar | undefined =>
      x === undefined ? undefined : scalarOf(x);
    const compare = (one: Row, other: Row): number => {
      const [a, b] = [scalar(one), scalar(other)];
      if (a === undefined || b === undefined)
        return Number(a !== undefined) - Number(b !== undefined);
      return compareScalars(a, b);
    };
    const byId = (one: Row, other: Row): number => (one.id < other.id ? -1 : 1);
    fc.assert(
      fc.property(writes, cell, cell, (all, least, most) => {
        const [rows, index] = written(all, (given) => new OrderedIndex('x', given));
        expect([...index.upwards()]).toEqual(
          ids(rows.toSorted((a, b) => compare(a, b) || byId(a, b))),
        );
        expect([...index.downwards()]).toEqual(
          ids(rows.toSorted((a, b) => compare(b, a) || byId(a, b))),
        );
        const stretch = {
          from: least === undefined ? undefined : scalarOf(least),
          to: most === undefined ? undefined : scalarOf(most),
        };
        const inside = rows.filter((row) => {
          const own = scalar(row);
          if (own === undefined) return false;
          if (stretch.from !== undefined && compareScalars(own, stretch.from) < 0) return false;
          return stretch.to === undefined || compareScalars(own, stretch.to) <= 0;
        });
        expect([...index.within(stretch)].toSorted()).toEqual(ids(inside).toSorted());
        expect(index.count(stretch)).toBe(inside.length);
      }),
      { numRuns: 500 },
    );
  });

  test('of an order stays in it when it has many blocks', () => {
    const index = new OrderedIndex('x', []);
    const numbers = Array.from({ length: 3000 }, (_, at) => (at * 7919) % 3001);
    const row = (x: number): Row => rowOf(String(x), 1, { x });
    for (const x of numbers) index.replace(undefined, row(x));
    for (const x of numbers) if (x % 3) index.replace(row(x), undefined);
    const left = numbers
      .filter((x) => x % 3 === 0)
      .toSorted((a, b) => a - b)
      .map(String);
    expect([...index.upwards()]).toEqual(left);
    expect([...index.downwards()]).toEqual(left.toReversed());
    expect(index.count({ from: 300, to: 2700 })).toBe(
      left.filter((x) => +x >= 300 && +x <= 2700).length,
    );
  });

  test('of texts has each as it is compared', () => {
    fc.assert(
      fc.property(writes, (all) => {
        const [rows, index] = written(all, (given) => new TextColumn('x', given));
        const texts = rows.filter(({ cells: { x } }) => typeof x === 'string');
        expect(index.size).toBe(texts.length);
        for (const wanted of ['a', 'b', 'c']) {
          const found = texts.filter(({ cells: { x } }) => scalarOf(x as string) === wanted);
          expect([...index.fitting((text) => text === wanted)].toSorted()).toEqual(
            ids(found).toSorted(),
          );
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('a shelf of indexes', () => {
  const tableWith = (rows: number, most = 24) => {
    const store = new Store(() => ['lasting'], { minRows: 10, minUses: 2, most });
    for (let at = 0; at < rows; at++) store.put('t', String(at), rowOf(String(at), at, { x: at }));
    return store.table('t').indexes;
  };

  test('has one when it is asked for twice, of a table that is large enough', () => {
    const small = tableWith(9);
    for (let at = 0; at < 3; at++) expect(small.ask('hash', 'x')).toBeUndefined();
    const large = tableWith(10);
    expect(large.ask('ordered', ROW_ID)).toBeUndefined();
    expect(large.find('ordered', ROW_ID)).toBeUndefined();
    expect([...(large.ask('ordered', ROW_ID)?.upwards() ?? [])]).toHaveLength(10);
    expect(large.find('hash', 'lasting')).toBe(large.lasting('lasting'));
    expect(large.join('x')).toBe(large.find('hash', 'x'));
    expect(large.lasting('x')).toBe(large.find('hash', 'x'));
  });

  test('lets go of the one that has not been used for longest, and never of one that stays', () => {
    const shelf = tableWith(10, 2);
    const twice = (column: string): void => {
      shelf.ask('hash', column);
      shelf.ask('hash', column);
    };
    for (const column of ['a', 'b', 'a', 'c', 'lasting']) twice(column);
    expect(['a', 'b', 'c', 'lasting'].map((one) => shelf.find('hash', one) !== undefined)).toEqual([
      true,
      false,
      true,
      true,
    ]);
  });
});
