/** updateRecord: changes the attributes that are given, and no others. */
import { effectiveUser } from '../context/caller.ts';
import { DataverseFault } from '../faults/dataverse-fault.ts';
import { Entity } from '../records/entity.ts';
import { type Cell, cellOf, Instant } from '../store/cell.ts';
import { rowOf } from '../store/row.ts';
import type { RequestContext } from '../context/request-context.ts';
import { rowFor } from '../store/stored-record.ts';

/**
 * Changes a record.
 *
 * @throws DataverseFault if there is none
 */
export function updateRecord(target: Entity, { context, caller }: RequestContext): void {
  if (!(target instanceof Entity)) {
    throw new DataverseFault('InvalidArgument', 'The entity must not be null');
  }
  const { logicalName, attributes } = target;
  const { store, clock, metadata } = context;
  const primaryId = metadata.primaryIdOf(logicalName);
  const row = rowFor(store, target);
  const cells = Object.assign(Object.create(null) as Record<string, Cell>, row.cells);
  cells['modifiedon'] = new Instant(clock.wall());
  cells['modifiedby'] = effectiveUser(caller);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === primaryId) continue;
    const cell = cellOf(value, `${logicalName}.${name}`);
    if (cell === undefined) delete cells[name];
    else cells[name] = cell;
  }
  store.put(logicalName, row.id, rowOf(row.id, store.nextVersion(), cells));
}
