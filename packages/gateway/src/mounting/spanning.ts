/** Mounts a middleware that begins in access and ends when the head of the answer is there: in between it waits in `next()`. */
import { adopt, type HttpResponse, isHttpError } from '@interpose/http';
import { type Awaitable, compose, isThenable } from '@interpose/kernel';
import { ClientLeftError } from '@interpose/wire';
import type { GatewayContext, GatewayRequest } from '../context.ts';
import type { HandlerResult, PluginParts } from '../definition/plugin.ts';
import { Later } from './later.ts';
import type { MountedMiddleware } from './mounted-middleware.ts';
import { answerInstead, failInstead, keepHeaders } from './own-answer.ts';

/** One request on its way through the middleware. */
interface Span {
  /** What `next()` has given; nothing until it is called. */
  later: Later | undefined;
  /** What the middleware will answer. */
  result: PromiseLike<HttpResponse> | undefined;
  /** Is to be called when the middleware calls `next()`. */
  passed: (() => void) | undefined;
}

/** Where the span of a request is kept; on the state, as that is what contexts made from this one share with it. */
type Spans = Record<symbol, Span | undefined>;

const spansOf = (ctx: GatewayContext): Spans => ctx.state as unknown as Spans;
const nothing = (): void => {};

/** The plugin that it is. `backPriority` is that of its way back. */
export function spanning(
  middleware: MountedMiddleware,
  { priority, backPriority }: { readonly priority: number; readonly backPriority: number },
): PluginParts {
  const key = Symbol(middleware.name);
  return {
    access: { priority, handle: beginning(middleware, key) },
    headerFilter: {
      priority: backPriority,
      handle(ctx) {
        const span = spansOf(ctx)[key];
        if (!span?.later) return;
        spansOf(ctx)[key] = undefined;
        return goBack(ctx as GatewayRequest, span);
      },
    },
    log: {
      priority,
      handle(ctx) {
        // Only a client that has left brings a request here whose way back was never begun.
        spansOf(ctx)[key]?.later?.fail(new ClientLeftError());
      },
    },
  };
}

/** Runs the middleware as far as it comes. */
function beginning(
  middleware: MountedMiddleware,
  key: symbol,
): (ctx: GatewayContext) => Awaitable<HandlerResult> {
  const run = compose<GatewayContext, HttpResponse>(middleware);
  const rest = (seen: GatewayRequest): Later => {
    const span = spansOf(seen)[key] as Span;
    keepHeaders(seen);
    span.later = new Later();
    span.passed?.();
    return span.later;
  };
  return (ctx) => {
    const span: Span = { later: undefined, result: undefined, passed: undefined };
    spansOf(ctx)[key] = span;
    const result: unknown = run(ctx, rest as never);
    if (result === span.later) {
      // It has nothing to do with the answer.
      spansOf(ctx)[key] = undefined;
      return true;
    }
    if (!isThenable(result)) return answerInstead(ctx as GatewayRequest, result as HttpResponse);
    return begun(ctx as GatewayRequest, span, result as PromiseLike<HttpResponse>);
  };
}

/** Goes on as soon as the middleware calls `next()`, or ends with what it answers instead. */
function begun(
  ctx: GatewayRequest,
  span: Span,
  result: PromiseLike<HttpResponse>,
): true | Promise<HandlerResult> {
  span.result = result;
  if (span.later) {
    // Until its way back is begun nobody looks at how it ends.
    result.then(nothing, nothing);
    return true;
  }
  return new Promise((resolve, reject) => {
    span.passed = () => resolve(true);
    result.then((made) => {
      if (!span.later) resolve(answerInstead(ctx, made));
    }, reject);
    ctx.onClientLeft(() => reject(new ClientLeftError()));
  });
}

/** Lets the middleware see what has become of the request, and waits for what it makes of it, but no longer than the client does. */
function goBack(ctx: GatewayRequest, { later, result }: Span): Promise<void> {
  const { failure } = ctx;
  const shown = failure && hideFailure(ctx, failure);
  if (failure) later?.fail(failure);
  else later?.answer(ctx.response);
  return new Promise((resolve) => {
    let isOver = false;
    const end = (): void => {
      isOver = true;
      resolve();
    };
    ctx.onClientLeft(end);
    result?.then(
      (made) => {
        if (isOver) return;
        if (made !== ctx.response) adopt(ctx.response, made);
        ctx.failure = undefined;
        end();
      },
      (error: unknown) => {
        if (isOver) return;
        if (shown && error === failure) shown();
        else failInstead(ctx, error);
        end();
      },
    );
  });
}

/** Takes the account of a failure off the answer, as the middleware is told of the failure itself. Gives what puts it back. */
function hideFailure(ctx: GatewayRequest, failure: Error): () => void {
  const { response } = ctx;
  const { headers, status } = response;
  const told = isHttpError(failure) ? Object.keys(failure.headers) : [];
  const lines = ['Content-Type', 'Cache-Control', ...told].map(
    (name) => [name, headers.getAll(name)] as const,
  );
  const body = response.takeBody();
  response.clear();
  for (const [name] of lines) headers.delete(name);
  return () => {
    for (const [name, values] of lines) {
      headers.delete(name);
      for (const value of values) headers.append(name, value);
    }
    response.status = status;
    response.body = body;
  };
}
