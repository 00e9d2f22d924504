/** forRequests: has a middleware see only requests of certain names. */
import { when } from '@interpose/kernel';
import { unexpected } from '@interpose/kernel/options';
import type { RequestContext } from '../context/request-context.ts';
import type { OrganizationMiddleware } from '../pipeline/organization-middleware.ts';
import type { OrganizationResponse } from '../requests/organization-request.ts';

/**
 * Runs a middleware for requests of these names, and goes past it for all others.
 *
 * @throws TypeError for what is no list of names
 * @example
 * forRequests(['Create', 'Update'], requestLog({ write: console.log }));
 */
export function forRequests(
  requestNames: readonly string[],
  middleware: OrganizationMiddleware,
): OrganizationMiddleware {
  if (!Array.isArray(requestNames) || requestNames.some((name) => typeof name !== 'string')) {
    throw unexpected('requestNames', 'a list of names of messages', requestNames);
  }
  const names = new Set<string>(requestNames);
  return when<RequestContext, OrganizationResponse>(
    ({ request }) => names.has(request.requestName),
    middleware,
  );
}
