/** Delete: takes a record out of the store, and does to those that refer to it what their relationships say. */
import { DataverseFault } from '../faults/dataverse-fault.ts';
import type { MessageExecutor } from '../message-executor.ts';
import { EntityReference } from '../records/entity-reference.ts';
import type { ConcurrencyBehavior, DeleteRequest } from '../requests/crud-requests.ts';
import { OrganizationResponse } from '../requests/organization-request.ts';
import { deleteWithCascades } from '../relationships/delete-cascade.ts';
import { recordRow } from '../store/find-record.ts';
import { checkVersion } from '../writes/record-version.ts';

/** The executor. */
export const deleteRecord: MessageExecutor<DeleteRequest> = {
  requestName: 'Delete',
  execute({ parameters }, { context }) {
    const target = parameters['Target'];
    if (!(target instanceof EntityReference)) {
      throw new DataverseFault('InvalidArgument', 'Can not delete without target');
    }
    const { metadata } = context;
    const row = recordRow(context, target);
    const concurrency = (parameters['ConcurrencyBehavior'] ?? 'Default') as ConcurrencyBehavior;
    checkVersion(row, target, { concurrency, metadata });
    deleteWithCascades(context, { logicalName: target.logicalName, id: row.id });
    return new OrganizationResponse('Delete');
  },
};
