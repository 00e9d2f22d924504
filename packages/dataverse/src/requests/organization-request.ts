/** OrganizationRequest and OrganizationResponse: what is asked of an organization by name, and what it answers. */
import { unexpected } from '@interpose/kernel/options';
import type { Guid } from '../records/guid.ts';

/** Values by name, in the words of the service: `Target`, `ColumnSet`. */
export type ParameterCollection = Record<string, unknown>;

/** What an organization answers, by name. */
export class OrganizationResponse {
  readonly responseName: string;
  readonly results: ParameterCollection;

  constructor(responseName: string, results: Readonly<ParameterCollection> = {}) {
    this.responseName = responseName;
    this.results = Object.assign(Object.create(null) as ParameterCollection, results);
  }
}

/**
 * What is asked of an organization: a name, and parameters by name. `Response` is what comes of it.
 *
 * @example
 * service.execute(new OrganizationRequest('new_CalculatePrice', { Quantity: 3 })).results['Price'];
 */
export class OrganizationRequest<Response extends OrganizationResponse = OrganizationResponse> {
  readonly requestName: string;
  readonly parameters: ParameterCollection;
  /** Tells requests apart in traces. @default none */
  requestId: Guid | undefined;
  /** Only for the compiler: what comes of it. */
  declare readonly responseType?: Response;

  /** @throws TypeError for a name that is none */
  constructor(requestName: string, parameters: Readonly<ParameterCollection> = {}) {
    if (typeof requestName !== 'string' || requestName === '') {
      throw unexpected('requestName', 'the name of a message', requestName);
    }
    this.requestName = requestName;
    this.parameters = Object.assign(Object.create(null) as ParameterCollection, parameters);
  }
}
