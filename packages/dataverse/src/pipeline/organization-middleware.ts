/** OrganizationMiddleware: what stands between a caller and what handles his request, in the kernel's form or in that of the seed. */
import { type Awaitable, isThenable, type Middleware } from '@interpose/kernel';
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

/** A middleware in the form of ASP.NET Core: it is given the next delegate, once, and gives one that stands before it. */
export type DelegateMiddleware = (next: OrganizationRequestDelegate) => OrganizationRequestDelegate;

/** One request on its way through a delegate. */
interface Passage {
  readonly ctx: RequestContext;
  readonly next: (ctx?: RequestContext) => Awaitable<OrganizationResponse>;
  isPassed: boolean;
}

/**
 * Refuses what is no middleware of either form, as far as that can be seen.
 *
 * @throws TypeError for anything that is neither
 */
export function checkMiddleware(middleware: unknown): void {
  const handle = (middleware as { handle?: unknown } | null | undefined)?.handle;
  if (typeof middleware === 'function' || typeof handle === 'function') return;
  throw unexpected('middleware', 'a function', middleware);
}

/**
 * A middleware of either form as one of the kernel's. One with a single parameter is of the second form.
 *
 * @throws TypeError for one of the second form that gives no delegate
 */
export function organizationMiddleware(
  middleware: OrganizationMiddleware | DelegateMiddleware,
  name: string,
): OrganizationMiddleware {
  if (typeof middleware !== 'function' || middleware.length !== 1) {
    return middleware as OrganizationMiddleware;
  }
  const passages = new Passages();
  const delegate = (middleware as DelegateMiddleware)((_, request) => passages.goOn(request));
  if (typeof delegate !== 'function') {
    throw unexpected(
      'middleware',
      '`next => (context, request) => response`, or `(ctx, next) => response` with both parameters',
      delegate,
    );
  }
  const adapted: OrganizationMiddleware = (ctx, next) =>
    passages.through(delegate, { ctx, next, isPassed: false });
  return Object.defineProperty(adapted, 'name', { value: middleware.name || name });
}

/** Requests on their way through one delegate, which is made once and so must be told apart by what it says of them. */
class Passages {
  /** The one that the delegate was called for last, while it has not yet waited for anything. */
  #current: Passage | undefined;
  /** Those whose delegate has waited. */
  readonly #waiting = new Set<Passage>();

  through(
    delegate: OrganizationRequestDelegate,
    passage: Passage,
  ): Awaitable<OrganizationResponse> {
    const around = this.#current;
    this.#current = passage;
    try {
      const response = delegate(passage.ctx.context, passage.ctx.request);
      if (isThenable(response)) {
        const leave = (): void => void this.#waiting.delete(passage);
        this.#waiting.add(passage);
        response.then(leave, leave);
      }
      return response;
    } finally {
      this.#current = around;
    }
  }

  goOn(request: OrganizationRequest): Awaitable<OrganizationResponse> {
    const passage = this.#current ?? this.#passageOf(request);
    passage.isPassed = true;
    const { ctx, next } = passage;
    return request === ctx.request ? next() : next({ ...ctx, request });
  }

  /** The one whose delegate goes on after having waited. */
  #passageOf(request: OrganizationRequest): Passage {
    const open = [...this.#waiting];
    const same = open.filter(({ ctx }) => ctx.request === request);
    const found =
      same.find(({ isPassed }) => !isPassed) ??
      same[0] ??
      (open.length === 1 ? open[0] : undefined);
    if (found) return found;
    throw unexpected(
      'request',
      'the one that the middleware was given, as others are under way; `(ctx, next) => response` takes any',
      request?.requestName,
    );
  }
}
