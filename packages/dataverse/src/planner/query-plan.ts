/** QueryPlan: how a query will be run: from which rows it starts, what it joins when, which parts of the filter it asks where, and what it sorts. */
import { DataverseFault } from '../faults/dataverse-fault.ts';
import {
  compileFilter,
  type FilterScope,
  type FilterTree,
  type GroupNode,
  type Joined,
  type JoinedTest,
  together,
} from '../query/compiled-filter.ts';
import { byIds, inOrder, type OrderKey, orderKeys } from '../query/order-rows.ts';
import { Places } from '../query/places.ts';
import type { ColumnPlace, Filter, Link, LinkTest, Query } from '../query/query.ts';
import type { QueryScope } from '../query/query-scope.ts';
import { type Cell, type Key, keyOf } from '../store/cell.ts';
import { ROW_ID } from '../store/index-shelf.ts';
import type { OrderedIndex } from '../store/ordered-index.ts';
import type { Row } from '../store/row.ts';
import type { Table } from '../store/table.ts';
import { type Access, accessFor, type AccessScope, fewer, indexFor } from './access.ts';
import { accessByLinks, type Joining, type JoinStep, rowsByKey, walkOf } from './join-steps.ts';
import { type Related, linkTest } from './link-test.ts';

/** How a plan is made. */
export interface PlanOptions {
  /** How many rows are wanted. @default all */
  readonly most?: number;
  /** Whether all rows are counted all the same. @default false */
  readonly counts?: boolean;
  /** Whether they are wanted in order. @default true */
  readonly sorts?: boolean;
  /** Whether indexes are made that are asked for often. @default true */
  readonly makes?: boolean;
}

/** What a plan comes to. */
export interface PlanResult {
  readonly rows: readonly Joined[];
  /** How many there are in all; `undefined` if nobody asked. */
  readonly count: number | undefined;
}

/** Rows in the order of an index. */
export interface OrderedWalk {
  readonly index: OrderedIndex;
  readonly descending: boolean;
}

/** What part of all rows may fit a part of a filter, where nobody knows. */
const FITTING = 0.1;

/** A plan for the rows as they are now. */
export class QueryPlan {
  readonly query: Query;
  readonly places: Places;
  readonly table: Table;
  /** Parts of the filter that are asked before anything is joined. */
  readonly rootParts: readonly FilterTree[];
  readonly steps: readonly JoinStep[];
  /** By what rows are found; if by nothing, all are gone through. */
  readonly access: Access | undefined;
  readonly keys: readonly OrderKey[];
  /** The index in whose order rows are gone through, if they come in order then. */
  readonly walk: OrderedWalk | undefined;
  readonly most: number;
  readonly counts: boolean;
  readonly sorts: boolean;
  readonly #scope: QueryScope;
  readonly #fits: JoinedTest;

  /** @throws DataverseFault for a query that makes no sense, PullRequestException for what is not here yet */
  constructor(query: Query, scope: QueryScope, options: PlanOptions = {}) {
    const { most = Infinity, counts = false, sorts = true, makes = true } = options;
    this.query = query;
    this.most = most;
    this.counts = counts;
    this.#scope = scope;
    this.sorts = sorts;
    this.places = new Places(query);
    this.table = scope.store.table(query.entity);
    this.steps = query.links.map((link) => this.#step(link, 0));
    this.rootParts = this.#placed(query.filter);
    this.#fits = together('and', this.rootParts);
    for (const { alias, column } of query.orders) this.#checkColumn({ alias, column }, 0);
    this.keys = sorts ? orderKeys(query, { ...scope, places: this.places }) : [];
    const primaryId = scope.metadata.primaryIdOf(query.entity);
    const access: AccessScope = { table: this.table, place: 0, primaryId, makes };
    this.access = fewer(accessFor(this.rootParts, access), accessByLinks(this.steps, access));
    this.walk = this.#walkIn(access);
  }

  /** The rows, in order if that is wanted; and how many there are, if that is. */
  found(): PlanResult {
    if (this.walk) return { rows: this.#walked(this.walk), count: undefined };
    const all: Joined[] = [];
    const isEnough = this.sorts || this.counts ? Infinity : this.most;
    this.each((rows) => all.push(rows.slice()) < isEnough);
    const rows = this.sorts ? inOrder(all, this.keys, this.most) : all;
    return { rows, count: this.counts ? all.length : undefined };
  }

  /** Calls `visit` for joined rows, in any order; what it is given is only good until the next. `false` from it ends that. */
  each(visit: (rows: Joined) => boolean): void {
    const walk = walkOf(this.steps, visit);
    const rows = emptyRows(this.places.size);
    const fits = this.#fits;
    if (!this.access) {
      for (const row of this.table.rows()) {
        rows[0] = row;
        if (fits(rows) && !walk(rows)) return;
      }
      return;
    }
    for (const id of this.access.ids()) {
      const row = this.table.get(id);
      if (!row) continue;
      rows[0] = row;
      if (fits(rows) && !walk(rows)) return;
    }
  }

  /** Whether a row of the table fits, with all that has to be joined. */
  hasRow(): (row: Row) => boolean {
    const walk = walkOf(this.steps, () => false);
    const rows = emptyRows(this.places.size);
    return (row) => {
      rows[0] = row;
      const isFound = this.#fits(rows) && !walk(rows);
      rows.fill(undefined);
      return isFound;
    };
  }

  #walked({ index, descending }: OrderedWalk): readonly Joined[] {
    const all: Joined[] = [];
    let ofRow: Joined[] = [];
    const walk = walkOf(this.steps, (rows) => {
      ofRow.push(rows.slice());
      return true;
    });
    const rows = emptyRows(this.places.size);
    for (const id of descending ? index.downwards() : index.upwards()) {
      rows[0] = this.table.get(id);
      if (!this.#fits(rows)) continue;
      ofRow = [];
      walk(rows);
      for (const joined of ofRow.length > 1 ? ofRow.sort(byIds) : ofRow) all.push(joined);
      if (all.length >= this.most) break;
    }
    return all.length > this.most ? all.slice(0, this.most) : all;
  }

  /** Going through an index in its order pays where the first few are wanted of many. */
  #walkIn(scope: AccessScope): OrderedWalk | undefined {
    const [key, second] = this.keys;
    const { most } = this;
    if (!this.sorts || this.counts || !Number.isFinite(most) || second) return undefined;
    if (key && (key.at !== 0 || !key.isPlain)) return undefined;
    const { size } = this.table;
    const found = this.access?.rows ?? size;
    const share = Math.min(1, found / (size || 1)) * FITTING ** this.#unknownParts();
    if (Math.min(size, (2 * most) / share) >= found) return undefined;
    const on = !key || key.column === scope.primaryId ? ROW_ID : key.column;
    if (on === ROW_ID && key?.descending && key.column !== scope.primaryId) return undefined;
    const index = indexFor('ordered', on, scope);
    return index && { index, descending: key?.descending ?? false };
  }

  #unknownParts(): number {
    const known = this.access ? 1 : 0;
    return Math.max(0, this.rootParts.length - known);
  }

  /** The parts of the outer filter; those that look at linked rows go to the steps that have joined these. */
  #placed(filter: Filter | undefined): readonly FilterTree[] {
    if (!filter) return [];
    const tree = compileFilter(filter, this.#filterScope(0));
    const parts: readonly FilterTree[] = tree.kind === 'and' ? flattened(tree) : [tree];
    if (tree.lastPlace === 0) return parts;
    const own: FilterTree[] = [];
    for (const part of parts) {
      if (part.lastPlace === 0) own.push(part);
      else this.#stepWith(part.lastPlace).after.push(part);
    }
    return own;
  }

  /** The step of the table itself in which a place is joined. */
  #stepWith(place: number): JoinStep {
    return this.steps.find(({ lastAt }) => place <= lastAt) as JoinStep;
  }

  #step(link: Link, parent: number): JoinStep {
    const { store, metadata } = this.#scope;
    const at = this.places.of(link);
    const steps = link.links.map((inner) => this.#step(inner, at));
    metadata.checkEntity(link.entity);
    this.#checkColumn({ column: link.from }, at);
    this.#checkColumn({ column: link.to }, parent);
    for (const { alias, column } of link.orders) this.#checkColumn({ alias, column }, at);
    return {
      link,
      table: store.table(link.entity),
      primaryId: metadata.primaryIdOf(link.entity),
      at,
      parent,
      lastAt: steps.at(-1)?.lastAt ?? at,
      filter: link.filter && compileFilter(link.filter, this.#filterScope(at)),
      steps,
      after: [],
    };
  }

  #filterScope(at: number): FilterScope {
    const { rules, environment } = this.#scope;
    return {
      rules,
      environment,
      placeOf: (alias) => (alias === undefined ? at : this.places.named(alias).at),
      entityAt: (place) => this.places.entityAt(place),
      linkTest: (test) => linkTest(test, at, this.#related(test)),
      checkColumn: (place) => this.#checkColumn(place, at),
    };
  }

  #checkColumn({ alias, column }: ColumnPlace, at: number): void {
    const { metadata } = this.#scope;
    const name = alias === undefined ? this.places.entityAt(at) : this.places.named(alias).entity;
    const entity = metadata.checkEntity(name);
    if (!entity || Object.hasOwn(entity.attributes, column)) return;
    if (column === metadata.primaryIdOf(name)) return;
    throw new DataverseFault(
      'QueryBuilderNoAttribute',
      `'${entity.schemaName ?? name}' entity doesn't contain attribute with Name = '${column}' and NameMapping = 'Logical'.`,
    );
  }

  #related({ link }: LinkTest): Related {
    const { entity, from, filter, links } = link;
    const plan = new QueryPlan({ ...ALL_OF, entity, filter, links }, this.#scope, { sorts: false });
    const primaryId = this.#scope.metadata.primaryIdOf(entity);
    return {
      about: plan.access?.rows,
      size: plan.table.size,
      rowsOf: whenAsked(() => rowsByKey(plan.table, from, primaryId)),
      fits: whenAsked(() => plan.hasRow()),
      keys: () => keysIn(plan, from),
    };
  }
}

/** A function that is made when it is first called. */
function whenAsked<In, Out>(make: () => (given: In) => Out): (given: In) => Out {
  let made: ((given: In) => Out) | undefined;
  return (given) => (made ??= make())(given);
}

function emptyRows(size: number): Joining {
  return size === 1 ? [undefined] : Array.from({ length: size });
}

const ALL_OF: Omit<Query, 'entity' | 'filter' | 'links'> = {
  selection: { all: false, columns: [] },
  orders: [],
  distinct: false,
  top: undefined,
  page: undefined,
  counts: false,
};

function keysIn(plan: QueryPlan, column: string): ReadonlySet<Key> {
  const keys = new Set<Key>();
  plan.each(([row]) => {
    const cell: Cell | undefined = row?.cells[column];
    const key = cell === undefined ? undefined : keyOf(cell);
    if (key !== undefined) keys.add(key);
    return true;
  });
  return keys;
}

/** The parts of a filter, and those of filters within it that ask for all of theirs as well. */
function flattened({ parts }: GroupNode): readonly FilterTree[] {
  if (!parts.some(({ kind }) => kind === 'and')) return parts;
  return parts.flatMap((part) => (part.kind === 'and' ? flattened(part) : [part]));
}
