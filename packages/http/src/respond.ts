/** Runs a request to its end: whatever happens, it is answered once. */
import { isThenable } from '@interpose/kernel';
import { ClientLeftError, type Exchange } from '@interpose/wire';
import { adopt } from './answer.ts';
import { RequestContext } from './context.ts';
import { statusOf } from './errors.ts';
import { problemAnswer, type ProblemOptions } from './problem.ts';
import { cancelBody, type HttpResponse } from './response.ts';
import { sendResponse } from './send.ts';

/** What runs a request. */
export type Run = (ctx: RequestContext) => HttpResponse | PromiseLike<HttpResponse>;

/** How failures are told. */
export interface FailureOptions {
  /** How they are shown to the client. */
  readonly problems?: ProblemOptions;
  /** Is told of every failure that the client cannot be blamed for: those with a status of 500 and more. What it throws is ignored. */
  readonly onError?: (error: unknown, ctx: RequestContext) => void;
}

/** Runs a request that came by a connection, and sends the answer. */
export function respond(exchange: Exchange, run: Run, options: FailureOptions): void {
  const ctx = new RequestContext(exchange);
  const answered = answerOf(ctx, run, options);
  if (isThenable(answered)) void answered.then(() => deliver(exchange, ctx, options));
  else deliver(exchange, ctx, options);
}

/** Runs a request; afterwards the answer is in `ctx.response`. Never throws. */
export function answerOf(
  ctx: RequestContext,
  run: Run,
  options: FailureOptions,
): void | PromiseLike<void> {
  try {
    const response = run(ctx);
    if (!isThenable(response)) return settle(ctx, response);
    return response.then(
      (made) => settle(ctx, made),
      (error: unknown) => fail(ctx, error, options),
    );
  } catch (error) {
    fail(ctx, error, options);
  }
}

function settle(ctx: RequestContext, response: HttpResponse): void {
  if (response !== ctx.response) adopt(ctx.response, response);
}

/** Makes a failure the answer. */
function fail(ctx: RequestContext, error: unknown, options: FailureOptions): void {
  if (ClientLeftError.is(error) && ctx.clientLeft) return;
  if (statusOf(error) >= 500) tell(error, ctx, options);
  const { response } = ctx;
  const problem = problemAnswer(error, {
    ...options.problems,
    accept: ctx.headers.get('accept'),
    requestId: ctx.requestId,
  });
  response.status = problem.status;
  for (const [name, value] of Object.entries(problem.headers)) response.headers.set(name, value);
  response.headers.delete('Content-Length');
  response.headers.delete('Content-Encoding');
  response.body = problem.body;
}

function tell(error: unknown, ctx: RequestContext, { onError }: FailureOptions): void {
  try {
    onError?.(error, ctx);
  } catch {
    // An observer does not decide.
  }
}

function deliver(exchange: Exchange, ctx: RequestContext, options: FailureOptions): void {
  const { response } = ctx;
  // Whoever makes the body is told that nobody reads it.
  if (exchange.clientLeft) return cancelBody(response.takeBody());
  const { body } = response;
  if (body === null || typeof body === 'string' || body instanceof Uint8Array) {
    try {
      exchange.answer(response.status, response.headers.toRaw(), body ?? '');
    } catch (error) {
      // Headers that cannot be sent are a mistake of whoever made the answer.
      tell(error, ctx, options);
      response.headers.deleteWhere(() => true);
      fail(ctx, error, {});
      exchange.answer(response.status, response.headers.toRaw(), response.body as string);
    }
    return;
  }
  void sendResponse(exchange, response).then(({ error }) => {
    if (error !== undefined) tell(error, ctx, options);
  });
}
