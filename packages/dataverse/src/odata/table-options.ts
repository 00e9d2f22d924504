/** readTableOptions: the options that a table and an expanded list alike can have: which columns, which records, in which order. */
import type { Filter, Link, Order } from '../query/query.ts';
import { navigationOf } from './navigation.ts';
import { badQuery, badSyntax, noProperty } from './odata-fault.ts';
import { parseFilter } from './parse-filter.ts';
import { splitOutside } from './query-options.ts';
import { columnOf, type Tables } from './table-scope.ts';
import type { ParameterAliases } from './token-cursor.ts';
import { understoodFilter } from './understood-filter.ts';

/** What is asked of a table. */
export interface TableOptions {
  /** The properties that are asked for, as they are written. @default all */
  readonly properties: readonly string[] | undefined;
  readonly filter: Filter | undefined;
  readonly orders: readonly Order[];
  /** What orders by columns of other records need. */
  readonly links: readonly Link[];
  readonly top: number | undefined;
}

/** Where the options stand. */
export interface OptionScope {
  readonly entity: string;
  readonly tables: Tables;
  readonly aliases: ParameterAliases;
}

/** Reads them. */
export function readTableOptions(
  options: ReadonlyMap<string, string>,
  scope: OptionScope,
): TableOptions {
  const { entity, tables, aliases } = scope;
  const filter = options.get('$filter');
  const links: Link[] = [];
  return {
    properties: propertiesOf(options.get('$select'), scope),
    filter:
      filter === undefined
        ? undefined
        : understoodFilter(parseFilter(filter, aliases), entity, tables),
    orders: ordersOf(options.get('$orderby'), scope, links),
    links,
    top: topOf(options.get('$top')),
  };
}

function propertiesOf(
  text: string | undefined,
  { entity, tables }: OptionScope,
): readonly string[] | undefined {
  if (text === undefined) return undefined;
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('*')) return undefined;
  for (const name of names) {
    if (!/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name)) {
      throw badQuery(`Term '${name}' is not valid in a $select or $expand expression.`);
    }
    columnOf(entity, name, tables);
  }
  return [...new Set(names)];
}

function ordersOf(text: string | undefined, scope: OptionScope, links: Link[]): readonly Order[] {
  if (text === undefined) return [];
  return splitOutside(text, ',').map((part) => {
    const [, written = '', direction = 'asc'] = /^(\S+)(?:\s+(asc|desc))?$/.exec(part) ?? [];
    if (written === '') throw badSyntax('Syntax error', Math.max(0, text.indexOf(part)), text);
    const path = written.startsWith('@') ? (scope.aliases.get(written) ?? '') : written;
    const descending = direction === 'desc';
    const names = path.split('/');
    const last = names.pop() as string;
    if (names.length === 0)
      return { column: columnOf(scope.entity, last, scope.tables), descending };
    return { ...linkedColumn(names, last, { scope, links }), descending };
  });
}

/** A column of a record that is reached by lookups: its links are made on the way. */
function linkedColumn(
  names: readonly string[],
  property: string,
  { scope, links }: { readonly scope: OptionScope; readonly links: Link[] },
): { readonly alias: string; readonly column: string } {
  const { tables } = scope;
  let { entity } = scope;
  let standing = links;
  let alias = '';
  for (const name of names) {
    const navigation = navigationOf(entity, name, tables);
    if (!navigation) throw noProperty(name, entity);
    if (navigation.kind !== 'lookup')
      throw badQuery(`'${name}' leads to a list, which has no order.`);
    alias = `${alias}${alias && '_'}${name}`;
    entity = navigation.target;
    const known = standing.find((link) => link.alias === alias);
    const inner: Link[] = (known?.links as Link[] | undefined) ?? [];
    if (!known) {
      standing.push({
        entity,
        alias,
        from: tables.metadata.primaryIdOf(entity),
        to: navigation.column,
        type: 'outer',
        selection: { all: false, columns: [] },
        filter: undefined,
        links: inner,
        orders: [],
      });
    }
    standing = inner;
  }
  return { alias, column: columnOf(entity, property, tables) };
}

function topOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text.trim())) return Number(text);
  throw badQuery(
    `Invalid value '${text}' for $top query option found. The $top query option requires a non-negative integer value.`,
  );
}
