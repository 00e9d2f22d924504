/** The names that the SDK has for what a query says, and ours. */
import type { XrmAggregateType, XrmDateTimeGrouping } from '../requests/column-set.ts';
import type { Aggregate, DateGrouping, LinkTest, LinkType } from './query.ts';
import type { JoinOperator } from './query-expression.ts';

/** Kinds of links that are joined. */
export const LINK_TYPES: ReadonlyMap<JoinOperator, LinkType> = new Map([
  ['Inner', 'inner'],
  ['LeftOuter', 'outer'],
  ['Natural', 'inner'],
  ['Exists', 'exists'],
  ['In', 'in'],
  ['MatchFirstRowUsingCrossApply', 'matchfirstrow'],
]);

/** Kinds of links that stand in filters. */
export const LINK_TESTS: ReadonlyMap<JoinOperator, LinkTest['test']> = new Map([
  ['Any', 'any'],
  ['NotAny', 'not any'],
  ['All', 'all'],
  ['NotAll', 'not all'],
]);

/** What is made of the values of a group. */
export const AGGREGATE_TYPES: ReadonlyMap<XrmAggregateType, Aggregate> = new Map([
  ['Count', 'count'],
  ['CountColumn', 'countcolumn'],
  ['Sum', 'sum'],
  ['Avg', 'avg'],
  ['Min', 'min'],
  ['Max', 'max'],
]);

/** Parts of dates. */
export const DATE_TIME_GROUPINGS: ReadonlyMap<XrmDateTimeGrouping, DateGrouping> = new Map([
  ['Day', 'day'],
  ['Week', 'week'],
  ['Month', 'month'],
  ['Quarter', 'quarter'],
  ['Year', 'year'],
  ['FiscalPeriod', 'fiscal-period'],
  ['FiscalYear', 'fiscal-year'],
]);

/** The SDK's name for one of ours: the first that means it. */
export function sdkName<Name extends string, Own extends string>(
  names: ReadonlyMap<Name, Own>,
  own: Own,
): Name {
  for (const [name, meant] of names) if (meant === own) return name;
  throw new TypeError(`The SDK has no name for ${own}.`);
}
