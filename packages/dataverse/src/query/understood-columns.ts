/** selectionOf, orderOf: the columns and orders of a QueryExpression as those of a query, aggregates among them. */
import { DataverseFault } from '../faults/dataverse-fault.ts';
import { ColumnSet, type XrmAttributeExpression } from '../requests/column-set.ts';
import { AGGREGATE_FAULTS } from '../aggregates/aggregate-faults.ts';
import { checkAlias } from './link-aliases.ts';
import type { GroupOrder, Order, SelectedColumn, Selection } from './query.ts';
import { type LinkEntity, OrderExpression, type QueryExpression } from './query-expression.ts';
import { AGGREGATE_TYPES, DATE_TIME_GROUPINGS } from './sdk-names.ts';

const fault = (text: string): DataverseFault => new DataverseFault('InvalidArgument', text);

/** Whether a query, or one of its links, aggregates a column or makes groups. */
export function isAggregate({ columnSet, linkEntities }: QueryExpression): boolean {
  return aggregates(columnSet) || linkEntities.some(linkAggregates);
}

const linkAggregates = ({ columns, linkEntities }: LinkEntity): boolean =>
  aggregates(columns) || linkEntities.some(linkAggregates);

const aggregates = (columns: ColumnSet): boolean =>
  columns instanceof ColumnSet &&
  columns.attributeExpressions.some((one) => one.hasGroupBy || one.aggregateType !== 'None');

/** @throws DataverseFault for what is no set of columns, or aggregates some of them and others not */
export function selectionOf(columnSet: ColumnSet, isAggregating: boolean): Selection {
  if (!(columnSet instanceof ColumnSet)) throw fault("Required field 'ColumnSet' is missing");
  const { allColumns, columns, attributeExpressions } = columnSet;
  if (isAggregating && allColumns) throw fault(AGGREGATE_FAULTS.allColumns);
  if (isAggregating && columns.length) throw fault(AGGREGATE_FAULTS.unused);
  return {
    all: allColumns,
    columns: [
      ...columns.map((column) => ({ column: nameOf(column) })),
      ...attributeExpressions.map((one) => columnOf(one, isAggregating)),
    ],
  };
}

function columnOf(expression: XrmAttributeExpression, isAggregating: boolean): SelectedColumn {
  const { attributeName, alias, aggregateType, hasGroupBy, dateTimeGrouping } = expression;
  const column = nameOf(attributeName);
  const named = { column, ...(alias !== undefined && { alias: checkAlias(alias) }) };
  if (!isAggregating) {
    const counts = expression.rowAggregate === 'CountChildren';
    return { ...named, ...(counts && { countsChildren: true }) };
  }
  if (alias === undefined) throw fault(AGGREGATE_FAULTS.noAlias);
  if (hasGroupBy) {
    const dateGrouping = DATE_TIME_GROUPINGS.get(dateTimeGrouping);
    if (dateGrouping) return { ...named, groups: true, dateGrouping };
    if (dateTimeGrouping === 'None') return { ...named, groups: true };
    throw fault(`Unknown dategrouping value '${dateTimeGrouping}'`);
  }
  if (aggregateType === 'None') throw fault(AGGREGATE_FAULTS.unused);
  const aggregate = AGGREGATE_TYPES.get(aggregateType);
  if (aggregate) return { ...named, aggregate };
  throw fault(`Unknown aggregate function '${aggregateType}'`);
}

function nameOf(column: unknown): string {
  if (typeof column === 'string' && column !== '') return column;
  throw fault('A query needs the name of a column.');
}

/** @throws DataverseFault for an order by nothing */
export function orderOf(order: OrderExpression): Order {
  if (!(order instanceof OrderExpression))
    throw fault('A query has something for an order that is none.');
  const { attributeName, orderType, entityName } = order;
  return {
    alias: entityName,
    column: nameOf(attributeName),
    descending: orderType === 'Descending',
  };
}

/** @throws DataverseFault for an order by a column, as groups have none */
export function groupOrderOf({ attributeName, alias, orderType }: OrderExpression): GroupOrder {
  if (alias === undefined) throw fault(AGGREGATE_FAULTS.orderWithoutAlias);
  if (attributeName) throw fault(AGGREGATE_FAULTS.orderByColumn);
  return { of: alias, descending: orderType === 'Descending' };
}
