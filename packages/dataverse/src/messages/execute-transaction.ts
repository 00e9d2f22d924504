/** ExecuteTransaction: many requests, all of them or none. */
import { DataverseFault } from '../faults/dataverse-fault.ts';
import { ExecuteTransactionFault } from '../faults/execute-transaction-fault.ts';
import type { MessageExecutor } from '../message-executor.ts';
import { allOrNone } from '../pipeline/all-or-none.ts';
import { andThen } from '../pipeline/and-then.ts';
import {
  type ExecuteTransactionRequest,
  ExecuteTransactionResponse,
} from '../requests/execute-transaction-request.ts';
import { requestsIn } from '../requests/requests-in.ts';

/** The executor. */
export const executeTransaction: MessageExecutor<ExecuteTransactionRequest> = {
  requestName: 'ExecuteTransaction',
  execute({ requests, returnResponses }, ctx) {
    const list = requestsIn(requests, 'ExecuteTransaction');
    const done = allOrNone(ctx, list, (error, index) =>
      error instanceof DataverseFault ? new ExecuteTransactionFault(error, index) : error,
    );
    return andThen(
      done,
      (responses) => new ExecuteTransactionResponse(returnResponses ? responses : []),
    );
  },
};
