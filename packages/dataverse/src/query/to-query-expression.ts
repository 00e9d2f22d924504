/** toQueryExpression: a query as a QueryExpression, as far as the SDK has words for it. */
import { DataverseFault } from '../faults/dataverse-fault.ts';
import { ColumnSet, XrmAttributeExpression } from '../requests/column-set.ts';
import type {
  Filter,
  GroupOrder,
  Link,
  LinkTest,
  Order,
  Query,
  SelectedColumn,
  Selection,
} from './query.ts';
import {
  ConditionExpression,
  FilterExpression,
  type JoinOperator,
  LinkEntity,
  OrderExpression,
  QueryExpression,
} from './query-expression.ts';
import {
  AGGREGATE_TYPES,
  DATE_TIME_GROUPINGS,
  LINK_TESTS,
  LINK_TYPES,
  sdkName,
} from './sdk-names.ts';

/**
 * The expression. What only says how a query is run is left out: `aggregatelimit`, `useraworderby`.
 *
 * @throws DataverseFault for what changes what is found, and has no words in the SDK
 */
export function toQueryExpression(query: Query): QueryExpression {
  const { entity, selection, filter, links, orders, page, aggregation } = query;
  const expression = new QueryExpression(entity, columnSetOf(selection));
  expression.criteria = filterOf(filter, entity);
  expression.linkEntities.push(...links.map((link) => linkOf(link, entity)));
  expression.orders.push(...orders.map(orderOf), ...(aggregation?.orders ?? []).map(groupOrderOf));
  expression.distinct = query.distinct;
  expression.topCount = query.top;
  expression.pageInfo.returnTotalRecordCount = query.counts;
  if (page) {
    expression.pageInfo.pageNumber = page.number;
    expression.pageInfo.count = page.size;
    expression.pageInfo.pagingCookie = page.cookie;
  }
  return expression;
}

function columnSetOf({ all, columns }: Selection): ColumnSet {
  const isPlain = ({ alias, aggregate, groups, countsChildren }: SelectedColumn): boolean =>
    alias === undefined && !aggregate && !groups && !countsChildren;
  const names = columns.filter(isPlain).map(({ column }) => column);
  const expressions = columns.filter((column) => !isPlain(column)).map(attributeExpressionOf);
  return new ColumnSet(all || names, expressions);
}

function attributeExpressionOf(selected: SelectedColumn): XrmAttributeExpression {
  const { column, alias, aggregate, distinct, groups, dateGrouping, inUserTimeZone } = selected;
  if (distinct || inUserTimeZone === false) {
    throw new DataverseFault(
      'InvalidArgument',
      `A QueryExpression has no words for ${distinct ? 'distinct' : 'usertimezone'} of attribute '${column}'`,
    );
  }
  return new XrmAttributeExpression(column, {
    ...(alias !== undefined && { alias }),
    ...(aggregate && { aggregateType: sdkName(AGGREGATE_TYPES, aggregate) }),
    ...(groups && { hasGroupBy: true }),
    ...(dateGrouping && { dateTimeGrouping: sdkName(DATE_TIME_GROUPINGS, dateGrouping) }),
    ...(selected.countsChildren && { rowAggregate: 'CountChildren' as const }),
  });
}

/** `from` is the table around it. */
function filterOf(filter: Filter | undefined, from: string): FilterExpression {
  const expression = new FilterExpression(filter?.kind === 'or' ? 'Or' : 'And');
  for (const part of filter?.parts ?? []) {
    if (part.kind === 'link') expression.anyAllFilterLinkEntities.push(linkTestOf(part, from));
    else if (part.kind !== 'condition') expression.filters.push(filterOf(part, from));
    else {
      const { column, operator, values, alias, otherColumn } = part;
      expression.conditions.push(
        new ConditionExpression(column, operator, otherColumn ? placeText(otherColumn) : values, {
          ...(alias !== undefined && { entityName: alias }),
          compareColumns: otherColumn !== undefined,
        }),
      );
    }
  }
  return expression;
}

const placeText = ({ alias, column }: Pick<Order, 'alias' | 'column'>): string =>
  alias === undefined ? column : `${alias}.${column}`;

function linkOf(link: Link, from: string): LinkEntity {
  return linkAs(link, { from, operator: sdkName(LINK_TYPES, link.type) });
}

function linkTestOf({ link, test }: LinkTest, from: string): LinkEntity {
  return linkAs(link, { from, operator: sdkName(LINK_TESTS, test) });
}

function linkAs(
  link: Link,
  { from, operator }: { readonly from: string; readonly operator: JoinOperator },
): LinkEntity {
  const ends = {
    linkFromEntityName: from,
    linkFromAttributeName: link.to,
    linkToEntityName: link.entity,
    linkToAttributeName: link.from,
  };
  const entity = new LinkEntity(ends, operator, link.alias);
  entity.columns = columnSetOf(link.selection);
  entity.linkCriteria = filterOf(link.filter, link.entity);
  entity.linkEntities.push(...link.links.map((inner) => linkOf(inner, link.entity)));
  entity.orders.push(...link.orders.map(orderOf));
  return entity;
}

function orderOf({ alias, column, descending }: Order): OrderExpression {
  return new OrderExpression(column, descending ? 'Descending' : 'Ascending', alias);
}

function groupOrderOf({ of, descending }: GroupOrder): OrderExpression {
  const order = new OrderExpression('', descending ? 'Descending' : 'Ascending');
  order.alias = of;
  return order;
}
