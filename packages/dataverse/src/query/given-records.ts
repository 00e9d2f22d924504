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
  const selections = placedSelections(query, places);
  return (rows) => {
    const own = rows[0] as Row;
    const record = new Entity(entity, hasId ? own.id : EMPTY_GUID);
    for (const placed of selections) {
      const row = rows[placed.at];
      if (row) addColumns(record, row, { ...placed, showing });
    }
    if (hasId) {
      record.set(primaryId, own.id);
      record.rowVersion = String(own.version);
    }
    return record;
  };
}

type Giving = PlacedSelection & { readonly showing: Showing };

/** Those that are named are given as they are named, be it that all others are given, too. */
function addColumns(record: Entity, row: Row, giving: Giving): void {
  const { entity, selection, showing } = giving;
  if (selection.all) {
    for (const column of Object.keys(row.cells)) {
      const isReadable = showing.metadata.attribute(entity, column)?.isValidForRead !== false;
      if (isReadable) addCell(record, row, { ...giving, selected: { column } });
    }
  }
  for (const selected of selection.columns) {
    if (selected.countsChildren) addChildren(record, row, { ...giving, selected });
    else addCell(record, row, { ...giving, selected });
  }
}

type Adding = Giving & { readonly selected: SelectedColumn };

function addCell(record: Entity, row: Row, { entity, link, selected, showing }: Adding): void {
  const { column, alias } = selected;
  const cell = row.cells[column];
  if (cell === undefined) return;
  const attribute = showing.metadata.attribute(entity, column);
  const { value, formatted } = shownValue(cell, { column: attribute, cells: row.cells }, showing);
  const isOwn = link === undefined && alias === undefined;
  const name = alias ?? (link ? `${link.alias}.${column}` : column);
  record.set(name, isOwn ? value : new AliasedValue(entity, column, value));
  if (formatted !== undefined) record.formattedValues[name] = formatted;
}

/** How many records have this one directly above them. */
function addChildren(record: Entity, row: Row, { entity, selected, showing }: Adding): void {
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
