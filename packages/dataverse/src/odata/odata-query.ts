/** readODataQuery: what the options of an address ask of a table, as a query and as what is to come along. */
import type { Page, Query, Selection } from '../query/query.ts';
import { type Expansion, readExpansions } from './expansion.ts';
import { badQuery } from './odata-fault.ts';
import type { QueryOptions } from './query-options.ts';
import { readTableOptions, type TableOptions } from './table-options.ts';
import { columnOf, lookupColumn, type Tables } from './table-scope.ts';

/** A query of the Web API. */
export interface ODataQuery {
  readonly query: Query;
  /** The properties that are asked for, as they are written. @default all */
  readonly properties: readonly string[] | undefined;
  readonly expansions: readonly Expansion[];
}

/** Which page is asked for. */
export interface PageWish {
  /** How many records a page has at most. @default not said */
  readonly maxPageSize?: number | undefined;
}

/** How many records a page has if nobody says. */
const PAGE_SIZE = 5000;

/** @throws DataverseFault for options that cannot be understood */
export function readODataQuery(
  entity: string,
  { options, aliases }: QueryOptions,
  { tables, maxPageSize }: PageWish & { readonly tables: Tables },
): ODataQuery {
  const scope = { entity, tables, aliases };
  const read = readTableOptions(options, scope);
  const expansions = readExpansions(options.get('$expand'), scope);
  // With a page size the service does not mind what $top says.
  const top = maxPageSize === undefined ? read.top : undefined;
  const token = pageOf(options.get('$skiptoken'));
  const page: Page = {
    number: token?.number ?? 1,
    size: Math.min(maxPageSize ?? PAGE_SIZE, PAGE_SIZE),
    ...(token?.cookie !== undefined && { cookie: token.cookie }),
  };
  const query: Query = {
    entity,
    selection: selectionOf(read, expansions, { entity, tables }),
    filter: read.filter,
    links: read.links,
    orders: read.orders,
    distinct: false,
    top,
    page: top === undefined ? page : undefined,
    counts: isTrue(options.get('$count')),
    ordersByValue: true,
  };
  return { query, properties: read.properties, expansions };
}

/** The columns that properties stand for, and those that are needed to find what is to come along. */
export function selectionOf(
  { properties }: Pick<TableOptions, 'properties'>,
  expansions: readonly Expansion[],
  { entity, tables }: { readonly entity: string; readonly tables: Tables },
): Selection {
  if (properties === undefined) return { all: true, columns: [] };
  const { metadata } = tables;
  const columns = new Set(properties.map((property) => columnOf(entity, property, tables)));
  const hasMoney = [...columns].some((name) => metadata.attribute(entity, name)?.type === 'Money');
  // An amount comes with its currency.
  if (hasMoney && metadata.attribute(entity, 'transactioncurrencyid')) {
    columns.add('transactioncurrencyid');
  }
  for (const { navigation } of expansions) {
    if (navigation.kind === 'lookup') columns.add(navigation.column);
  }
  return { all: false, columns: Array.from(columns, (column) => ({ column })) };
}

/** A link to the next page, as the service writes it: a cookie in which another one is escaped twice. */
export function skipTokenOf(number: number, cookie: string | undefined): string {
  const inner = encodeURIComponent(encodeURIComponent(cookie ?? ''));
  return `<cookie pagenumber="${number}" pagingcookie="${inner}" istracking="False" />`;
}

function pageOf(
  text: string | undefined,
): { readonly number: number; readonly cookie: string | undefined } | undefined {
  if (text === undefined) return undefined;
  const [, number] = /\bpagenumber="(\d{1,9})"/.exec(text) ?? [];
  if (number === undefined || Number(number) < 1) throw badQuery('Malformed value of $skiptoken.');
  const [, escaped = ''] = /\bpagingcookie="([^"]*)"/.exec(text) ?? [];
  try {
    const cookie = decodeURIComponent(decodeURIComponent(escaped));
    return { number: Number(number), cookie: cookie === '' ? undefined : cookie };
  } catch (error) {
    throw badQuery(`Malformed value of $skiptoken: ${(error as Error).message}`);
  }
}

function isTrue(text: string | undefined): boolean {
  if (text === undefined || text === 'false') return false;
  if (text === 'true') return true;
  throw badQuery(
    `Invalid value '${text}' for $count query option found. Valid values are 'true' and 'false'.`,
  );
}

/** What the Web API calls the property of a column in which there are references. */
export function lookupProperty(column: string): string {
  return lookupColumn(column) === undefined ? `_${column}_value` : column;
}
