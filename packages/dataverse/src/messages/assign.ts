/** Assign: gives a record to another user or team. */
import { DataverseFault } from '../faults/dataverse-fault.ts';
import type { MessageExecutor } from '../message-executor.ts';
import { EntityReference } from '../records/entity-reference.ts';
import { assignWithCascades } from '../relationships/assign-cascade.ts';
import { OrganizationResponse } from '../requests/organization-request.ts';
import type { AssignRequest } from '../requests/ownership-requests.ts';

/** The executor. */
export const assign: MessageExecutor<AssignRequest> = {
  requestName: 'Assign',
  execute({ target, assignee }, ctx) {
    if (!(target instanceof EntityReference)) {
      throw new DataverseFault('InvalidArgument', 'Can not assign without target');
    }
    if (!(assignee instanceof EntityReference)) {
      throw new DataverseFault('InvalidArgument', 'Can not assign without assignee');
    }
    return ctx.transact((inside) => {
      assignWithCascades(target, assignee, inside);
      return new OrganizationResponse('Assign');
    });
  },
};
