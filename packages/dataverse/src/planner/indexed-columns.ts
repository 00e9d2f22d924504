/** indexedColumns: the columns that a table has indexes of from the start: those by which records belong together or are told apart. */
import type { MetadataBook } from '../metadata/metadata-book.ts';

/** References, states, alternate keys; and both sides where the table only says which records belong together. */
export function indexedColumns(table: string, metadata: MetadataBook): readonly string[] {
  const columns = new Set<string>();
  const intersect = metadata.intersect(table);
  if (intersect) {
    const { entity1LogicalName, entity2LogicalName } = intersect;
    columns.add(intersect.entity1IntersectAttribute ?? `${entity1LogicalName}id`);
    columns.add(intersect.entity2IntersectAttribute ?? `${entity2LogicalName}id`);
  }
  const entity = metadata.entity(table);
  for (const { logicalName, type } of Object.values(entity?.attributes ?? {})) {
    if (INDEXED.has(type)) columns.add(logicalName);
  }
  for (const { keyAttributes } of entity?.keys ?? []) {
    for (const column of keyAttributes) columns.add(column);
  }
  return [...columns];
}

const INDEXED: ReadonlySet<string> = new Set(['Lookup', 'Customer', 'Owner', 'State', 'Status']);
