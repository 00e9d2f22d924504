/** cacheResponses: gives the same response again to requests that ask for the same. */
import { isThenable } from '@interpose/kernel';
import { unexpected } from '@interpose/kernel/options';
import { effectiveUser } from '../context/caller.ts';
import type { OrganizationContext, RequestContext } from '../context/request-context.ts';
import type { OrganizationMiddleware } from '../pipeline/organization-middleware.ts';
import type { OrganizationResponse } from '../requests/organization-request.ts';

/** What is kept, and how requests that ask for the same are known. */
export interface CacheOptions {
  /** The messages whose responses are kept, as `WhoAmI`. */
  readonly requestNames: readonly string[];
  /** A text that is the same for requests that ask for the same; nothing for one that is not to be kept. @default the message and the caller, for requests without parameters */
  readonly keyOf?: (ctx: RequestContext) => string | undefined;
}

/**
 * Keeps responses for as long as the organization is there; it hears of no change, so it is for what does not change. Failures are not kept.
 *
 * @throws TypeError for what is no list of names
 */
export function cacheResponses(options: CacheOptions): OrganizationMiddleware {
  const { requestNames, keyOf = usualKey } = options;
  if (!Array.isArray(requestNames)) {
    throw unexpected('requestNames', 'a list of names of messages', requestNames);
  }
  const names = new Set<string>(requestNames);
  const caches = new WeakMap<OrganizationContext, Map<string, OrganizationResponse>>();
  return function cache(ctx, next) {
    const key = names.has(ctx.request.requestName) ? keyOf(ctx) : undefined;
    if (key === undefined) return next();
    const kept = caches.get(ctx.context) ?? new Map<string, OrganizationResponse>();
    caches.set(ctx.context, kept);
    const known = kept.get(key);
    if (known) return copyOf(known);
    const keep = (response: OrganizationResponse): OrganizationResponse => {
      kept.set(key, copyOf(response));
      return response;
    };
    const response = next();
    return isThenable(response) ? response.then(keep) : keep(response);
  };
}

function usualKey({ request, caller }: RequestContext): string | undefined {
  if (Object.keys(request.parameters).length) return undefined;
  return `${request.requestName} ${caller.callerId.id} ${effectiveUser(caller).id}`;
}

/** What its owner does to it is not done to the one that is kept. */
function copyOf(response: OrganizationResponse): OrganizationResponse {
  const copy = Object.create(Object.getPrototypeOf(response) as object) as OrganizationResponse;
  const results = Object.assign(Object.create(null) as object, response.results);
  return Object.assign(copy, response, { results });
}
