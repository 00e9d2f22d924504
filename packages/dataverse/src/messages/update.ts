/** Update: changes the attributes that are given, and no others. */
import type { MessageExecutor } from '../message-executor.ts';
import type { ConcurrencyBehavior, UpdateRequest } from '../requests/crud-requests.ts';
import { OrganizationResponse } from '../requests/organization-request.ts';
import { checkTarget } from '../writes/given-cells.ts';
import { updateRecord } from '../writes/update-record.ts';

/** The executor. */
export const update: MessageExecutor<UpdateRequest> = {
  requestName: 'Update',
  execute({ parameters }, ctx) {
    const concurrency = parameters['ConcurrencyBehavior'] as ConcurrencyBehavior | undefined;
    updateRecord(checkTarget(parameters['Target']), ctx, concurrency);
    return new OrganizationResponse('Update');
  },
};
