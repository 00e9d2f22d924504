/** Records between callers and the store: found by what a request says of them, and given as entities. */
import { DataverseFault } from '../faults/dataverse-fault.ts';
import { Entity } from '../records/entity.ts';
import type { EntityReference } from '../records/entity-reference.ts';
import { EMPTY_GUID } from '../records/guid.ts';
import type { ColumnSet } from '../requests/column-set.ts';
import { valueOf } from './cell.ts';
import type { Row } from './row.ts';
import type { MetadataBook } from '../metadata/metadata-book.ts';
import type { Store } from './store.ts';

/**
 * The row that a reference means.
 *
 * @throws DataverseFault if there is none
 */
export function rowFor(
  store: Store,
  { logicalName, id }: Pick<EntityReference, 'logicalName' | 'id'>,
): Row {
  const row = id === EMPTY_GUID ? undefined : store.table(logicalName).get(id);
  if (row) return row;
  throw new DataverseFault('ObjectDoesNotExist', `${logicalName} With Id = ${id} Does Not Exist`);
}

/** A row of a table that is described, or not. */
export interface StoredRecord {
  readonly logicalName: string;
  readonly row: Row;
  readonly metadata: MetadataBook;
}

/** A row as a record of the caller's own, with the columns that are asked for, and the id. */
export function entityOf(
  { logicalName, row, metadata }: StoredRecord,
  { allColumns, columns }: ColumnSet,
): Entity {
  const entity = new Entity(logicalName, row.id);
  const names = allColumns ? Object.keys(row.cells) : columns;
  for (const name of names) {
    const cell = row.cells[name];
    if (cell !== undefined) entity.set(name, valueOf(cell));
  }
  entity.set(metadata.primaryIdOf(logicalName), row.id);
  entity.rowVersion = String(row.version);
  return entity;
}
