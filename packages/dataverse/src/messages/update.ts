/** Update: changes the attributes that are given, and no others. */
import type { MessageExecutor } from '../message-executor.ts';
import type { UpdateRequest } from '../requests/crud-requests.ts';
import { OrganizationResponse } from '../requests/organization-request.ts';
import { updateRecord } from '../writes/update-record.ts';

/** The executor. */
export const update: MessageExecutor<UpdateRequest> = {
  requestName: 'Update',
  execute({ target }, ctx) {
    updateRecord(target, ctx);
    return new OrganizationResponse('Update');
  },
};
