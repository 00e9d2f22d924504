/** UpsertMultiple: changes records of one table or creates those that are not there, all of them or none. */
import type { MessageExecutor } from '../message-executor.ts';
import { allOrNone } from '../pipeline/all-or-none.ts';
import { andThen } from '../pipeline/and-then.ts';
import { UpsertRequest } from '../requests/crud-requests.ts';
import {
  type UpsertMultipleRequest,
  UpsertMultipleResponse,
} from '../requests/multiple-requests.ts';
import { expectNoTwins, targetsOf } from '../requests/targets-of.ts';

/** The executor. Each record is an Upsert of its own in the pipeline, so that no rule for those can be evaded. */
export const upsertMultiple: MessageExecutor<UpsertMultipleRequest> = {
  requestName: 'UpsertMultiple',
  lacks: 'elastic tables, where some records may be written while others fail',
  execute(request, ctx) {
    const targets = targetsOf(request);
    expectNoTwins(targets, 'UpsertMultiple');
    const upserts = targets.map((target) => new UpsertRequest({ target }));
    return andThen(allOrNone(ctx, upserts), (responses) => new UpsertMultipleResponse(responses));
  },
};
