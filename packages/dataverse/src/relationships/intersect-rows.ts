/** Intersect rows: which records of two tables belong to each other, by the rows of a third. */
import type { ManyToManyRelationshipMetadata } from '../metadata/relationship-metadata.ts';
import type { Guid } from '../records/guid.ts';
import { type Cell, keyOf } from '../store/cell.ts';
import { type Row, rowOf } from '../store/row.ts';
import type { Store } from '../store/store.ts';

/** The columns of a third table that have the ids of both records. */
export function intersectColumns(
  relationship: ManyToManyRelationshipMetadata,
): readonly [string, string] {
  const { entity1LogicalName: one, entity2LogicalName: other } = relationship;
  const isReflexive = one === other;
  return [
    relationship.entity1IntersectAttribute ?? `${one}id${isReflexive ? 'one' : ''}`,
    relationship.entity2IntersectAttribute ?? `${other}id${isReflexive ? 'two' : ''}`,
  ];
}

/** The row that says that two records belong to each other. */
export function intersectRow(
  store: Store,
  relationship: ManyToManyRelationshipMetadata,
  ids: readonly [Guid, Guid],
): Row | undefined {
  const [oneColumn, otherColumn] = intersectColumns(relationship);
  const table = store.table(relationship.intersectEntityName);
  for (const id of table.index(oneColumn).find(ids[0]) ?? []) {
    const row = table.get(id);
    const other = row?.cells[otherColumn];
    if (other !== undefined && keyOf(other) === ids[1]) return row;
  }
  return undefined;
}

/** Says that two records belong to each other. */
export function addIntersectRow(
  store: Store,
  relationship: ManyToManyRelationshipMetadata,
  row: { readonly id: Guid; readonly idColumn: string; readonly ids: readonly [Guid, Guid] },
): void {
  const { id, idColumn, ids } = row;
  const [oneColumn, otherColumn] = intersectColumns(relationship);
  const cells = Object.create(null) as Record<string, Cell>;
  Object.assign(cells, { [idColumn]: id, [oneColumn]: ids[0], [otherColumn]: ids[1] });
  store.put(relationship.intersectEntityName, id, rowOf(id, store.nextVersion(), cells));
}

/** The rows of a third table in which a record stands. */
export function intersectRowsOf(
  store: Store,
  relationship: ManyToManyRelationshipMetadata,
  record: { readonly logicalName: string; readonly id: Guid },
): ReadonlySet<Guid> {
  const [oneColumn, otherColumn] = intersectColumns(relationship);
  const found = new Set<Guid>();
  const collect = (column: string, end: string): void => {
    if (end !== record.logicalName) return;
    const index = store.table(relationship.intersectEntityName).index(column);
    for (const id of index.find(record.id) ?? []) found.add(id);
  };
  collect(oneColumn, relationship.entity1LogicalName);
  collect(otherColumn, relationship.entity2LogicalName);
  return found;
}
