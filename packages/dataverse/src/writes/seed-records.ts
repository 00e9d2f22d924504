/** seedRecords: puts records in place without a request, so nothing is checked, and what the system would say of them is added. */
import type { Caller } from '../context/caller.ts';
import type { OrganizationContext } from '../context/request-context.ts';
import { unexpected } from '@interpose/kernel/options';
import { Entity } from '../records/entity.ts';
import { EMPTY_GUID, parseGuid } from '../records/guid.ts';
import type { Cell } from '../store/cell.ts';
import { rowOf } from '../store/row.ts';
import { looseCell } from './column-cell.ts';
import { addSystemColumns } from './system-columns.ts';

/**
 * Puts records in place, all or none.
 *
 * @throws TypeError for what is no record, DataverseFault for a value that no column can have
 */
export function seedRecords(
  entities: Iterable<Entity>,
  context: OrganizationContext,
  { caller }: { readonly caller: Caller },
): void {
  const transaction = context.store.begin();
  try {
    for (const entity of entities) seedRecord(entity, context, caller);
  } catch (error) {
    transaction.rollback();
    throw error;
  }
  transaction.commit();
}

function seedRecord(entity: Entity, context: OrganizationContext, caller: Caller): void {
  if (!(entity instanceof Entity)) throw unexpected('entities', 'records', entity);
  const { metadata, store } = context;
  const { logicalName, attributes } = entity;
  const primaryId = metadata.primaryIdOf(logicalName);
  const given = entity.id === EMPTY_GUID ? parseGuid(attributes[primaryId]) : entity.id;
  const id = given ?? context.newId();
  const cells = Object.create(null) as Record<string, Cell>;
  for (const [name, value] of Object.entries(attributes)) {
    const cell = looseCell(value, `${logicalName}.${name}`);
    if (cell !== undefined) cells[name] = cell;
  }
  cells[primaryId] = id;
  const version = store.nextVersion();
  addSystemColumns(cells, { logicalName, id, version, context, caller });
  store.put(logicalName, id, rowOf(id, version, cells));
}
