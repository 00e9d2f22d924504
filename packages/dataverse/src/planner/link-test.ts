/** linkTest: whether there are linked rows, asked once for all rows or for each of them, whichever is less work. */
import type { Joined, LinkNode } from '../query/compiled-filter.ts';
import type { LinkTest } from '../query/query.ts';
import { type Cell, type Key, keyOf } from '../store/cell.ts';
import type { Row } from '../store/row.ts';

/** The linked rows, as they are planned. */
export interface Related {
  /** About how many rows fit, if they can be found without going through all; and how many there are. */
  readonly about: number | undefined;
  readonly size: number;
  /** The rows that have a value, be it that they do not fit. */
  rowsOf(cell: Cell): readonly Row[];
  /** Whether a row fits. */
  fits(row: Row): boolean;
  /** All values of rows that fit. */
  keys(): ReadonlySet<Key>;
}

/** From which share of all rows on they are asked for one by one. */
const MANY = 0.25;

/** The test for a filter in a place. */
export function linkTest(test: LinkTest, place: number, related: Related): LinkNode {
  const { to } = test.link;
  const isFew = related.about !== undefined && related.about < related.size * MANY;
  const keys = once(() => related.keys());
  const hasFitting = (cell: Cell): boolean => {
    if (!isFew) return related.rowsOf(cell).some((row) => related.fits(row));
    const key = keyOf(cell);
    return key !== undefined && keys().has(key);
  };
  const isPositive = test.test === 'any' || test.test === 'not all';
  return {
    kind: 'link',
    test,
    place,
    lastPlace: place,
    found: isPositive && isFew ? { about: related.about ?? 0, keys } : undefined,
    fits: fitsOf(test, (rows: Joined) => rows[place]?.cells[to], { related, hasFitting }),
  };
}

interface Asked {
  readonly related: Related;
  readonly hasFitting: (cell: Cell) => boolean;
}

function fitsOf(
  { test }: LinkTest,
  cellIn: (rows: Joined) => Cell | undefined,
  { related, hasFitting }: Asked,
): LinkNode['fits'] {
  switch (test) {
    // Odd as it is, `not all` asks for the same as `any`.
    case 'any':
    case 'not all':
      return (rows) => {
        const cell = cellIn(rows);
        return cell !== undefined && hasFitting(cell);
      };
    case 'not any':
      return (rows) => {
        const cell = cellIn(rows);
        return cell === undefined || !hasFitting(cell);
      };
    case 'all':
      return (rows) => {
        const cell = cellIn(rows);
        return cell !== undefined && related.rowsOf(cell).length > 0 && !hasFitting(cell);
      };
  }
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
