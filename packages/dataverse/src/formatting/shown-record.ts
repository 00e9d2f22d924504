/** shownRecord: a row as a record of the caller's own, with what people are shown for its values, and the names of the records that it refers to. */
import type { Caller } from '../context/caller.ts';
import type { OrganizationContext } from '../context/request-context.ts';
import { type AttributeValue, Entity } from '../records/entity.ts';
import { EntityReference } from '../records/entity-reference.ts';
import type { ColumnSet } from '../requests/column-set.ts';
import { type Cell, valueOf } from '../store/cell.ts';
import type { Row } from '../store/row.ts';
import { formattedValue, type Showing } from './formatted-value.ts';
import { userZone } from './user-zone.ts';

/** For whom an organization shows values. */
export function showingFor(context: OrganizationContext, caller: Caller): Showing {
  const { store, metadata, locale } = context;
  return {
    store,
    metadata,
    locale,
    // Most records are read without a look at their dates.
    get zone() {
      return userZone(context, caller);
    },
  };
}

/** A row of a table. */
export interface ShownRow {
  readonly logicalName: string;
  readonly row: Row;
}

/** The columns that are asked for, and the id. */
export function shownRecord(
  { logicalName, row }: ShownRow,
  { allColumns, columns }: ColumnSet,
  showing: Showing,
): Entity {
  const { metadata } = showing;
  const entity = new Entity(logicalName, row.id);
  for (const name of allColumns ? Object.keys(row.cells) : columns) {
    const cell = row.cells[name];
    const column = metadata.attribute(logicalName, name);
    if (cell === undefined || (allColumns && column?.isValidForRead === false)) continue;
    const { value, formatted } = shownValue(cell, { column, cells: row.cells }, showing);
    entity.set(name, value);
    if (formatted !== undefined) entity.formattedValues[name] = formatted;
  }
  entity.set(metadata.primaryIdOf(logicalName), row.id);
  entity.rowVersion = String(row.version);
  return entity;
}

/** The value of a cell, and what people are shown for it. */
export function shownValue(
  cell: Cell,
  of: Omit<Parameters<typeof formattedValue>[0], 'cell'>,
  showing: Showing,
): { readonly value: Exclude<AttributeValue, null>; readonly formatted: string | undefined } {
  const formatted = formattedValue({ ...of, cell }, showing);
  const value = valueOf(cell);
  const named = value instanceof EntityReference ? value.withName(formatted) : value;
  return { value: named, formatted };
}
