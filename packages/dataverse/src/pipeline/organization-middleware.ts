/** OrganizationMiddleware: what stands between a caller and what handles his request, in the kernel's form or in that of the seed. */
import type { Awaitable, Middleware } from '@interpose/kernel';
import { unexpected } from '@interpose/kernel/options';
import type { OrganizationContext, RequestContext } from '../context/request-context.ts';
import type {
  OrganizationRequest,
  OrganizationResponse,
} from '../requests/organization-request.ts';

/** A middleware in the kernel's form: it is given the request with its surroundings, and `next`. */
export type OrganizationMiddleware = Middleware<RequestContext, OrganizationResponse>;

/** Handles a request. */
export type OrganizationRequestDelegate = (
  context: OrganizationContext,
  request: OrganizationRequest,
) => Awaitable<OrganizationResponse>;

/** A middleware in the form of ASP.NET Core: it is given the next delegate, and gives one that stands before it. */
export type DelegateMiddleware = (next: OrganizationRequestDelegate) => OrganizationRequestDelegate;

/**
 * A middleware of either form as one of the kernel's. One with a single parameter is of the second form.
 *
 * @throws TypeError for anything that is neither
 */
export function organizationMiddleware(
  middleware: OrganizationMiddleware | DelegateMiddleware,
): OrganizationMiddleware {
  if (typeof middleware !== 'function') {
    return middleware && typeof (middleware as { handle?: unknown }).handle === 'function'
      ? middleware
      : fail(middleware);
  }
  if (middleware.length !== 1) return middleware as OrganizationMiddleware;
  const delegating = middleware as DelegateMiddleware;
  const adapted: OrganizationMiddleware = (ctx, next) => {
    const rest: OrganizationRequestDelegate = (_, request) =>
      request === ctx.request ? next() : next({ ...ctx, request });
    const delegate = delegating(rest) as unknown;
    if (typeof delegate !== 'function') {
      throw unexpected(
        'middleware',
        '`next => (context, request) => response`, or `(ctx, next) => response` with both parameters',
        delegate,
      );
    }
    return (delegate as OrganizationRequestDelegate)(ctx.context, ctx.request);
  };
  return Object.defineProperty(adapted, 'name', { value: middleware.name || 'delegate' });
}

function fail(middleware: unknown): never {
  throw unexpected('middleware', 'a function', middleware);
}
