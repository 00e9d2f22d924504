/** System columns: when and by whom a record was made and changed, in which version it is, and whose it is. */
import type { Caller } from '../context/caller.ts';
import { effectiveUser } from '../context/caller.ts';
import type { OrganizationContext } from '../context/request-context.ts';
import { DataverseFault } from '../faults/dataverse-fault.ts';
import type { EntityReference } from '../records/entity-reference.ts';
import { OptionSetValue } from '../records/option-set-value.ts';
import { type Cell, Instant } from '../store/cell.ts';
import { addOwner } from './owner-columns.ts';

/** The cells of a record that is written. */
export type Cells = Record<string, Cell>;

/** Which record is written, and for whom. */
export interface Written {
  readonly logicalName: string;
  readonly id: string;
  readonly version: number;
  readonly context: OrganizationContext;
  readonly caller: Caller;
}

/** Tells whether a table has a column; of one that nobody has described any. */
export function columnTest({ logicalName, context }: Written): (name: string) => boolean {
  const entity = context.metadata.entity(logicalName);
  return entity ? (name) => Object.hasOwn(entity.attributes, name) : () => true;
}

/** Adds to a new record what it has not been given. */
export function addSystemColumns(cells: Cells, written: Written): void {
  const { logicalName, version, context, caller } = written;
  const { metadata } = context;
  const has = columnTest(written);
  if (has('versionnumber')) cells['versionnumber'] = version;
  if (metadata.intersect(logicalName) ?? metadata.entity(logicalName)?.isIntersect) return;
  const add = (name: string, cell: Cell | undefined): void => {
    if (cell !== undefined && cells[name] === undefined && has(name)) cells[name] = cell;
  };
  const now = new Instant(context.clock.wall());
  const user = effectiveUser(caller);
  const behalf = onBehalf(caller);
  const overridden = cells['overriddencreatedon'];
  if (overridden instanceof Instant && overridden.ms > now.ms) {
    throw new DataverseFault(
      'InvalidArgument',
      `The overriddencreatedon of a record of entity ${logicalName} is in the future.`,
    );
  }
  if (overridden !== undefined && has('createdon')) cells['createdon'] = overridden;
  add('createdon', now);
  add('modifiedon', now);
  add('createdby', user);
  add('modifiedby', user);
  add('createdonbehalfby', behalf);
  add('modifiedonbehalfby', behalf);
  if (metadata.entity(logicalName)?.isActivity) add('activitytypecode', logicalName);
  if (!metadata.entity(logicalName)) add('statecode', ACTIVE);
  addOwner(cells, written, has);
}

const ACTIVE = new OptionSetValue(0);

/** Says of a record that it has been changed. */
export function changeSystemColumns(cells: Cells, written: Written): void {
  const { version, context, caller } = written;
  const has = columnTest(written);
  const behalf = onBehalf(caller);
  if (has('versionnumber')) cells['versionnumber'] = version;
  if (has('modifiedon')) cells['modifiedon'] = new Instant(context.clock.wall());
  if (has('modifiedby')) cells['modifiedby'] = effectiveUser(caller);
  if (behalf && has('modifiedonbehalfby')) cells['modifiedonbehalfby'] = behalf;
  else delete cells['modifiedonbehalfby'];
}

/** Who really calls, if it is as somebody else. */
function onBehalf({ callerId, impersonatedUserId }: Caller): EntityReference | undefined {
  return impersonatedUserId && impersonatedUserId.id !== callerId.id ? callerId : undefined;
}
