/** understood: what a QueryExpression or a QueryByAttribute asks, as a query. */
import { DataverseFault } from '../faults/dataverse-fault.ts';
import type { ColumnSet } from '../requests/column-set.ts';
import type {
  Condition,
  Filter,
  FilterPart,
  Link,
  LinkTest,
  LinkType,
  Order,
  Page,
  Query,
  Selection,
} from './query.ts';
import {
  type ConditionExpression,
  FilterExpression,
  type JoinOperator,
  type LinkEntity,
  type OrderExpression,
  type PagingInfo,
  type QueryByAttribute,
  QueryExpression,
} from './query-expression.ts';

/** How many records a page has at most. */
export const MOST_ON_PAGE = 5000;

/**
 * The query. Nothing of what was given is changed.
 *
 * @throws DataverseFault for a query that contradicts itself
 */
export function understood(expression: QueryExpression | QueryByAttribute): Query {
  const { entityName, columnSet, orders, pageInfo, topCount } = expression;
  if (typeof entityName !== 'string' || entityName === '') {
    throw new DataverseFault('InvalidArgument', 'A query needs the name of a table.');
  }
  if (topCount !== undefined && pageInfo.pageNumber > 0) {
    throw new DataverseFault(
      'InvalidArgument',
      'A query has either a top count or pages, and this one has both.',
    );
  }
  const isExpression = expression instanceof QueryExpression;
  const names = new Aliases();
  return {
    entity: entityName,
    selection: selectionOf(columnSet),
    filter: isExpression ? filterOf(expression.criteria, names) : attributesOf(expression),
    links: isExpression ? expression.linkEntities.map((link) => linkOf(link, names)) : [],
    orders: orders.map(orderOf),
    distinct: isExpression && expression.distinct,
    top: topCount,
    page: pageOf(pageInfo),
    counts: pageInfo.returnTotalRecordCount,
  };
}

/** The names that links get which have none: that of the table and a number. */
class Aliases {
  #count = 0;

  of({ entityAlias, linkToEntityName }: LinkEntity): string {
    return entityAlias ?? `${linkToEntityName}${++this.#count}`;
  }
}

function selectionOf({ allColumns, columns }: ColumnSet): Selection {
  return { all: allColumns, columns: columns.map((column) => ({ column })) };
}

function filterOf(
  { filterOperator, conditions, filters, anyAllFilterLinkEntities }: FilterExpression,
  names: Aliases,
): Filter | undefined {
  const parts: FilterPart[] = [
    ...conditions.map(conditionOf),
    ...filters.flatMap((filter) => filterOf(filter, names) ?? []),
    ...anyAllFilterLinkEntities.map((link) => linkTestOf(link, names)),
  ];
  return parts.length ? { kind: filterOperator === 'Or' ? 'or' : 'and', parts } : undefined;
}

function conditionOf(condition: ConditionExpression): Condition {
  const { entityName, attributeName, operator, values, compareColumns } = condition;
  const [column] = values;
  return {
    kind: 'condition',
    alias: entityName,
    column: attributeName,
    operator,
    values: compareColumns ? [] : values,
    ...(compareColumns && { otherColumn: columnOf(String(column)) }),
  };
}

/** `alias.column`, or a column of the table itself. */
function columnOf(name: string): { readonly alias?: string; readonly column: string } {
  const dot = name.indexOf('.');
  return dot < 0 ? { column: name } : { alias: name.slice(0, dot), column: name.slice(dot + 1) };
}

function attributesOf({ attributes, values }: QueryByAttribute): Filter | undefined {
  if (attributes.length !== values.length) {
    throw new DataverseFault(
      'InvalidArgument',
      `A query by attributes needs a value for each; it has ${attributes.length} attributes and ${values.length} values.`,
    );
  }
  const filter = new FilterExpression();
  for (const [at, attribute] of attributes.entries()) {
    const value = values[at];
    if (value === null) filter.addCondition(attribute, 'Null');
    else filter.addCondition(attribute, 'Equal', value);
  }
  return filterOf(filter, new Aliases());
}

const LINK_TYPES: Partial<Readonly<Record<JoinOperator, LinkType>>> = {
  Inner: 'inner',
  Natural: 'inner',
  LeftOuter: 'outer',
  Exists: 'exists',
  In: 'in',
  MatchFirstRowUsingCrossApply: 'matchfirstrow',
};

const LINK_TESTS: Partial<Readonly<Record<JoinOperator, LinkTest['test']>>> = {
  Any: 'any',
  NotAny: 'not any',
  All: 'all',
  NotAll: 'not all',
};

function linkOf(link: LinkEntity, names: Aliases): Link {
  const type = LINK_TYPES[link.joinOperator];
  if (type) return linkAs(link, type, names);
  throw new DataverseFault(
    'InvalidArgument',
    `A link with the join operator ${link.joinOperator} stands in a filter.`,
  );
}

function linkTestOf(link: LinkEntity, names: Aliases): LinkTest {
  const test = LINK_TESTS[link.joinOperator];
  if (test) return { kind: 'link', test, link: linkAs(link, 'inner', names) };
  throw new DataverseFault(
    'InvalidArgument',
    `A link in a filter has the join operator Any, NotAny, All or NotAll, not ${link.joinOperator}.`,
  );
}

function linkAs(link: LinkEntity, type: LinkType, names: Aliases): Link {
  const alias = names.of(link);
  return {
    entity: link.linkToEntityName,
    alias,
    from: link.linkToAttributeName,
    to: link.linkFromAttributeName,
    type,
    selection: selectionOf(link.columns),
    filter: filterOf(link.linkCriteria, names),
    links: link.linkEntities.map((inner) => linkOf(inner, names)),
    orders: link.orders.map(orderOf),
  };
}

function orderOf({ attributeName, orderType, entityName }: OrderExpression): Order {
  return { alias: entityName, column: attributeName, descending: orderType === 'Descending' };
}

function pageOf({ pageNumber, count, pagingCookie }: PagingInfo): Page | undefined {
  if (pageNumber <= 0 && count <= 0) return undefined;
  const size = count <= 0 ? MOST_ON_PAGE : Math.min(count, MOST_ON_PAGE);
  return { number: Math.max(1, pageNumber), size, cookie: pagingCookie };
}
