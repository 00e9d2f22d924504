/** associateRecords and disassociateRecords: have records belong to each other, and no more. */
import type { RequestContext } from '../context/request-context.ts';
import { DataverseFault } from '../faults/dataverse-fault.ts';
import { Entity } from '../records/entity.ts';
import type { EntityReference } from '../records/entity-reference.ts';
import { EMPTY_GUID } from '../records/guid.ts';
import { keyOf } from '../store/cell.ts';
import { updateRecord } from '../writes/update-record.ts';
import { type Asked, type Pair, type Reference, tiesOf, withId } from './association.ts';
import { addIntersectRow, intersectRow } from './intersect-rows.ts';

/**
 * Ties all that a request names, or nothing.
 *
 * @throws DataverseFault for records that are not there, or are tied already where many belong to many
 */
export function associateRecords(asked: Asked, ctx: RequestContext): void {
  const ties = tiesOf(asked, ctx, 'Association');
  expectThere(asked.target, ctx);
  for (const related of asked.relatedEntities) expectThere(related, ctx);
  for (const tie of ties) {
    if (tie.kind === 'ManyToMany') addPair(tie, ctx);
    else refer(tie, tie.referenced, ctx);
  }
}

/**
 * Unties what a request names, as far as it is tied.
 *
 * @throws DataverseFault for a target or a relationship that is not there
 */
export function disassociateRecords(asked: Asked, ctx: RequestContext): void {
  for (const tie of tiesOf(asked, ctx, 'Disassociation')) {
    if (tie.kind === 'ManyToMany') removePair(tie, ctx);
    else if (refersTo(tie, ctx)) refer(tie, null, ctx);
  }
}

function addPair({ relationship, one, other }: Pair, { context }: RequestContext): void {
  const { store, metadata } = context;
  const ids = [withId(one, store).id, withId(other, store).id] as const;
  if (intersectRow(store, relationship, ids)) throw new DataverseFault('DuplicateRecord');
  const idColumn = metadata.primaryIdOf(relationship.intersectEntityName);
  addIntersectRow(store, relationship, { id: context.newId(), idColumn, ids });
}

function removePair(
  { relationship, one, other }: Pair,
  { context: { store } }: RequestContext,
): void {
  const ids = [withId(one, store).id, withId(other, store).id] as const;
  const row = intersectRow(store, relationship, ids);
  if (row) store.put(relationship.intersectEntityName, row.id, undefined);
}

function refer(
  { relationship, referencing }: Reference,
  to: EntityReference | null,
  ctx: RequestContext,
): void {
  const { store } = ctx.context;
  const { referencingEntity, referencingAttribute } = relationship;
  const change = new Entity(referencingEntity, withId(referencing, store).id);
  change.set(referencingAttribute, to && withId(to, store));
  updateRecord(change, ctx);
}

function refersTo(
  { relationship, referencing, referenced }: Reference,
  { context: { store } }: RequestContext,
): boolean {
  const row = store.table(referencing.logicalName).get(withId(referencing, store).id);
  const cell = row?.cells[relationship.referencingAttribute];
  return cell !== undefined && keyOf(cell) === withId(referenced, store).id;
}

function expectThere(reference: EntityReference, { context: { store } }: RequestContext): void {
  const { logicalName, id } = withId(reference, store);
  if (id !== EMPTY_GUID && store.table(logicalName).get(id)) return;
  throw new DataverseFault('ObjectDoesNotExist', `${logicalName} with Id ${id} doesn't exist`);
}
