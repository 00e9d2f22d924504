/** UpdateMultiple: changes records of one table, all of them or none. */
import type { MessageExecutor } from '../message-executor.ts';
import { allOrNone } from '../pipeline/all-or-none.ts';
import { andThen } from '../pipeline/and-then.ts';
import { UpdateRequest } from '../requests/crud-requests.ts';
import type { UpdateMultipleRequest } from '../requests/multiple-requests.ts';
import { OrganizationResponse } from '../requests/organization-request.ts';
import { targetsOf } from '../requests/targets-of.ts';

/** The executor. Each record is an Update of its own in the pipeline, so that no rule for those can be evaded. */
export const updateMultiple: MessageExecutor<UpdateMultipleRequest> = {
  requestName: 'UpdateMultiple',
  lacks: 'elastic tables, where some records may be written while others fail',
  execute(request, ctx) {
    const updates = targetsOf(request).map((target) => new UpdateRequest({ target }));
    return andThen(allOrNone(ctx, updates), () => new OrganizationResponse('UpdateMultiple'));
  },
};
