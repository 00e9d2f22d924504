/** runQuery: finds the rows that a query asks for, joined with those of its links, in their order and page by page. */
import { DataverseFault } from '../faults/dataverse-fault.ts';
import type { MetadataBook } from '../metadata/metadata-book.ts';
import { type Cell, keyOf } from '../store/cell.ts';
import type { Row } from '../store/row.ts';
import type { Store } from '../store/store.ts';
import { queryCell } from './query-cell.ts';
import { compareScalars, scalarOf } from './compare-cells.ts';
import {
  compileFilter,
  type FilterScope,
  type Joined,
  type JoinedTest,
} from './compiled-filter.ts';
import type { ConditionRules } from './condition-rules.ts';
import { Places } from './places.ts';
import type { ColumnPlace, Condition, Link, LinkTest, Order, Query } from './query.ts';

/** What queries run on. */
export interface QueryScope {
  readonly store: Store;
  readonly metadata: MetadataBook;
  readonly rules: ConditionRules;
}

/** What was found. */
export interface Found {
  readonly places: Places;
  readonly rows: readonly Joined[];
  readonly moreRecords: boolean;
  /** On all pages; -1 if nobody asked. */
  readonly total: number;
}

/** How many of all that there are can be counted. */
const MOST_COUNTED = 5000;

/** @throws DataverseFault for a query that makes no sense, PullRequestException for what is not here yet */
export function runQuery(query: Query, scope: QueryScope): Found {
  return new Run(query, scope).found();
}

/** A link with its filter compiled, and what follows from it. */
interface Step {
  readonly link: Link;
  readonly at: number;
  readonly parent: number;
  readonly fits: JoinedTest;
  readonly steps: readonly Step[];
}

class Run {
  readonly #query: Query;
  readonly #scope: QueryScope;
  readonly #places: Places;

  constructor(query: Query, scope: QueryScope) {
    this.#query = query;
    this.#scope = scope;
    this.#places = new Places(query);
  }

  found(): Found {
    const { entity, filter, links, orders, counts } = this.#query;
    const steps = links.map((link) => this.#step(link, 0));
    const fits = filter ? compileFilter(filter, this.#filterScope(0)) : () => true;
    const all: Joined[] = [];
    for (const row of this.#scope.store.table(entity).rows()) {
      const rows: (Row | undefined)[] = Array.from({ length: this.#places.size });
      rows[0] = row;
      this.#extend(rows, steps, () => {
        if (fits(rows)) all.push(rows.slice());
        return true;
      });
    }
    const sorted = this.#sorted(all, [...orders, ...links.flatMap(ordersOf)]);
    const [rows, moreRecords] = this.#page(sorted);
    const total = counts ? Math.min(all.length, MOST_COUNTED) : -1;
    return { places: this.#places, rows, moreRecords, total };
  }

  #step(link: Link, parent: number): Step {
    const at = this.#places.of(link);
    const fits = link.filter ? compileFilter(link.filter, this.#filterScope(at)) : () => true;
    return { link, at, parent, fits, steps: link.links.map((inner) => this.#step(inner, at)) };
  }

  /** Calls `done` for each way in which the steps can be taken; `false` from it ends that. Tells whether it went on to the end. */
  #extend(rows: (Row | undefined)[], steps: readonly Step[], done: () => boolean): boolean {
    const [step, ...rest] = steps;
    if (!step) return done();
    const { link, at, fits, steps: inner } = step;
    const isTest = link.type === 'exists' || link.type === 'in';
    let hasAny = false;
    let goesOn = true;
    for (const row of this.#linked(rows, step)) {
      rows[at] = row;
      if (!fits(rows)) continue;
      goesOn = this.#extend(rows, inner, () => {
        hasAny = true;
        return isTest ? false : this.#extend(rows, rest, done);
      });
      if (!goesOn && !isTest) break;
      if (hasAny && (isTest || link.type === 'matchfirstrow')) break;
    }
    clear(rows, step);
    if (isTest) return hasAny ? this.#extend(rows, rest, done) : true;
    return hasAny || link.type !== 'outer' ? goesOn : this.#extend(rows, rest, done);
  }

  #linked(rows: Joined, { link, parent }: Step): Row[] {
    const cell = rows[parent]?.cells[link.to];
    if (cell === undefined) return [];
    const table = this.#scope.store.table(link.entity);
    const ids = table.index(link.from).find(keyOf(cell)) ?? [];
    return Array.from(ids, (id) => table.get(id) as Row);
  }

  #filterScope(at: number): FilterScope {
    return {
      rules: this.#scope.rules,
      placeOf: (alias) => (alias === undefined ? at : this.#places.named(alias).at),
      cellsOf: (condition) => this.#cellsOf(condition, at),
      linkTest: (test) => this.#linkTest(test, at),
      checkColumn: (place) => this.#checkColumn(place, at),
    };
  }

  #entityOf({ alias }: ColumnPlace, at: number): string {
    return alias === undefined ? this.#places.entityAt(at) : this.#places.named(alias).entity;
  }

  #checkColumn(place: ColumnPlace, at: number): void {
    const { metadata } = this.#scope;
    const name = this.#entityOf(place, at);
    const entity = metadata.checkEntity(name);
    if (!entity || Object.hasOwn(entity.attributes, place.column)) return;
    if (place.column === metadata.primaryIdOf(name)) return;
    throw new DataverseFault(
      'QueryBuilderNoAttribute',
      `'${entity.schemaName ?? name}' entity doesn't contain attribute with Name = '${place.column}' and NameMapping = 'Logical'.`,
    );
  }

  #cellsOf(condition: Condition, at: number): readonly Cell[] {
    const { store, metadata } = this.#scope;
    const name = this.#entityOf(condition, at);
    const described = metadata.attribute(name, condition.column);
    const sample = described ? undefined : sampleOf(store, name, condition.column);
    return condition.values.map((value) => queryCell(value, described, sample));
  }

  #linkTest({ link, test }: LinkTest, at: number): JoinedTest {
    const { store, metadata, rules } = this.#scope;
    const wanted = test === 'all' ? { ...link, filter: undefined, links: [] } : link;
    const related = relatedRows(wanted, { store, metadata, rules });
    const fitting = test === 'all' ? relatedRows(link, { store, metadata, rules }) : related;
    return (rows) => {
      const cell = rows[at]?.cells[link.to];
      const hasFitting = cell !== undefined && fitting(keyOf(cell));
      if (test === 'not any') return !hasFitting;
      if (test === 'all') return cell !== undefined && related(keyOf(cell)) && !hasFitting;
      // Odd as it is, `not all` asks for the same as `any`.
      return hasFitting;
    };
  }

  /** What is empty comes first, and last where the order is turned round; what is the same is in the order of its ids. */
  #sorted(all: Joined[], orders: readonly Order[]): Joined[] {
    for (const order of orders) this.#checkColumn(order, 0);
    const keys = orders.map(({ alias, column, descending }) => {
      const at = alias === undefined ? 0 : this.#places.named(alias).at;
      return { at, column, sign: descending ? -1 : 1 };
    });
    return all.sort((one, other) => {
      for (const { at, column, sign } of keys) {
        const order = compareEmpty(one[at]?.cells[column], other[at]?.cells[column]);
        if (order !== 0) return order * sign;
      }
      return byIds(one, other);
    });
  }

  #page(all: readonly Joined[]): readonly [rows: readonly Joined[], moreRecords: boolean] {
    const { top, page } = this.#query;
    if (top !== undefined) return [all.slice(0, top), false];
    const { number, size } = page ?? { number: 1, size: MOST_COUNTED };
    const from = (number - 1) * size;
    return [all.slice(from, from + size), all.length > from + size];
  }
}

function ordersOf({ alias, orders, links }: Link): Order[] {
  return [
    ...orders.map((order) => ({ ...order, alias: order.alias ?? alias })),
    ...links.flatMap(ordersOf),
  ];
}

function clear(rows: (Row | undefined)[], { at, steps }: Step): void {
  rows[at] = undefined;
  for (const inner of steps) clear(rows, inner);
}

/** Whether there are rows of a link for a key. They are looked for once. */
function relatedRows(link: Link, scope: QueryScope): (key: unknown) => boolean {
  let keys: ReadonlySet<unknown> | undefined;
  return (key) => {
    keys ??= keysOf(link, scope);
    return keys.has(key);
  };
}

function keysOf({ entity, from, filter, links }: Link, scope: QueryScope): ReadonlySet<unknown> {
  const { rows } = runQuery(
    {
      entity,
      filter,
      links,
      selection: { all: false, columns: [] },
      orders: [],
      distinct: false,
      top: Infinity,
      page: undefined,
      counts: false,
    },
    scope,
  );
  const cells = rows.flatMap((joined) => joined[0]?.cells[from] ?? []);
  return new Set(cells.map(keyOf));
}

/** A cell that a column has somewhere, where nobody says what it can have. */
function sampleOf(store: Store, entity: string, column: string): Cell | undefined {
  for (const { cells } of store.table(entity).rows()) {
    if (cells[column] !== undefined) return cells[column];
  }
  return undefined;
}

function compareEmpty(one: Cell | undefined, other: Cell | undefined): number {
  if (one === undefined || other === undefined) {
    return one === other ? 0 : one === undefined ? -1 : 1;
  }
  return compareScalars(scalarOf(one), scalarOf(other));
}

function byIds(one: Joined, other: Joined): number {
  for (let at = 0; at < one.length; at++) {
    const [a = '', b = ''] = [one[at]?.id, other[at]?.id];
    if (a !== b) return a < b ? -1 : 1;
  }
  return 0;
}
