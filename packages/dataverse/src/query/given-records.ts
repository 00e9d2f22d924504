/** givenRecord: what was found, as a record of the caller's own, with the columns that were asked for. */
import type { Showing } from '../formatting/formatted-value.ts';
import { shownValue } from '../formatting/shown-record.ts';
import { AliasedValue, Entity } from '../records/entity.ts';
import { EMPTY_GUID } from '../records/guid.ts';
import type { Row } from '../store/row.ts';
import type { Joined } from './compiled-filter.ts';
import { asksForColumns } from './distinct-rows.ts';
import { type PlacedSelection, placedSelections } from './placed-columns.ts';
import type { Places } from './places.ts';
import type { Query, SelectedColumn } from './query.ts';

/** Makes records of rows, for those to whom they are shown. */
export function givenRecord(
  query: Query,
  places: Places,
  showing: Showing,
): (rows: Joined) => Entity {
  const { entity, distinct } = query;
  const { all, columns } = query.selection;
  const primaryId = showing.metadata.primaryIdOf(entity);
  // Ids would make all records different, unless they are what was asked for.
  const hasId =
    !distinct ||
    all ||
    columns.some(({ column }) => column === primaryId) ||
    !asksForColumns(query);
  const selections = placedSelections(query, places).map((placed) => ({ ...placed, showing }));
  return (rows) => {
    const own = rows[0] as Row;
    const record = new Entity(entity, hasId ? own.id : EMPTY_GUID);
    for (const giving of selections) {
      const row = rows[giving.at];
      if (row) addColumns({ record, row, giving });
    }
    if (hasId) {
      record.set(primaryId, own.id);
      record.rowVersion = String(own.version);
    }
    return record;
  };
}

/** A record on its way to whoever asked for it. */
interface Given {
  readonly record: Entity;
  readonly row: Row;
  readonly giving: PlacedSelection & { readonly showing: Showing };
}

/** Those that are named are given as they are named, be it that all others are given, too. */
function addColumns(given: Given): void {
  const { row, giving } = given;
  const { entity, selection, showing } = giving;
  if (selection.all) {
    for (const column of Object.keys(row.cells)) {
      const isReadable = showing.metadata.attribute(entity, column)?.isValidForRead !== false;
      if (isReadable) addCell(given, { column });
    }
  }
  for (const selected of selection.columns) {
    if (selected.countsChildren) addChildren(given, selected);
    else addCell(given, selected);
  }
}

function addCell({ record, row, giving }: Given, { column, alias }: SelectedColumn): void {
  const cell = row.cells[column];
  if (cell === undefined) return;
  const { entity, link, showing } = giving;
  const attribute = showing.metadata.attribute(entity, column);
  const { value, formatted } = shownValue(cell, { column: attribute, cells: row.cells }, showing);
  const isOwn = link === undefined && alias === undefined;
  const name = alias ?? (link ? `${link.alias}.${column}` : column);
  record.set(name, isOwn ? value : new AliasedValue(entity, column, value));
  if (formatted !== undefined) record.formattedValues[name] = formatted;
}

/** How many records have this one directly above them. */
function addChildren({ record, row, giving }: Given, selected: SelectedColumn): void {
  const { entity, showing } = giving;
  const { store, metadata } = showing;
  const hierarchy = metadata
    .referenced(entity)
    .find(
      ({ isHierarchical, referencingEntity }) => isHierarchical && referencingEntity === entity,
    );
  const parent = hierarchy?.referencingAttribute ?? `parent${entity}id`;
  const count = store.table(entity).index(parent).count(row.id);
  const { column, alias = column } = selected;
  record.set(alias, new AliasedValue(entity, column, count));
}
