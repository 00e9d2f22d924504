/** requestsIn: the requests that a request has in it, checked before any of them is done. */
import { DataverseFault } from '../faults/dataverse-fault.ts';
import { OrganizationRequest } from './organization-request.ts';

/** How many the service takes. */
const MOST = 1000;

/**
 * The requests as a list of their own.
 *
 * @throws DataverseFault if something among them is no request, or if there are too many
 */
export function requestsIn(requests: unknown, requestName: string): readonly OrganizationRequest[] {
  const isList = typeof (requests as Iterable<unknown> | null)?.[Symbol.iterator] === 'function';
  const list: readonly unknown[] = isList ? [...(requests as Iterable<unknown>)] : [requests];
  if (list.length > MOST) {
    throw new DataverseFault(
      'InvalidArgument',
      `${requestName} takes at most ${MOST} requests, and was given ${list.length}.`,
    );
  }
  const wrong = list.findIndex((request) => !(request instanceof OrganizationRequest));
  if (wrong < 0) return list as readonly OrganizationRequest[];
  throw new DataverseFault(
    'InvalidArgument',
    isList
      ? `Request ${wrong} of ${requestName} is no OrganizationRequest.`
      : `The requests of ${requestName} are no list.`,
  );
}
