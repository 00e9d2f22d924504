/** requestsIn: the requests that a request has in it, checked before any of them is done. */
import { DataverseFault } from '../faults/dataverse-fault.ts';
import { OrganizationRequest } from './organization-request.ts';

/**
 * The requests as a list of their own.
 *
 * @throws DataverseFault if something among them is no request
 */
export function requestsIn(requests: unknown, requestName: string): readonly OrganizationRequest[] {
  const isList = typeof (requests as Iterable<unknown> | null)?.[Symbol.iterator] === 'function';
  const list: readonly unknown[] = isList ? [...(requests as Iterable<unknown>)] : [requests];
  const wrong = list.findIndex((request) => !(request instanceof OrganizationRequest));
  if (wrong < 0) return list as readonly OrganizationRequest[];
  throw new DataverseFault(
    'InvalidArgument',
    isList
      ? `Request ${wrong} of ${requestName} is no OrganizationRequest.`
      : `The requests of ${requestName} are no list.`,
  );
}
