/** Upsert: changes a record, or creates it if it is not there. */
import { isThenable } from '@interpose/kernel';
import { DataverseFault } from '../faults/dataverse-fault.ts';
import { Entity } from '../records/entity.ts';
import { EntityReference } from '../records/entity-reference.ts';
import { EMPTY_GUID } from '../records/guid.ts';
import {
  CreateRequest,
  type CreateResponse,
  UpdateRequest,
  type UpsertRequest,
  UpsertResponse,
} from '../requests/crud-requests.ts';
import { create } from './create.ts';
import type { MessageExecutor } from './message-executor.ts';
import { update } from './update.ts';

/** The executor. */
export const upsert: MessageExecutor<UpsertRequest> = {
  requestName: 'Upsert',
  execute({ target }, ctx) {
    if (!(target instanceof Entity)) {
      throw new DataverseFault('InvalidArgument', 'The entity must not be null');
    }
    const { logicalName, id } = target;
    const isThere = id !== EMPTY_GUID && ctx.context.store.table(logicalName).get(id) !== undefined;
    const done = isThere
      ? update.execute(new UpdateRequest({ target }), ctx)
      : create.execute(new CreateRequest({ target }), ctx);
    const answer = (given: unknown): UpsertResponse =>
      new UpsertResponse({
        target: new EntityReference(logicalName, isThere ? id : (given as CreateResponse).id),
        recordCreated: !isThere,
      });
    return isThenable(done) ? done.then(answer) : answer(done);
  },
};
