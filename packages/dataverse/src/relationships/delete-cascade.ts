/** deleteWithCascades: deletes a record, and does to those that refer to it what their relationships say. */
import type { OrganizationContext } from '../context/request-context.ts';
import { DataverseFault } from '../faults/dataverse-fault.ts';
import type { OneToManyRelationshipMetadata } from '../metadata/relationship-metadata.ts';
import type { Guid } from '../records/guid.ts';
import type { Cell } from '../store/cell.ts';
import { rowOf } from '../store/row.ts';
import { intersectRowsOf } from './intersect-rows.ts';
import { referencingRows } from './referencing-rows.ts';

/** A record that is to go. */
interface Doomed {
  readonly logicalName: string;
  readonly id: Guid;
}

/** A record that refers to one that is to go. */
interface Tie extends Doomed {
  readonly relationship: OneToManyRelationshipMetadata;
}

/** All that is to be done, found before any of it is. */
interface Plan {
  readonly doomed: Map<string, Doomed>;
  readonly restricting: Tie[];
  readonly loosened: Tie[];
}

/**
 * Deletes a record. Records that refer to it are deleted with it (`Cascade`), refer to nothing any more (`RemoveLink`, which is the default), or
 * forbid it (`Restrict`), unless they go themselves; with `NoCascade` they are left as they are.
 *
 * @throws DataverseFault if something forbids it; then nothing has changed
 */
export function deleteWithCascades(context: OrganizationContext, record: Doomed): void {
  const plan = planOf(context, record);
  const { doomed, restricting, loosened } = plan;
  const stays = (tie: Tie): boolean => !doomed.has(keyOf(tie));
  if (restricting.some(stays)) throw new DataverseFault('CannotDeleteDueToAssociation');
  for (const tie of loosened.filter(stays)) loosen(context, tie);
  for (const one of doomed.values()) {
    removePairs(context, one);
    context.store.put(one.logicalName, one.id, undefined);
  }
}

function planOf({ store, metadata }: OrganizationContext, first: Doomed): Plan {
  const plan: Plan = { doomed: new Map([[keyOf(first), first]]), restricting: [], loosened: [] };
  // A map may grow while it is gone through, and a record that is in it is not met again: circles end.
  for (const { logicalName, id } of plan.doomed.values()) {
    for (const relationship of metadata.referenced(logicalName)) {
      const behavior = relationship.cascade?.delete ?? 'RemoveLink';
      if (behavior === 'NoCascade') continue;
      for (const row of referencingRows(store, relationship, id)) {
        const tie = { logicalName: relationship.referencingEntity, id: row.id, relationship };
        if (behavior === 'Restrict') plan.restricting.push(tie);
        else if (behavior === 'RemoveLink') plan.loosened.push(tie);
        else if (!plan.doomed.has(keyOf(tie))) plan.doomed.set(keyOf(tie), tie);
      }
    }
  }
  return plan;
}

function loosen({ store }: OrganizationContext, { logicalName, id, relationship }: Tie): void {
  const row = store.table(logicalName).get(id);
  if (!row) return;
  const version = store.nextVersion();
  const cells = Object.assign(Object.create(null) as Record<string, Cell>, row.cells);
  delete cells[relationship.referencingAttribute];
  if (cells['versionnumber'] !== undefined) cells['versionnumber'] = version;
  store.put(logicalName, id, rowOf(id, version, cells));
}

function removePairs({ store, metadata }: OrganizationContext, record: Doomed): void {
  for (const relationship of metadata.relationships) {
    if (relationship.kind !== 'ManyToMany') continue;
    for (const id of intersectRowsOf(store, relationship, record)) {
      store.put(relationship.intersectEntityName, id, undefined);
    }
  }
}

const keyOf = ({ logicalName, id }: Doomed): string => `${id} ${logicalName}`;
