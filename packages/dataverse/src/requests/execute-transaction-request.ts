/** ExecuteTransactionRequest and its response: many requests, all of them or none. */
import { OrganizationRequest, OrganizationResponse } from './organization-request.ts';

/** Does requests one after the other; if one fails, nothing of any of them stays. */
export class ExecuteTransactionRequest extends OrganizationRequest<ExecuteTransactionResponse> {
  constructor(parts: {
    readonly requests: Iterable<OrganizationRequest>;
    /** @default false */
    readonly returnResponses?: boolean;
  }) {
    const { requests, returnResponses = false } = parts;
    super('ExecuteTransaction', { Requests: requests, ReturnResponses: returnResponses });
  }

  get requests(): Iterable<OrganizationRequest> {
    return this.parameters['Requests'] as Iterable<OrganizationRequest>;
  }

  get returnResponses(): boolean {
    return this.parameters['ReturnResponses'] === true;
  }
}

/** The responses in the order of the requests; none, if nobody asked for them. */
export class ExecuteTransactionResponse extends OrganizationResponse {
  constructor(responses: readonly OrganizationResponse[]) {
    super('ExecuteTransaction', { Responses: responses });
  }

  get responses(): readonly OrganizationResponse[] {
    return this.results['Responses'] as readonly OrganizationResponse[];
  }
}
