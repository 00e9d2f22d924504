/** The context of a request in another host, for the host's own handlers and for whatever of ours stands further in. */
import type { HttpContext, RequestContext } from '../context/context.ts';

const CONTEXTS = new WeakMap<object, HttpContext>();

/** The context of a request, if middleware of ours stands round its handler. */
export function contextOf(req: object): HttpContext | undefined {
  return CONTEXTS.get(req);
}

/** What the host's handlers get for the request from now on. */
export function setContext(req: object, ctx: HttpContext): void {
  CONTEXTS.set(req, ctx);
}

/** Makes it the context of the request. What those further out have found out of the request, it knows, too. */
export function enter<C extends RequestContext>(ctx: C, req: object): C {
  const outer = CONTEXTS.get(req);
  CONTEXTS.set(req, ctx);
  if (!outer) return ctx;
  ctx.requestId = outer.requestId;
  ctx.clientAddress = outer.clientAddress;
  ctx.secure = outer.secure;
  Object.defineProperty(ctx, 'state', { value: outer.state, enumerable: true, configurable: true });
  return ctx;
}
