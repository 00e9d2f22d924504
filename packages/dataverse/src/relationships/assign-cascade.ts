/** assignWithCascades: gives a record to somebody else, and with it those that refer to it, as their relationships say. */
import type { RequestContext } from '../context/request-context.ts';
import type { CascadeType } from '../metadata/relationship-metadata.ts';
import { Entity } from '../records/entity.ts';
import { EntityReference } from '../records/entity-reference.ts';
import { OptionSetValue } from '../records/option-set-value.ts';
import type { ConcurrencyBehavior } from '../requests/crud-requests.ts';
import { keyOf } from '../store/cell.ts';
import { recordRow } from '../store/find-record.ts';
import type { Row } from '../store/row.ts';
import { rowFor } from '../store/stored-record.ts';
import { updateRecord } from '../writes/update-record.ts';
import { referencingRows } from './referencing-rows.ts';

/** A record that gets another owner. */
interface Given {
  readonly logicalName: string;
  readonly row: Row;
}

/**
 * Gives a record and what goes with it to a user or a team: all that refer to it (`Cascade`), those that are active (`Active`), or those that
 * have the same owner (`UserOwned`).
 *
 * @throws DataverseFault if the record is not there
 */
export function assignWithCascades(
  target: EntityReference,
  assignee: EntityReference,
  ctx: RequestContext,
): void {
  const first: Given = { logicalName: target.logicalName, row: rowFor(ctx.context.store, target) };
  for (const { logicalName, row } of givenWith(first, ctx)) {
    updateRecord(new Entity(logicalName, row.id, { ownerid: assignee }), ctx);
  }
}

/**
 * Changes a record, its owner among other things; what goes with it gets the same owner.
 *
 * @throws DataverseFault as for any other change
 */
export function updateWithCascades(
  target: Entity,
  ctx: RequestContext,
  concurrency?: ConcurrencyBehavior,
): void {
  const { logicalName } = target;
  const row = recordRow(ctx.context, target);
  const [, ...along] = givenWith({ logicalName, row }, ctx);
  updateRecord(target, ctx, concurrency);
  const owner = ctx.context.store.table(logicalName).get(row.id)?.cells['ownerid'];
  if (!(owner instanceof EntityReference) || owner.id === ownerOf(row.cells)) return;
  for (const other of along) {
    updateRecord(new Entity(other.logicalName, other.row.id, { ownerid: owner }), ctx);
  }
}

/** A record and all that goes with it, each once, as they were before. */
function givenWith(first: Given, { context }: RequestContext): readonly Given[] {
  const { store, metadata } = context;
  const given: Given[] = [first];
  const known = new Set([keyOfGiven(first)]);
  // The list grows while it is gone through, and nothing comes into it twice: circles end.
  for (const { logicalName, row } of given) {
    for (const relationship of metadata.referenced(logicalName)) {
      const behavior = relationship.cascade?.assign ?? 'NoCascade';
      for (const other of referencingRows(store, relationship, row.id)) {
        const one = { logicalName: relationship.referencingEntity, row: other };
        if (known.has(keyOfGiven(one)) || !goesWith(behavior, other, row)) continue;
        known.add(keyOfGiven(one));
        given.push(one);
      }
    }
  }
  return given;
}

const keyOfGiven = ({ logicalName, row }: Given): string => `${row.id} ${logicalName}`;

function goesWith(behavior: CascadeType, { cells }: Row, parent: Row): boolean {
  if (behavior === 'Cascade') return true;
  if (behavior === 'UserOwned') return ownerOf(cells) === ownerOf(parent.cells);
  const state = cells['statecode'];
  return behavior === 'Active' && (!(state instanceof OptionSetValue) || state.value === 0);
}

function ownerOf({ ownerid }: Row['cells']): unknown {
  return ownerid === undefined ? undefined : keyOf(ownerid);
}
