/** createRecord: puts a record into the store, checked, and with what the system adds to it. */
import { effectiveUser } from '../context/caller.ts';
import type { RequestContext } from '../context/request-context.ts';
import { DataverseFault } from '../faults/dataverse-fault.ts';
import type { EntityMetadata } from '../metadata/entity-metadata.ts';
import type { Entity } from '../records/entity.ts';
import { EMPTY_GUID, parseGuid } from '../records/guid.ts';
import { rowOf } from '../store/row.ts';
import { checkKeys } from './alternate-keys.ts';
import { autoNumber } from './auto-number.ts';
import { addFullName } from './full-name.ts';
import { checkTarget, givenCells } from './given-cells.ts';
import { addMoney } from './money-columns.ts';
import { addState } from './state-columns.ts';
import { addSystemColumns, type Cells } from './system-columns.ts';
import { writeRulesOf } from './write-rules.ts';

/**
 * Creates a record; gives its id. Nothing is stored if it fails.
 *
 * @throws DataverseFault if there is one of its id or with its values of a key, or for values that its table does not take
 */
export function createRecord(target: Entity, ctx: RequestContext): string {
  const { logicalName } = checkTarget(target);
  const { context, caller } = ctx;
  const { store, metadata } = context;
  const given = givenCells(target, 'Create', context);
  const id = idOf(target, ctx);
  if (store.table(logicalName).get(id)) {
    throw new DataverseFault(
      'DuplicateRecord',
      `There is already a record of entity ${logicalName} with id ${id}, can't create with this Id.`,
    );
  }
  const cells = Object.create(null) as Cells;
  for (const [name, cell] of given) if (cell !== undefined) cells[name] = cell;
  cells[metadata.primaryIdOf(logicalName)] = id;
  const names = [...given.keys()];
  addFullName(logicalName, cells, names);
  const entity = metadata.entity(logicalName);
  const version = store.nextVersion();
  addSystemColumns(cells, { logicalName, id, version, context, caller });
  if (entity) {
    addDefaults(cells, entity, ctx);
    addState(cells, { entity, id });
    addMoney(cells, names, { entity, context, userId: effectiveUser(caller).id });
    checkRequired(cells, entity);
    checkKeys({ logicalName, id, cells }, context);
  }
  store.put(logicalName, id, rowOf(id, version, cells));
  return id;
}

/** The id that the record has been given, as its id or as an attribute, or a new one. */
function idOf({ logicalName, id, attributes }: Entity, { context }: RequestContext): string {
  if (id !== EMPTY_GUID) return id;
  const name = context.metadata.primaryIdOf(logicalName);
  const given = attributes[name];
  if (given === undefined || given === null || given === EMPTY_GUID) return context.newId();
  const parsed = parseGuid(given);
  if (parsed !== undefined) return parsed;
  throw new DataverseFault(
    'InvalidArgument',
    `The attribute '${name}' of entity '${logicalName}' has an invalid type. Expected: Guid, but got: ${typeof given}.`,
  );
}

function addDefaults(cells: Cells, entity: EntityMetadata, ctx: RequestContext): void {
  const { defaults, autoNumbers } = writeRulesOf(entity);
  for (const [name, cell] of defaults) cells[name] ??= cell;
  for (const { logicalName: column, autoNumberFormat: format } of autoNumbers) {
    cells[column] ??= autoNumber({ logicalName: entity.logicalName, column, format }, ctx);
  }
}

function checkRequired(cells: Cells, entity: EntityMetadata): void {
  for (const { logicalName: name } of writeRulesOf(entity).required) {
    if (cells[name] !== undefined) continue;
    throw new DataverseFault(
      'InvalidArgument',
      `The attribute '${name}' of entity '${entity.logicalName}' is required and has no value.`,
    );
  }
}
