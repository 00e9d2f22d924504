/** Runs a request to its end: whatever happens, it is answered once. */
import { isThenable } from '@interpose/kernel';
import { unharmed } from '@interpose/kernel/unharmed';
import { ClientLeftError, type Exchange, type Upgraded } from '@interpose/wire';
import { adopt } from './answer.ts';
import { RequestContext } from '../context/context.ts';
import { problemAnswer, type ProblemOptions } from './problem.ts';
import { cancelBody, type HttpResponse } from '../context/response.ts';
import { sendResponse } from './send.ts';
import { showProblem } from './show-problem.ts';
import { isTakeover, type Takeover } from '../context/takeover.ts';

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
    if (!isThenable(response)) return settle(ctx, response, options);
    return response.then(
      (made) => settle(ctx, made, options),
      (error: unknown) => fail(ctx, error, options),
    );
  } catch (error) {
    fail(ctx, error, options);
  }
}

function settle(ctx: RequestContext, made: HttpResponse, options: FailureOptions): void {
  if (made === ctx.response) return;
  try {
    if (typeof made?.takeBody !== 'function') {
      throw new TypeError(
        `A middleware of ${ctx.method} ${ctx.path} answered with something that is no HttpResponse; return what next() or answerWith() gives`,
      );
    }
    adopt(ctx.response, made);
  } catch (error) {
    fail(ctx, error, options);
  }
}

/** Makes a failure the answer. */
function fail(ctx: RequestContext, error: unknown, options: FailureOptions): void {
  try {
    if (ctx.clientLeft && ClientLeftError.is(error)) return;
    const problem = problemAnswer(error, {
      ...options.problems,
      accept: ctx.headers.get('accept'),
      acceptLanguage: ctx.headers.get('accept-language'),
      requestId: ctx.requestId,
    });
    showProblem(ctx.response, problem);
    if (problem.status >= 500) tell(error, ctx, options);
    for (const fault of problem.faults) tell(fault, ctx, options);
  } catch {
    // Whatever was thrown cannot be shown, not even that it was.
    showProblem(ctx.response, problemAnswer(undefined, { requestId: ctx.requestId }));
    tell(error, ctx, options);
  }
}

/** Tells of a failure whoever wants to know; what he does about it changes nothing. */
export function tell(error: unknown, ctx: RequestContext, { onError }: FailureOptions): void {
  if (onError) {
    unharmed(
      () => onError(error, ctx),
      () => {},
    );
  }
}

/** Makes the failure to send an answer the answer; nothing of the other is left. */
export function replace(ctx: RequestContext, error: unknown, options: FailureOptions): void {
  ctx.response.headers.deleteWhere(() => true);
  showProblem(ctx.response, problemAnswer(undefined, { requestId: ctx.requestId }));
  tell(error, ctx, options);
}

/** Sends the answer that is in `ctx.response`, or what can be sent of it. Never throws. */
export function deliver(exchange: Exchange, ctx: RequestContext, options: FailureOptions): void {
  const { response } = ctx;
  // Whoever makes the body is told that nobody reads it.
  if (exchange.clientLeft) return cancelBody(response.takeBody());
  const { body } = response;
  if (isTakeover(body)) return handOver(exchange, ctx, options);
  if (body === null || typeof body === 'string' || body instanceof Uint8Array) {
    try {
      exchange.answer(response.status, response.headers.toRaw(), body ?? '');
    } catch (error) {
      sendInstead(exchange, ctx, () => replace(ctx, error, options));
    }
    return;
  }
  sendResponse(exchange, response).then(
    ({ error }) => {
      if (error !== undefined) tell(error, ctx, options);
    },
    (error: unknown) => sendInstead(exchange, ctx, () => replace(ctx, error, options)),
  );
}

/** Headers that cannot be sent, or a body that cannot be read, are a mistake of whoever made the answer. */
function sendInstead(exchange: Exchange, { response }: RequestContext, make: () => void): void {
  make();
  try {
    exchange.answer(response.status, response.headers.toRaw(), response.body as string);
  } catch {
    exchange.destroy();
  }
}

/** Lets go of the connection, unless someone has put another status on the answer. */
function handOver(exchange: Exchange, ctx: RequestContext, options: FailureOptions): void {
  const { response } = ctx;
  const { take } = response.takeBody() as unknown as Takeover;
  const headers = response.headers.toRaw();
  if (response.status !== 101) {
    response.body = null;
    return deliver(exchange, ctx, options);
  }
  let upgraded: Upgraded | undefined;
  try {
    upgraded = exchange.takeOver();
    take(upgraded, { headers, tell: (error) => tell(error, ctx, options) });
  } catch (error) {
    tell(error, ctx, options);
    // Nobody is known to have it.
    if (upgraded) upgraded.socket.destroy();
    else exchange.destroy();
  }
}
