/** readColumn: a column that is asked for, aggregated, or grouped by. */
import { AGGREGATE_FAULTS } from '../aggregates/aggregate-faults.ts';
import { checkAlias } from '../query/link-aliases.ts';
import {
  AGGREGATES,
  type Aggregate,
  DATE_GROUPINGS,
  type DateGrouping,
  type SelectedColumn,
} from '../query/query.ts';
import { type FetchElement, shown } from './fetch-element.ts';

/** @throws DataverseFault for what makes no sense */
export function readColumn(attribute: FetchElement, isAggregate: boolean): SelectedColumn {
  const alias = attribute.read('alias');
  if (alias !== undefined) attribute.telling('alias', () => checkAlias(alias));
  if (isAggregate) return usedColumn(attribute, alias);
  for (const name of ['aggregate', 'groupby', 'dategrouping']) {
    if (attribute.has(name) && attribute.read(name) !== 'false') {
      throw attribute.fault(
        `Attribute '${name}' needs a fetch node with aggregate='true' around it`,
        name,
      );
    }
  }
  const column = attribute.required('name');
  const named = { column, ...(alias !== undefined && { alias }) };
  const rowAggregate = attribute.read('rowaggregate');
  if (rowAggregate === undefined) return named;
  if (rowAggregate !== 'CountChildren') {
    throw attribute.fault(`Unknown rowaggregate value '${shown(rowAggregate)}'`, 'rowaggregate');
  }
  if (alias === undefined) throw attribute.fault('A rowaggregate needs an alias', 'rowaggregate');
  return { ...named, countsChildren: true };
}

function usedColumn(attribute: FetchElement, alias: string | undefined): SelectedColumn {
  const column = attribute.read('name');
  if (!alias) throw attribute.fault(AGGREGATE_FAULTS.noAlias);
  if (!column) throw attribute.fault(AGGREGATE_FAULTS.noName);
  if (attribute.yesOrNo('groupby')) return { column, alias, ...groupUse(attribute) };
  const written = attribute.read('aggregate');
  if (written === undefined) {
    throw attribute.fault(AGGREGATE_FAULTS.unused);
  }
  if (!AGGREGATES.has(written)) {
    throw attribute.fault(`Unknown aggregate function '${shown(written)}'`, 'aggregate');
  }
  if (attribute.has('dategrouping')) {
    throw attribute.fault("Attribute 'dategrouping' needs groupby='true'", 'dategrouping');
  }
  const aggregate = written as Aggregate;
  return { column, alias, aggregate, ...(attribute.yesOrNo('distinct') && { distinct: true }) };
}

function groupUse(attribute: FetchElement): Omit<SelectedColumn, 'column' | 'alias'> {
  if (attribute.has('aggregate')) {
    throw attribute.fault('An attribute is aggregated or grouped by, and this one is both');
  }
  const written = attribute.read('dategrouping');
  const isUsers = attribute.yesOrNo('usertimezone');
  if (written === undefined) return { groups: true };
  if (!DATE_GROUPINGS.has(written)) {
    throw attribute.fault(`Unknown dategrouping value '${shown(written)}'`, 'dategrouping');
  }
  const dateGrouping = written as DateGrouping;
  return { groups: true, dateGrouping, ...(isUsers === false && { inUserTimeZone: false }) };
}
