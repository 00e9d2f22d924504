/** referencingRows: the records that refer to one by a relationship. */
import type { OneToManyRelationshipMetadata } from '../metadata/relationship-metadata.ts';
import { EntityReference } from '../records/entity-reference.ts';
import type { Guid } from '../records/guid.ts';
import type { Row } from '../store/row.ts';
import type { Store } from '../store/store.ts';

/** The records of a relationship that refer to a record. */
export function referencingRows(
  store: Store,
  relationship: OneToManyRelationshipMetadata,
  id: Guid,
): readonly Row[] {
  const { referencingEntity, referencingAttribute, referencedEntity } = relationship;
  const table = store.table(referencingEntity);
  const ids = table.index(referencingAttribute).find(id) ?? [];
  return Array.from(ids, (one) => table.get(one)).filter((row): row is Row => {
    const cell = row?.cells[referencingAttribute];
    // A column may take records of several tables, and one of another may have the same id.
    return !(cell instanceof EntityReference) || cell.logicalName === referencedEntity;
  });
}
