/** understood: what a QueryExpression or a QueryByAttribute asks, as a query. */
import { DataverseFault } from '../faults/dataverse-fault.ts';
import { surveyed } from './expression-survey.ts';
import { LinkAliases } from './link-aliases.ts';
import { OPERATORS } from './operator.ts';
import { MOST_ON_PAGE } from '../paging/page-size.ts';
import type { Condition, Filter, FilterPart, Link, LinkTest, Page, Query } from './query.ts';
import {
  type ConditionExpression,
  FilterExpression,
  type LinkEntity,
  PagingInfo,
  type QueryByAttribute,
  QueryExpression,
} from './query-expression.ts';
import { LINK_TESTS, LINK_TYPES } from './sdk-names.ts';
import { groupOrderOf, isAggregate, orderOf, selectionOf } from './understood-columns.ts';

/**
 * The query. Nothing of what was given is changed.
 *
 * @throws DataverseFault for a query that contradicts itself
 */
export function understood(expression: QueryExpression | QueryByAttribute): Query {
  const { entityName, columnSet, orders, pageInfo, topCount } = expression;
  if (!(pageInfo instanceof PagingInfo)) {
    throw new DataverseFault('InvalidArgument', "Required field 'PageInfo' is missing");
  }
  if (topCount !== undefined && pageInfo.pageNumber > 0) {
    throw new DataverseFault(
      'InvalidArgument',
      'A query has either a top count or pages, and this one has both.',
    );
  }
  const isExpression = expression instanceof QueryExpression;
  const scope: Scope = {
    names: new LinkAliases(isExpression ? surveyed(expression) : []),
    aggregates: isExpression && isAggregate(expression),
  };
  const { aggregates } = scope;
  return {
    entity: nameOf(entityName, 'table'),
    selection: selectionOf(columnSet, aggregates),
    filter: isExpression ? filterOf(expression.criteria, scope) : attributesOf(expression, scope),
    links: isExpression ? expression.linkEntities.map((link) => linkOf(link, scope)) : [],
    orders: aggregates ? [] : orders.map(orderOf),
    distinct: isExpression && expression.distinct,
    top: topCount === undefined ? undefined : wholeOf(topCount, 'topCount'),
    page: pageOf(pageInfo),
    counts: pageInfo.returnTotalRecordCount,
    ...(isExpression && expression.ordersByValue && { ordersByValue: true }),
    ...(aggregates && { aggregation: { orders: groupOrders(expression) } }),
  };
}

interface Scope {
  readonly names: LinkAliases;
  readonly aggregates: boolean;
}

function groupOrders(expression: QueryExpression | QueryByAttribute) {
  const links = expression instanceof QueryExpression ? expression.linkEntities : [];
  return [...expression.orders, ...links.flatMap(ordersIn)].map(groupOrderOf);
}

const ordersIn = ({ orders, linkEntities }: LinkEntity): LinkEntity['orders'] => [
  ...orders,
  ...linkEntities.flatMap(ordersIn),
];

function filterOf(
  { filterOperator, conditions, filters, anyAllFilterLinkEntities }: FilterExpression,
  scope: Scope,
): Filter | undefined {
  const parts: FilterPart[] = [
    ...conditions.map(conditionOf),
    ...filters.flatMap((filter) => filterOf(filter, scope) ?? []),
    ...anyAllFilterLinkEntities.map((link) => linkTestOf(link, scope)),
  ];
  return parts.length ? { kind: filterOperator === 'Or' ? 'or' : 'and', parts } : undefined;
}

function conditionOf(condition: ConditionExpression): Condition {
  const { entityName, attributeName, operator, values, compareColumns } = condition;
  if (!Object.hasOwn(OPERATORS, operator)) {
    throw new DataverseFault(
      'InvalidArgument',
      `Operator ${operator} not yet implemented for condition expression`,
    );
  }
  const [column] = values;
  return {
    kind: 'condition',
    alias: entityName,
    column: nameOf(attributeName, 'column'),
    operator,
    values: compareColumns ? [] : values,
    ...(compareColumns && { otherColumn: columnOf(nameOf(column, 'column')) }),
  };
}

/** `alias.column`, or a column of the table itself. */
function columnOf(name: string): { readonly alias?: string; readonly column: string } {
  const dot = name.indexOf('.');
  return dot < 0 ? { column: name } : { alias: name.slice(0, dot), column: name.slice(dot + 1) };
}

function attributesOf({ attributes, values }: QueryByAttribute, scope: Scope): Filter | undefined {
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
  return filterOf(filter, scope);
}

function linkOf(link: LinkEntity, scope: Scope): Link {
  const type = LINK_TYPES.get(link.joinOperator);
  if (type) return linkAs(link, type, scope);
  throw new DataverseFault(
    'InvalidArgument',
    LINK_TESTS.has(link.joinOperator)
      ? `A link with the join operator ${link.joinOperator} stands in a filter.`
      : `The join operator ${link.joinOperator} is currently not supported.`,
  );
}

function linkTestOf(link: LinkEntity, scope: Scope): LinkTest {
  const test = LINK_TESTS.get(link.joinOperator);
  if (test) return { kind: 'link', test, link: linkAs(link, 'inner', scope) };
  throw new DataverseFault(
    'InvalidArgument',
    `A link in a filter has the join operator Any, NotAny, All or NotAll, not ${link.joinOperator}.`,
  );
}

function linkAs(link: LinkEntity, type: Link['type'], scope: Scope): Link {
  const entity = nameOf(link.linkToEntityName, 'table');
  return {
    entity,
    alias: scope.names.of(link.entityAlias, entity),
    from: nameOf(link.linkToAttributeName, 'column'),
    to: nameOf(link.linkFromAttributeName, 'column'),
    type,
    selection: selectionOf(link.columns, scope.aggregates),
    filter: filterOf(link.linkCriteria, scope),
    links: link.linkEntities.map((inner) => linkOf(inner, scope)),
    orders: scope.aggregates ? [] : link.orders.map(orderOf),
  };
}

function nameOf(name: unknown, kind: 'table' | 'column'): string {
  if (typeof name === 'string' && name !== '') return name;
  throw new DataverseFault('InvalidArgument', `A query needs the name of a ${kind}.`);
}

function wholeOf(value: number, name: string): number {
  if (Number.isInteger(value) && value >= 0) return value;
  throw new DataverseFault(
    'InvalidArgument',
    `The ${name} of a query is a whole number, 0 or more.`,
  );
}

function pageOf({ pageNumber, count, pagingCookie }: PagingInfo): Page | undefined {
  // Those who leave a number out mean what is usual; less than nothing has always been taken for that, too.
  const [number, most] = [pageNumber, count].map((one) => wholeOf(Math.max(one, 0), 'pageInfo'));
  if (!number && !most && pagingCookie === undefined) return undefined;
  const size = most ? Math.min(most, MOST_ON_PAGE) : MOST_ON_PAGE;
  return {
    number: Math.max(1, number ?? 1),
    size,
    ...(pagingCookie !== undefined && { cookie: pagingCookie }),
  };
}
