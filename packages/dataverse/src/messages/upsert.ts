/** Upsert: changes a record, or creates it if it is not there. */
import { DataverseFault } from '../faults/dataverse-fault.ts';
import type { MessageExecutor } from '../message-executor.ts';
import { Entity } from '../records/entity.ts';
import { EntityReference } from '../records/entity-reference.ts';
import { EMPTY_GUID } from '../records/guid.ts';
import { type UpsertRequest, UpsertResponse } from '../requests/crud-requests.ts';
import { createRecord } from '../writes/create-record.ts';
import { updateRecord } from '../writes/update-record.ts';

/** The executor. */
export const upsert: MessageExecutor<UpsertRequest> = {
  requestName: 'Upsert',
  execute({ target }, ctx) {
    if (!(target instanceof Entity)) {
      throw new DataverseFault('InvalidArgument', 'The entity must not be null');
    }
    const { logicalName, id } = target;
    const isThere = id !== EMPTY_GUID && ctx.context.store.table(logicalName).get(id) !== undefined;
    if (isThere) updateRecord(target, ctx);
    const reached = isThere ? id : createRecord(target, ctx);
    return new UpsertResponse({
      target: new EntityReference(logicalName, reached),
      recordCreated: !isThere,
    });
  },
};
