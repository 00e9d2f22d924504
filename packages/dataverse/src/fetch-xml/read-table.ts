/** readTable: what stands in an entity or a link-entity: columns, orders, filters and links. */
import { AGGREGATE_FAULTS } from '../aggregates/aggregate-faults.ts';
import { checkAlias, type LinkAliases } from '../query/link-aliases.ts';
import type { Filter, Link, LinkTest, LinkType, Order, Selection } from '../query/query.ts';
import type { DataverseFault } from '../faults/dataverse-fault.ts';
import { type FetchElement, shown } from './fetch-element.ts';
import { readColumn } from './read-column.ts';
import { readFilter } from './read-filter.ts';

/** What the parts of a query share while they are read. */
export interface FetchScope {
  readonly isAggregate: boolean;
  readonly names: LinkAliases;
  /** The orders of a query with aggregates, which may stand anywhere. */
  readonly groupOrders: {
    readonly of: string;
    readonly descending: boolean;
    fault(message: string): DataverseFault;
  }[];
  /** The columns that have an alias of their own. */
  readonly aliases: Map<string, { readonly element: FetchElement; readonly column: string }>;
}

/** What a table and its links ask for. */
export interface TableParts {
  readonly name: string;
  readonly selection: Selection;
  readonly filter: Filter | undefined;
  readonly links: readonly Link[];
  readonly orders: readonly Order[];
}

const LINK_TYPES: ReadonlyMap<string, LinkType> = new Map([
  ['inner', 'inner'],
  ['natural', 'inner'],
  ['outer', 'outer'],
  ['exists', 'exists'],
  ['in', 'in'],
  ['matchfirstrowusingcrossapply', 'matchfirstrow'],
]);

const LINK_TESTS: ReadonlyMap<string, LinkTest['test']> = new Map([
  ['any', 'any'],
  ['not any', 'not any'],
  ['all', 'all'],
  ['not all', 'not all'],
]);

/** All links that stand in an element, be it in its filters. */
export function linksIn(element: FetchElement): FetchElement[] {
  return element.children.flatMap((child) => [
    ...(child.name === 'link-entity' ? [child] : []),
    ...linksIn(child),
  ]);
}

/** @throws DataverseFault for what makes no sense */
export function readTable(element: FetchElement, scope: FetchScope): TableParts {
  const name = element.required('name');
  const selection = selectionOf(element, scope);
  const filters = element
    .all('filter')
    .flatMap((filter) => readFilter(filter, (link) => linkTestOf(link, scope)) ?? []);
  return {
    name,
    selection,
    filter: filters.length > 1 ? { kind: 'and', parts: filters } : filters[0],
    links: element.all('link-entity').map((link) => linkOf(link, scope)),
    orders: element.all('order').flatMap((order) => ordersOf(order, { element, scope })),
  };
}

function selectionOf(element: FetchElement, scope: FetchScope): Selection {
  const [all] = element.all('all-attributes');
  const attributes = element.all('attribute');
  if (all && scope.isAggregate) {
    throw all.fault(AGGREGATE_FAULTS.allColumns);
  }
  const columns = attributes.map((attribute) => readColumn(attribute, scope.isAggregate));
  for (const [at, { column, alias }] of columns.entries()) {
    const attribute = attributes[at] as FetchElement;
    if (alias === undefined) continue;
    if (scope.aliases.has(alias)) {
      throw attribute.fault(`Two attributes have the alias '${alias}'`, 'alias');
    }
    scope.aliases.set(alias, { element, column });
  }
  // Who names no columns of the table itself gets all of them.
  const hasNone = element.name === 'entity' && !attributes.length && !scope.isAggregate;
  const isAll = all !== undefined || (hasNone && !element.all('no-attrs').length);
  return { all: isAll, columns };
}

function ordersOf(
  order: FetchElement,
  { element, scope }: { readonly element: FetchElement; readonly scope: FetchScope },
): Order[] {
  const alias = order.read('alias');
  const descending = order.yesOrNo('descending') ?? false;
  if (scope.isAggregate) {
    if (order.has('attribute')) {
      throw order.fault(AGGREGATE_FAULTS.orderByColumn, 'attribute');
    }
    if (alias === undefined) {
      throw order.fault(AGGREGATE_FAULTS.orderWithoutAlias);
    }
    const fault = (message: string): DataverseFault => order.fault(message, 'alias');
    scope.groupOrders.push({ of: alias, descending, fault });
    return [];
  }
  if (alias === undefined) {
    return [{ alias: order.read('entityname'), column: order.required('attribute'), descending }];
  }
  const meant = scope.aliases.get(alias);
  if (order.has('attribute') || meant?.element !== element) {
    throw order.fault(`No attribute beside it has the alias '${shown(alias)}'`, 'alias');
  }
  return [{ alias: undefined, column: meant.column, descending }];
}

function linkOf(element: FetchElement, scope: FetchScope): Link {
  const written = element.read('link-type') ?? 'inner';
  const type = LINK_TYPES.get(written);
  if (type) return linkAs(element, type, scope);
  throw element.fault(
    LINK_TESTS.has(written)
      ? `A link-entity with the link-type '${written}' stands in a filter`
      : `The link-type '${shown(written)}' is none`,
    'link-type',
  );
}

function linkTestOf(element: FetchElement, scope: FetchScope): LinkTest {
  const written = element.read('link-type') ?? '';
  const test = LINK_TESTS.get(written);
  if (test) return { kind: 'link', test, link: linkAs(element, 'inner', scope) };
  throw element.fault(
    `A link-entity in a filter has the link-type any, not any, all or not all, not '${shown(written)}'`,
    'link-type',
  );
}

function linkAs(element: FetchElement, type: LinkType, scope: FetchScope): Link {
  const from = element.required('from');
  const to = element.required('to');
  const alias = aliasOf(element, scope);
  const { name, selection, filter, links, orders } = readTable(element, scope);
  return { entity: name, alias, from, to, type, selection, filter, links, orders };
}

function aliasOf(element: FetchElement, { names }: FetchScope): string {
  const alias = element.read('alias');
  return element.telling('alias', () =>
    alias === undefined ? names.of(undefined, element.required('name')) : checkAlias(alias),
  );
}
