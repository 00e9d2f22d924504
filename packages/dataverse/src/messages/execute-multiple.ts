/** ExecuteMultiple: many requests, each by itself. */
import { type Awaitable, isThenable } from '@interpose/kernel';
import { DataverseFault } from '../faults/dataverse-fault.ts';
import { faultOf } from '../faults/fault-of.ts';
import type { MessageExecutor } from '../message-executor.ts';
import { andThen } from '../pipeline/and-then.ts';
import { inTurn } from '../pipeline/in-turn.ts';
import {
  type ExecuteMultipleRequest,
  ExecuteMultipleResponse,
  type ExecuteMultipleResponseItem,
} from '../requests/execute-multiple-request.ts';
import type { OrganizationResponse } from '../requests/organization-request.ts';
import { requestsIn } from '../requests/requests-in.ts';

/** The executor. */
export const executeMultiple: MessageExecutor<ExecuteMultipleRequest> = {
  requestName: 'ExecuteMultiple',
  execute({ settings, requests }, ctx) {
    if (settings === undefined || settings === null) throw missing('Settings');
    if (requests === undefined || requests === null) throw missing('Requests');
    const { continueOnError = false, returnResponses = false } = settings;
    const items: ExecuteMultipleResponseItem[] = [];
    const keep = (requestIndex: number, { response, fault }: What): 'go on' | 'stop' => {
      if (fault) items.push({ requestIndex, fault });
      else if (response && returnResponses) items.push({ requestIndex, response });
      return fault && !continueOnError ? 'stop' : 'go on';
    };
    const done = inTurn(requestsIn(requests, 'ExecuteMultiple'), (request, index) => {
      const what =
        request.requestName === 'ExecuteMultiple'
          ? NESTED
          : whatComesOf(() => ctx.execute(request));
      return andThen(what, (one) => keep(index, one));
    });
    return andThen(done, () => new ExecuteMultipleResponse(items));
  },
};

/** What came of a request. */
interface What {
  readonly response?: OrganizationResponse;
  readonly fault?: DataverseFault;
}

const NESTED: What = {
  fault: new DataverseFault('InvalidArgument', 'ExecuteMultiple takes no ExecuteMultiple in it.'),
};

function whatComesOf(send: () => Awaitable<OrganizationResponse>): Awaitable<What> {
  try {
    const response = send();
    return isThenable(response)
      ? response.then((later) => ({ response: later }), faulted)
      : { response };
  } catch (error) {
    return faulted(error);
  }
}

const faulted = (error: unknown): What => ({ fault: faultOf(error) });

const missing = (name: string): DataverseFault =>
  new DataverseFault(
    'InvalidArgument',
    `You need to pass a value for '${name}' in execute multiple request`,
  );
