/** checkRequests: refuses requests with a sentence for their caller. */
import { type Awaitable, before, isThenable } from '@interpose/kernel';
import type { RequestContext } from '../context/request-context.ts';
import { InvalidPluginExecutionException } from '../faults/dataverse-fault.ts';
import type { OrganizationMiddleware } from '../pipeline/organization-middleware.ts';
import type { OrganizationRequest } from '../requests/organization-request.ts';

/** Gives the sentence with which a request is refused; nothing for one that may pass. */
export type RequestCheck = (
  request: OrganizationRequest,
  ctx: RequestContext,
) => Awaitable<string | undefined | void>;

/**
 * Refuses each request for which there is a sentence, with an InvalidPluginExecutionException. A check that throws refuses, too.
 *
 * @example
 * checkRequests((request) =>
 *   request instanceof CreateRequest && !request.target.contains('name') ? 'Account must have a name' : undefined,
 * );
 */
export function checkRequests(check: RequestCheck): OrganizationMiddleware {
  const refuse = (sentence: string | undefined | void): void => {
    if (typeof sentence === 'string') throw new InvalidPluginExecutionException(sentence);
  };
  return before(function checkRequest(ctx: RequestContext) {
    const said = check(ctx.request, ctx);
    return isThenable(said) ? said.then(refuse) : refuse(said);
  });
}
