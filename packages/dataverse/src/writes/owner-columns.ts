/** Owner columns: whose a record is, and to which business unit it belongs by that. */
import type { Caller } from '../context/caller.ts';
import { effectiveUser } from '../context/caller.ts';
import type { OrganizationContext } from '../context/request-context.ts';
import { EntityReference } from '../records/entity-reference.ts';
import type { Cell } from '../store/cell.ts';

interface Owning {
  readonly context: OrganizationContext;
  readonly caller: Caller;
}

/** Gives a record an owner if it has none, and says the same in the other columns of its owner. */
export function addOwner(
  cells: Record<string, Cell>,
  owning: Owning & { readonly logicalName: string },
  has: (name: string) => boolean,
): void {
  if (!has('ownerid') || isOwnedByNobody(owning)) return;
  cells['ownerid'] ??= effectiveUser(owning.caller);
  changeOwner(cells, owning, has);
}

/** Says in all columns of the owner what `ownerid` says. */
export function changeOwner(
  cells: Record<string, Cell>,
  owning: Owning,
  has: (name: string) => boolean,
): void {
  const owner = cells['ownerid'];
  if (!(owner instanceof EntityReference)) return;
  const isTeam = owner.logicalName === 'team';
  const put = (name: string, cell: Cell | undefined): void => {
    if (cell !== undefined && has(name)) cells[name] = cell;
    else delete cells[name];
  };
  put('owninguser', isTeam ? undefined : owner);
  put('owningteam', isTeam ? owner : undefined);
  put('owningbusinessunit', unitOf(owner, owning));
}

/** The tables that say to whom everything else belongs. */
const OWNERS: ReadonlySet<string> = new Set(['systemuser', 'team', 'businessunit', 'organization']);

function isOwnedByNobody({
  logicalName,
  context,
}: {
  readonly logicalName: string;
  readonly context: OrganizationContext;
}): boolean {
  const ownership = context.metadata.entity(logicalName)?.ownershipType;
  if (ownership !== undefined) return ownership !== 'UserOwned';
  return OWNERS.has(logicalName);
}

/** The business unit of a user or a team; of one that has no record, that of the caller. */
function unitOf({ logicalName, id }: EntityReference, { context, caller }: Owning): Cell {
  const unit = context.store.table(logicalName).get(id)?.cells['businessunitid'];
  return unit instanceof EntityReference ? unit : caller.businessUnitId;
}
