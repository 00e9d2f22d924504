/** updateRecord: changes the attributes that are given, and no others. */
import { effectiveUser } from '../context/caller.ts';
import type { RequestContext } from '../context/request-context.ts';
import { DataverseFault } from '../faults/dataverse-fault.ts';
import type { EntityMetadata } from '../metadata/entity-metadata.ts';
import type { Entity } from '../records/entity.ts';
import type { ConcurrencyBehavior } from '../requests/crud-requests.ts';
import { recordRow } from '../store/find-record.ts';
import { type Row, rowOf } from '../store/row.ts';
import { checkKeys } from './alternate-keys.ts';
import { addFullName } from './full-name.ts';
import { checkTarget, type GivenCells, givenCells } from './given-cells.ts';
import { addMoney } from './money-columns.ts';
import { changeOwner } from './owner-columns.ts';
import { checkVersion } from './record-version.ts';
import { changeState } from './state-columns.ts';
import { type Cells, changeSystemColumns, columnTest, type Written } from './system-columns.ts';
import { writeRulesOf } from './write-rules.ts';

/**
 * Changes a record. Nothing is changed if it fails.
 *
 * @throws DataverseFault if there is none, if it is not in the version that is meant, or for values that its table does not take
 */
export function updateRecord(
  target: Entity,
  { context, caller }: RequestContext,
  concurrency: ConcurrencyBehavior = 'Default',
): void {
  const { logicalName } = checkTarget(target);
  const { store, metadata } = context;
  const row = recordRow(context, target);
  checkVersion(row, target, { concurrency, metadata });
  const given = givenCells(target, 'Update', context);
  const cells = changedCells(row, given);
  const version = store.nextVersion();
  const written: Written = { logicalName, id: row.id, version, context, caller };
  changeSystemColumns(cells, written);
  if (given.has('ownerid')) changeOwner(cells, written, columnTest(written));
  addFullName(logicalName, cells, [...given.keys()]);
  const entity = metadata.entity(logicalName);
  if (entity) {
    changeState(cells, row.cells, { entity, id: row.id, isGiven: (name) => given.has(name) });
    addMoney(cells, given.keys(), { entity, context, userId: effectiveUser(caller).id });
    checkKept(cells, given, entity);
    checkKeys({ logicalName, id: row.id, cells }, context, (name) => given.has(name));
  }
  store.put(logicalName, row.id, rowOf(row.id, version, cells));
}

function changedCells(row: Row, given: GivenCells): Cells {
  const cells = Object.assign(Object.create(null) as Cells, row.cells);
  for (const [name, cell] of given) {
    if (cell === undefined) delete cells[name];
    else cells[name] = cell;
  }
  return cells;
}

/** @throws DataverseFault if something was emptied that has to have a value */
function checkKept(cells: Cells, given: GivenCells, entity: EntityMetadata): void {
  const { required, state, status } = writeRulesOf(entity);
  const columns = [...required, state, status].map((column) => column?.logicalName);
  for (const name of [...columns, 'ownerid']) {
    if (name === undefined || !given.has(name) || cells[name] !== undefined) continue;
    throw new DataverseFault(
      'InvalidArgument',
      `The attribute '${name}' of entity '${entity.logicalName}' is required and cannot be set to null.`,
    );
  }
}
