/** One request through the five phases: whatever happens in them, it is answered once and logged once. */
import {
  adopt,
  cancelBody,
  HttpError,
  isBodiless,
  isHttpError,
  problemAnswer,
  sendResponse,
  type Sent,
  showProblem,
} from '@interpose/http';
import { isTakeover } from '@interpose/http/proxy';
import { type Clock, isThenable } from '@interpose/kernel';
import { ClientLeftError } from '@interpose/wire';
import { filterBody } from './body-filter.ts';
import type { GatewayRequest } from './context.ts';
import { messageOf, MiddlewareFailedError } from './errors.ts';
import { ExitSignal } from './exit.ts';
import { finishAnswer } from './mounting/finishing.ts';
import type { RoutePlan } from './route-plan.ts';
import { runPhase } from './run-phase.ts';
import { handOver } from './streams/hand-over.ts';
import type { TunnelEnd } from './streams/tunnel.ts';
import { brokenOff } from './upstream/upstream-failure.ts';

/** The status that the log has for a client that left; nobody is ever sent it. */
const CLIENT_LEFT = 499;

/** How sending went, and what passed after the client and whoever answered had left HTTP. */
type Delivered = Sent & { readonly tunnel?: TunnelEnd };

const NOTHING: Delivered = { bytes: 0, error: undefined };

/** How a request is to be served. */
export interface Served {
  readonly plan: RoutePlan;
  /** The methods that the path has, if the request's is none of them. */
  readonly allow: readonly string[] | undefined;
  readonly clock: Clock;
}

/** Serves one request. */
export async function serve(ctx: GatewayRequest, served: Served): Promise<void> {
  const { plan, clock } = served;
  await answer(ctx, served);
  ctx.answeredAtMs = clock.now();
  const sent = ctx.clientLeft ? leave(ctx) : await deliver(ctx, plan);
  if (sent.error) {
    ctx.logger.warn({
      message: `The answer was cut short: ${messageOf(sent.error)}`,
      requestId: ctx.requestId,
    });
  }
  ctx.outcome = {
    status: sent.error === undefined && ctx.clientLeft ? CLIENT_LEFT : ctx.response.status,
    bytes: sent.bytes,
    durationMs: clock.now() - ctx.startedAtMs,
    ...(sent.error !== undefined && { error: sent.error }),
    ...(sent.tunnel && { tunnel: sent.tunnel }),
  };
  const logging = runPhase(plan.phases.log, ctx);
  if (isThenable(logging)) await logging;
}

/** Access and content: afterwards there is an answer, or a failure that will be one, or nobody to answer. */
async function answer(ctx: GatewayRequest, { plan, allow, clock }: Served): Promise<void> {
  try {
    const running = runPhase(plan.phases.access, ctx);
    const passed = isThenable(running) ? await running : running;
    if (!passed || ctx.clientLeft || ctx.response.answered) return;
    ctx.passedAtMs = clock.now();
    ctx.phase = 'content';
    if (ctx.fault) throw ctx.fault;
    if (allow) throw methodNotAllowed(ctx.method, allow);
    const response = await plan.content(ctx);
    if (response !== ctx.response) adopt(ctx.response, response);
    // What failed on the way has been answered by something else.
    ctx.failure = undefined;
    if (!ctx.response.answered) throw new TypeError('The content phase ended without an answer');
  } catch (error) {
    fail(ctx, error);
  }
}

/** Nobody is there to be answered; whoever makes the body is told. */
function leave({ response }: GatewayRequest): Delivered {
  cancelBody(response.takeBody());
  return NOTHING;
}

/** Both filters and the sending. */
async function deliver(ctx: GatewayRequest, plan: RoutePlan): Promise<Delivered> {
  try {
    showFailure(ctx);
    const filtering = runPhase(plan.phases.headerFilter, ctx);
    if (isThenable(filtering)) await filtering;
    // The phase may have ended the request in its own way.
    showFailure(ctx);
    const { response, method } = ctx;
    const { bodyFilter } = plan.phases;
    if (isTakeover(response.body)) {
      if (response.status === 101) return await handOver(ctx, response.body);
      response.body = null;
    }
    if (bodyFilter.length) {
      if (isBodiless(method, response.status)) {
        // How long the filtered body would have been, nobody knows.
        response.body = null;
        response.headers.delete('Content-Length');
      } else await filterBody(bodyFilter, ctx);
    }
    if (ctx.finishers) {
      const finishing = finishAnswer(ctx);
      if (isThenable(finishing)) await finishing;
      showFailure(ctx);
    }
    const sent = await sendResponse(ctx.exchange, response);
    return sent.error === undefined ? sent : { bytes: sent.bytes, error: brokenOff(sent.error) };
  } catch (error) {
    cancelBody(ctx.response.takeBody());
    ctx.exchange.destroy();
    return { bytes: 0, error };
  }
}

function fail(ctx: GatewayRequest, error: unknown): void {
  if (error instanceof ClientLeftError || error instanceof ExitSignal) return;
  ctx.failure = error instanceof Error ? error : new MiddlewareFailedError('content', error);
  ctx.response.body = null;
  if (error instanceof MiddlewareFailedError || (isHttpError(error) && error.status < 500)) return;
  const { cause } = error as { readonly cause?: unknown };
  ctx.logger[isHttpError(error) ? 'warn' : 'error']({
    message: isHttpError(error)
      ? `${error.message}: ${cause === undefined ? error.code : messageOf(cause)}`
      : `Middleware error in content: ${messageOf(error)}`,
    phase: 'content',
    requestId: ctx.requestId,
    ...(ctx.route && { route: ctx.route.name }),
    ...(!isHttpError(error) && error instanceof Error && { stack: error.stack }),
  });
}

/** Makes the failure the answer, unless something else has been put in its place. */
function showFailure(ctx: GatewayRequest): void {
  const { failure, response } = ctx;
  if (!failure || response.body !== null) return;
  const shown = failure instanceof MiddlewareFailedError ? failure.cause : failure;
  const problem = problemAnswer(shown, {
    ...ctx.problems,
    requestId: ctx.requestId,
    accept: ctx.headers.get('accept'),
  });
  showProblem(response, problem);
}

function methodNotAllowed(method: string, allow: readonly string[]): HttpError {
  return new HttpError(405, `${method} is not one of the methods of this path`, {
    headers: { Allow: allow.join(', ') },
  });
}
