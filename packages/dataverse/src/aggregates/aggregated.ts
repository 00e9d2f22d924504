/** aggregated: the groups that rows make, with what is made of their values, as records without an id. */
import type { Showing } from '../formatting/formatted-value.ts';
import { shownValue } from '../formatting/shown-record.ts';
import type { Joined } from '../query/compiled-filter.ts';
import { cellsIdentity } from '../query/cell-identity.ts';
import { type PlacedColumn, placedColumns } from '../query/placed-columns.ts';
import type { Places } from '../query/places.ts';
import type { QueryEnvironment } from '../query/query-environment.ts';
import type { GroupOrder, Query } from '../query/query.ts';
import { AliasedValue, Entity } from '../records/entity.ts';
import { type Cell, compareScalars, scalarOf } from '../store/cell.ts';
import { aggregateValue } from './aggregate-value.ts';
import { dateGroup } from './date-group.ts';

/** Rows, and where in them the tables stand. */
export interface JoinedRows {
  readonly rows: readonly Joined[];
  readonly places: Places;
}

/** For whom it is done. */
export interface AggregateScope {
  readonly environment: QueryEnvironment;
  readonly showing: Showing;
}

/** A group: the values that its rows have in common, and what is made of the others, both by alias. */
type Values = ReadonlyMap<string, Cell | undefined>;

/**
 * The groups in their order.
 *
 * @throws DataverseFault for aggregates of what are no numbers and the like
 */
export function aggregated(
  query: Query,
  { rows, places }: JoinedRows,
  { environment, showing }: AggregateScope,
): Entity[] {
  const columns = placedColumns(query, places);
  const groups = groupsOf(rows, columns, environment).map((group) =>
    valuesOf(group, columns, environment),
  );
  const orders = query.aggregation?.orders ?? [];
  const keys = columns.flatMap(({ column }) =>
    column.groups ? [{ of: column.alias as string, descending: false }] : [],
  );
  return sorted(groups, [...orders, ...keys]).map((values) => {
    const record = new Entity(query.entity);
    for (const column of columns) addValue(record, column, { values, showing });
    return record;
  });
}

interface Group {
  readonly keys: Values;
  readonly rows: Joined[];
}

function groupsOf(
  rows: readonly Joined[],
  columns: readonly PlacedColumn[],
  environment: QueryEnvironment,
): readonly Group[] {
  const grouping = columns.filter(({ column }) => column.groups);
  // Without groups there is one of all records, be there none.
  if (!grouping.length) return [{ keys: new Map(), rows: [...rows] }];
  const groups = new Map<string, Group>();
  for (const joined of rows) {
    const cells = grouping.map((one) => keyCell(joined, one, environment));
    const identity = cellsIdentity(cells);
    const group = groups.get(identity);
    if (group) {
      group.rows.push(joined);
      continue;
    }
    const keys = new Map(grouping.map(({ column }, at) => [column.alias as string, cells[at]]));
    groups.set(identity, { keys, rows: [joined] });
  }
  return [...groups.values()];
}

function keyCell(
  joined: Joined,
  { at, entity, column }: PlacedColumn,
  environment: QueryEnvironment,
): Cell | undefined {
  const cell = joined[at]?.cells[column.column];
  if (column.dateGrouping === undefined) return cell;
  const attribute = environment.metadata.attribute(entity, column.column);
  return dateGroup(cell, { column, attribute, environment });
}

function valuesOf(
  { keys, rows }: Group,
  columns: readonly PlacedColumn[],
  { metadata }: QueryEnvironment,
): Values {
  const values = new Map(keys);
  for (const { at, entity, column } of columns) {
    if (column.groups) continue;
    const attribute = metadata.attribute(entity, column.column);
    const cells = rows.map((joined) => joined[at]?.cells[column.column]);
    values.set(column.alias as string, aggregateValue({ column, attribute }, cells));
  }
  return values;
}

/** What is empty comes first, and last where the order is turned round; what is the same is in the order of what the groups are made by. */
function sorted(groups: readonly Values[], orders: readonly GroupOrder[]): readonly Values[] {
  return groups.toSorted((one, other) => {
    for (const { of, descending } of orders) {
      const order = compareEmpty(one.get(of), other.get(of));
      if (order !== 0) return descending ? -order : order;
    }
    return 0;
  });
}

function compareEmpty(one: Cell | undefined, other: Cell | undefined): number {
  if (one === undefined || other === undefined) {
    return one === other ? 0 : one === undefined ? -1 : 1;
  }
  return compareScalars(scalarOf(one), scalarOf(other));
}

/** An aggregate of nothing is there, and is empty; what groups are made by is not there. */
function addValue(
  record: Entity,
  { entity, column }: PlacedColumn,
  { values, showing }: { readonly values: Values; readonly showing: Showing },
): void {
  const { column: name, aggregate, groups, dateGrouping } = column;
  const alias = column.alias as string;
  const cell = values.get(alias);
  if (cell === undefined) {
    if (!groups) record.set(alias, new AliasedValue(entity, name, null));
    return;
  }
  // Counts and parts of dates are no values of the column.
  const isOwn = dateGrouping === undefined && aggregate !== 'count' && aggregate !== 'countcolumn';
  const attribute = isOwn ? showing.metadata.attribute(entity, name) : undefined;
  const { value, formatted } = shownValue(cell, { column: attribute, cells: {} }, showing);
  record.set(alias, new AliasedValue(entity, name, value));
  if (formatted !== undefined) record.formattedValues[alias] = formatted;
}
