/** Connection: what everything that asks an organization by the Web API needs of it. */
import type { OrganizationServiceAsync } from '../organization-service.ts';
import type { XrmFakedContext } from '../xrm-faked-context.ts';

/** An organization, the service of a caller, and the address under which both are told to be. */
export interface Connection {
  readonly context: XrmFakedContext;
  readonly service: OrganizationServiceAsync;
  /** The address of the Web API, with a slash at its end. */
  readonly root: string;
}
