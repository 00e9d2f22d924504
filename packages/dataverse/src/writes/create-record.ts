/** createRecord: puts a record into the store. */
import { effectiveUser } from '../context/caller.ts';
import type { RequestContext } from '../context/request-context.ts';
import { DataverseFault } from '../faults/dataverse-fault.ts';
import { Entity } from '../records/entity.ts';
import { EMPTY_GUID, parseGuid } from '../records/guid.ts';
import { OptionSetValue } from '../records/option-set-value.ts';
import { type Cell, cellOf, Instant } from '../store/cell.ts';
import { rowOf } from '../store/row.ts';

/**
 * Creates a record; gives its id.
 *
 * @throws DataverseFault if there is one of its id
 */
export function createRecord(target: Entity, ctx: RequestContext): string {
  if (!(target instanceof Entity)) {
    throw new DataverseFault('InvalidArgument', 'The entity must not be null');
  }
  const { store } = ctx.context;
  const { logicalName } = target;
  const id = idOf(target, ctx);
  if (store.table(logicalName).get(id)) {
    throw new DataverseFault(
      'DuplicateRecord',
      `There is already a record of entity ${logicalName} with id ${id}, can't create with this Id.`,
    );
  }
  store.put(logicalName, id, rowOf(id, store.nextVersion(), cellsOf(target, id, ctx)));
  return id;
}

/** The id that the record has been given, as its id or as an attribute, or a new one. */
function idOf({ logicalName, id, attributes }: Entity, { context }: RequestContext): string {
  if (id !== EMPTY_GUID) return id;
  return parseGuid(attributes[context.metadata.primaryIdOf(logicalName)]) ?? context.newId();
}

function cellsOf(
  entity: Entity,
  id: string,
  { context, caller }: RequestContext,
): Record<string, Cell> {
  const cells = Object.create(null) as Record<string, Cell>;
  const now = new Instant(context.clock.wall());
  const user = effectiveUser(caller);
  Object.assign(cells, {
    createdon: now,
    modifiedon: now,
    createdby: user,
    modifiedby: user,
    ownerid: user,
    statecode: new OptionSetValue(0),
  });
  for (const [name, value] of Object.entries(entity.attributes)) {
    const cell = cellOf(value, `${entity.logicalName}.${name}`);
    if (cell !== undefined) cells[name] = cell;
  }
  cells[context.metadata.primaryIdOf(entity.logicalName)] = id;
  return cells;
}
