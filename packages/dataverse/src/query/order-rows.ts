/** Order of what is found: by columns, lookups by what their records are called, choices by their labels; and by ids in the end. */
import type { MetadataBook } from '../metadata/metadata-book.ts';
import { EntityReference } from '../records/entity-reference.ts';
import { OptionSetValue, OptionSetValueCollection } from '../records/option-set-value.ts';
import { type Cell, compareScalars, folded, type Scalar, scalarOf } from '../store/cell.ts';
import type { Store } from '../store/store.ts';
import type { Joined } from './compiled-filter.ts';
import type { Places } from './places.ts';
import type { Link, Order, Query } from './query.ts';

/** One of the things by which rows are put in order. */
export interface OrderKey {
  readonly at: number;
  readonly column: string;
  readonly descending: boolean;
  /** What a cell is compared by. */
  readonly scalarOf: (cell: Cell) => Scalar | undefined;
  /** Whether that is what an index of the column has, too. */
  readonly isPlain: boolean;
}

/** What orders are understood with. */
export interface OrderScope {
  readonly store: Store;
  readonly metadata: MetadataBook;
  readonly places: Places;
}

/** All orders of a query: its own, and then those of links, unless they name another table. */
export function ordersOf({ orders, links }: Pick<Query, 'orders' | 'links'>): readonly Order[] {
  return links.length ? [...orders, ...links.flatMap(linkOrders)] : orders;
}

function linkOrders({ alias, orders, links }: Link): Order[] {
  return [
    ...orders.map((order) => ({ ...order, alias: order.alias ?? alias })),
    ...links.flatMap(linkOrders),
  ];
}

/** What each order goes by. */
export function orderKeys(query: Query, scope: OrderScope): OrderKey[] {
  return ordersOf(query).map(({ alias, column, descending }) => {
    const { at, entity } =
      alias === undefined ? { at: 0, entity: query.entity } : scope.places.named(alias);
    const labels = query.ordersByValue ? undefined : labelsOf(scope.metadata, entity, column);
    const isLookup = mayRefer(scope, entity, column);
    const names = isLookup ? namesIn(scope) : undefined;
    return {
      at,
      column,
      descending,
      isPlain: !labels && !isLookup,
      scalarOf: (cell) => {
        if (names && cell instanceof EntityReference) return names(cell);
        return labels ? labelOf(cell, labels) : scalarOf(cell);
      },
    };
  });
}

type Labels = ReadonlyMap<number, string>;

function labelsOf(metadata: MetadataBook, entity: string, column: string): Labels | undefined {
  const attribute = metadata.attribute(entity, column);
  if (!attribute || !('options' in attribute)) return undefined;
  return new Map(attribute.options.map(({ value, label }) => [value, folded(label)]));
}

function labelOf(cell: Cell, labels: Labels): Scalar {
  if (cell instanceof OptionSetValue) return labels.get(cell.value) ?? cell.value;
  if (!(cell instanceof OptionSetValueCollection)) return scalarOf(cell);
  return cell.values.map((value) => labels.get(value) ?? String(value)).join(';');
}

/** Whether a column has references, as far as anybody knows. */
function mayRefer({ store, metadata }: OrderScope, entity: string, column: string): boolean {
  const attribute = metadata.attribute(entity, column);
  if (attribute) return 'targets' in attribute;
  return store.table(entity).sample(column) instanceof EntityReference;
}

/** What a record is called that is referred to: by its own column, or else by the reference; each is looked for once. */
function namesIn({
  store,
  metadata,
}: OrderScope): (reference: EntityReference) => string | undefined {
  const known = new Map<string, string | undefined>();
  return (reference) => {
    const { logicalName, id, name } = reference;
    const key = `${logicalName} ${id}`;
    if (known.has(key)) return known.get(key);
    const column = metadata.primaryNameOf(logicalName) ?? 'name';
    const cell = store.table(logicalName).get(id)?.cells[column];
    const found = typeof cell === 'string' ? cell : name;
    const text = found === undefined ? undefined : folded(found);
    known.set(key, text);
    return text;
  };
}

/** Joined rows with what they are compared by. */
interface Keyed {
  readonly rows: Joined;
  readonly keys: readonly (Scalar | undefined)[];
}

/** The first `most` in order. What is empty comes first, and last where the order is turned round; what is the same is in the order of its ids. */
export function inOrder(all: readonly Joined[], keys: readonly OrderKey[], most: number): Joined[] {
  if (all.length < 2) return all.slice(0, most);
  if (!keys.length) return first(all, byIds, most);
  const keyed = all.map((rows) => ({ rows, keys: keys.map((key) => scalarIn(rows, key)) }));
  const signs = keys.map(({ descending }) => (descending ? -1 : 1));
  const compare = (one: Keyed, other: Keyed): number => {
    for (let at = 0; at < signs.length; at++) {
      const order = compareKeys(one.keys[at], other.keys[at]);
      if (order !== 0) return order * (signs[at] as number);
    }
    return byIds(one.rows, other.rows);
  };
  return first(keyed, compare, most).map(({ rows }) => rows);
}

function scalarIn(rows: Joined, { at, column, scalarOf }: OrderKey): Scalar | undefined {
  const cell = rows[at]?.cells[column];
  return cell === undefined ? undefined : scalarOf(cell);
}

function compareKeys(one: Scalar | undefined, other: Scalar | undefined): number {
  if (one === undefined || other === undefined) {
    return one === other ? 0 : one === undefined ? -1 : 1;
  }
  return compareScalars(one, other);
}

/** By the ids of all rows, that of the table first. */
export function byIds(one: Joined, other: Joined): number {
  for (let at = 0; at < one.length; at++) {
    const [a = '', b = ''] = [one[at]?.id, other[at]?.id];
    if (a !== b) return a < b ? -1 : 1;
  }
  return 0;
}

/** The first `most` in order; where that is few of many, the others are not sorted. */
function first<T>(all: readonly T[], compare: (one: T, other: T) => number, most: number): T[] {
  if (most > all.length / 4) return all.toSorted(compare).slice(0, most);
  // Twice as many as are wanted are kept, and cut to half their number when they are full.
  const kept: T[] = [];
  let worst: T | undefined;
  for (const one of all) {
    if (worst !== undefined && compare(one, worst) >= 0) continue;
    kept.push(one);
    if (kept.length < 2 * most) continue;
    kept.sort(compare).splice(most);
    worst = kept.at(-1);
  }
  return kept.sort(compare).slice(0, most);
}
