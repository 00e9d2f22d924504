/** transformRequests: has the rest see another request, and the caller another response. */
import { type Awaitable, isThenable } from '@interpose/kernel';
import type { RequestContext } from '../context/request-context.ts';
import { andThen } from '../pipeline/and-then.ts';
import type { OrganizationMiddleware } from '../pipeline/organization-middleware.ts';
import type {
  OrganizationRequest,
  OrganizationResponse,
} from '../requests/organization-request.ts';

/** What is put in the place of requests and responses; where nothing is given, they stay. */
export interface Transformations {
  request?(
    request: OrganizationRequest,
    ctx: RequestContext,
  ): Awaitable<OrganizationRequest | undefined | void>;
  response?(
    response: OrganizationResponse,
    ctx: RequestContext,
  ): Awaitable<OrganizationResponse | undefined | void>;
}

/** Puts other requests and responses in the place of those that come. Make new ones: what the caller gave is his. */
export function transformRequests(transformations: Transformations): OrganizationMiddleware {
  return function transform(ctx, next) {
    const run = (
      request: OrganizationRequest | undefined | void,
    ): Awaitable<OrganizationResponse> => {
      const inside = !request || request === ctx.request ? ctx : { ...ctx, request };
      const response = next(inside);
      if (!transformations.response) return response;
      return andThen(response, (given) =>
        andThen(transformations.response?.(given, inside), (other) => other ?? given),
      );
    };
    const request = transformations.request?.(ctx.request, ctx);
    return isThenable(request) ? request.then(run) : run(request);
  };
}
