/** Delete: takes a record out of the store. */
import { DataverseFault } from '../faults/dataverse-fault.ts';
import { EntityReference } from '../records/entity-reference.ts';
import type { DeleteRequest } from '../requests/crud-requests.ts';
import { OrganizationResponse } from '../requests/organization-request.ts';
import type { MessageExecutor } from '../message-executor.ts';
import { rowFor } from '../store/stored-record.ts';

/** The executor. */
export const deleteRecord: MessageExecutor<DeleteRequest> = {
  requestName: 'Delete',
  execute({ target }, { context }) {
    if (!(target instanceof EntityReference)) {
      throw new DataverseFault('InvalidArgument', 'Can not delete without target');
    }
    const { id } = rowFor(context.store, target);
    context.store.put(target.logicalName, id, undefined);
    return new OrganizationResponse('Delete');
  },
};
