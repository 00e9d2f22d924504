/** ExecuteMultipleRequest and its response: many requests, each by itself. */
import type { DataverseFault } from '../faults/dataverse-fault.ts';
import { OrganizationRequest, OrganizationResponse } from './organization-request.ts';

/** How many requests are done one after the other. */
export interface ExecuteMultipleSettings {
  /** Whether those behind one that failed are done. @default false */
  readonly continueOnError?: boolean;
  /** Whether responses are given, and not only faults. @default false */
  readonly returnResponses?: boolean;
}

/** Does requests one after the other; what one has done stays when another fails. */
export class ExecuteMultipleRequest extends OrganizationRequest<ExecuteMultipleResponse> {
  constructor(parts: {
    readonly requests: Iterable<OrganizationRequest>;
    readonly settings: ExecuteMultipleSettings;
  }) {
    super('ExecuteMultiple', { Requests: parts.requests, Settings: parts.settings });
  }

  get requests(): Iterable<OrganizationRequest> {
    return this.parameters['Requests'] as Iterable<OrganizationRequest>;
  }

  get settings(): ExecuteMultipleSettings {
    return this.parameters['Settings'] as ExecuteMultipleSettings;
  }
}

/** What came of one of the requests. */
export interface ExecuteMultipleResponseItem {
  /** Which of them it was; the first is 0. */
  readonly requestIndex: number;
  readonly response?: OrganizationResponse;
  readonly fault?: DataverseFault;
}

/** What came of the requests. */
export class ExecuteMultipleResponse extends OrganizationResponse {
  constructor(responses: readonly ExecuteMultipleResponseItem[]) {
    const isFaulted = responses.some(({ fault }) => fault);
    super('ExecuteMultiple', { Responses: responses, IsFaulted: isFaulted });
  }

  get responses(): readonly ExecuteMultipleResponseItem[] {
    return this.results['Responses'] as readonly ExecuteMultipleResponseItem[];
  }

  get isFaulted(): boolean {
    return this.results['IsFaulted'] === true;
  }
}
