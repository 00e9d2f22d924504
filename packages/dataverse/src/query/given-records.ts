/** givenRecords: what was found, as records of the caller's own, with the columns that were asked for. */
import type { MetadataBook } from '../metadata/metadata-book.ts';
import { AliasedValue, Entity, EntityCollection } from '../records/entity.ts';
import { valueOf } from '../store/cell.ts';
import type { Row } from '../store/row.ts';
import type { Joined } from './compiled-filter.ts';
import type { Link, Query, Selection } from './query.ts';
import type { Found } from './run-query.ts';

/** The records of a page. */
export function givenRecords(query: Query, found: Found, metadata: MetadataBook): EntityCollection {
  const records = found.rows.map((rows) => recordOf(query, rows, { found, metadata }));
  const given = query.distinct ? eachOnce(records) : records;
  return new EntityCollection(given, query.entity, {
    moreRecords: found.moreRecords,
    totalRecordCount: found.total,
    totalRecordCountLimitExceeded: false,
  });
}

interface Giving {
  readonly found: Found;
  readonly metadata: MetadataBook;
}

function recordOf(query: Query, rows: Joined, giving: Giving): Entity {
  const { entity: name, selection, links, distinct } = query;
  const row = rows[0] as Row;
  const entity = new Entity(name, row.id);
  for (const { column, alias } of columnsOf(selection, row)) {
    const cell = row.cells[column];
    if (cell === undefined) continue;
    const value = valueOf(cell);
    entity.set(
      alias ?? column,
      alias === undefined ? value : new AliasedValue(name, column, value),
    );
  }
  // Ids would make all records different.
  if (!distinct) entity.set(giving.metadata.primaryIdOf(name), row.id);
  entity.rowVersion = String(row.version);
  for (const link of links) addLinked(entity, link, { ...giving, rows });
  return entity;
}

function addLinked(entity: Entity, link: Link, given: Giving & { readonly rows: Joined }): void {
  const row = given.rows[given.found.places.of(link)];
  if (row) {
    for (const { column, alias } of columnsOf(link.selection, row)) {
      const cell = row.cells[column];
      if (cell === undefined) continue;
      const value = new AliasedValue(link.entity, column, valueOf(cell));
      entity.set(alias ?? `${link.alias}.${column}`, value);
    }
  }
  for (const inner of link.links) addLinked(entity, inner, given);
}

function columnsOf({ all, columns }: Selection, row: Row): Selection['columns'] {
  return all ? Object.keys(row.cells).map((column) => ({ column })) : columns;
}

function eachOnce(records: readonly Entity[]): Entity[] {
  const seen = new Map<string, Entity>();
  for (const record of records) {
    const key = JSON.stringify(record.attributes, (_, value: unknown) =>
      typeof value === 'bigint' ? `${value}n` : value,
    );
    if (!seen.has(key)) seen.set(key, record);
  }
  return [...seen.values()];
}
