/** CreateMultiple: creates records of one table, all of them or none. */
import type { MessageExecutor } from '../message-executor.ts';
import { allOrNone } from '../pipeline/all-or-none.ts';
import { andThen } from '../pipeline/and-then.ts';
import { CreateRequest } from '../requests/crud-requests.ts';
import {
  type CreateMultipleRequest,
  CreateMultipleResponse,
} from '../requests/multiple-requests.ts';
import { targetsOf } from '../requests/targets-of.ts';

/** The executor. Each record is a Create of its own in the pipeline, so that no rule for those can be evaded. */
export const createMultiple: MessageExecutor<CreateMultipleRequest> = {
  requestName: 'CreateMultiple',
  lacks: 'elastic tables, where some records may be written while others fail',
  execute(request, ctx) {
    const creates = targetsOf(request).map((target) => new CreateRequest({ target }));
    return andThen(
      allOrNone(ctx, creates),
      (responses) => new CreateMultipleResponse(responses.map(({ id }) => id)),
    );
  },
};
