/** Update: changes the attributes that are given, and no others. */
import type { MessageExecutor } from '../message-executor.ts';
import type { ConcurrencyBehavior, UpdateRequest } from '../requests/crud-requests.ts';
import { updateWithCascades } from '../relationships/assign-cascade.ts';
import { OrganizationResponse } from '../requests/organization-request.ts';
import { checkTarget } from '../writes/given-cells.ts';
import { updateRecord } from '../writes/update-record.ts';

/** The executor. */
export const update: MessageExecutor<UpdateRequest> = {
  requestName: 'Update',
  execute({ parameters }, ctx) {
    const concurrency = parameters['ConcurrencyBehavior'] as ConcurrencyBehavior | undefined;
    const target = checkTarget(parameters['Target']);
    if (!target.contains('ownerid')) {
      updateRecord(target, ctx, concurrency);
      return new OrganizationResponse('Update');
    }
    return ctx.transact((inside) => {
      updateWithCascades(target, inside, concurrency);
      return new OrganizationResponse('Update');
    });
  },
};
