/** Runs the handlers of one phase, without a promise as long as none of them gives one. */
import { HttpError, isHttpError } from '@interpose/http';
import { type Awaitable, isThenable } from '@interpose/kernel';
import { ClientLeftError } from '@interpose/wire';
import type { GatewayRequest } from './context.ts';
import { messageOf, MiddlewareFailedError } from './errors.ts';
import { ExitSignal } from './exit.ts';
import type { Phase } from './phases.ts';
import type { HandlerResult, Refusal } from './definition/plugin.ts';
import { matches, type PathPattern } from '@interpose/http';

/** A handler in its place. */
export interface Step {
  readonly plugin: string;
  readonly phase: Phase;
  readonly priority: number;
  /** The only paths for which it runs; all of the route's if there are none. */
  readonly patterns: readonly PathPattern[] | undefined;
  /** Takes the chunk and whether it is the last one in the bodyFilter phase only. */
  // oxlint-disable-next-line typescript/no-explicit-any -- contexts of every state pass through here
  readonly handle: (ctx: any, chunk?: any, isLast?: any) => Awaitable<unknown>;
}

/** True if the step takes part in this request. */
export function takesPart({ plugin, phase, patterns }: Step, ctx: GatewayRequest): boolean {
  if (ctx.terminated?.has(plugin) && phase !== 'log') return false;
  return !patterns || patterns.some((pattern) => matches(pattern, ctx.path));
}

/** Runs a phase from a step on. True if it came to its end, false if a handler stopped it. */
export function runPhase(
  steps: readonly Step[],
  ctx: GatewayRequest,
  from = 0,
): Awaitable<boolean> {
  for (let at = from; at < steps.length; at++) {
    const step = steps[at] as Step;
    if (!takesPart(step, ctx)) continue;
    let result: Awaitable<unknown>;
    ctx.phase = step.phase;
    ctx.current = step.plugin;
    try {
      result = step.handle(ctx);
    } catch (error) {
      if (!afterThrow(step, ctx, error)) return false;
      continue;
    }
    if (isThenable(result)) {
      return result.then(
        (settled) => afterResult(step, ctx, settled) && runPhase(steps, ctx, at + 1),
        (error: unknown) => afterThrow(step, ctx, error) && runPhase(steps, ctx, at + 1),
      ) as Promise<boolean>;
    }
    if (!afterResult(step, ctx, result)) return false;
  }
  return true;
}

/** Whether the phase goes on after what a handler returned. */
function afterResult(step: Step, ctx: GatewayRequest, result: unknown): boolean {
  // An exit that a handler has caught is an exit all the same.
  if (ctx.exited && decides(step.phase)) return false;
  const outcome = result as HandlerResult;
  if (outcome === false) return refuse(step, ctx);
  if (typeof outcome === 'object' && outcome) return refuse(step, ctx, outcome);
  return true;
}

/** Whether the phase goes on after what a handler threw. */
export function afterThrow(step: Step, ctx: GatewayRequest, error: unknown): boolean {
  if (error instanceof ExitSignal) return !decides(step.phase);
  // Nobody is there to be told of anything.
  if (error instanceof ClientLeftError && ctx.clientLeft) return false;
  const answer = isHttpError(error) && decides(step.phase);
  if (!answer || error.status >= 500) {
    ctx.logger.error({
      message: `Middleware error in ${step.plugin}: ${messageOf(error)}`,
      phase: step.phase,
      requestId: ctx.requestId,
      ...(error instanceof Error && { stack: error.stack }),
    });
  }
  // In the other phases the answer is there already: what went wrong is told to the log alone.
  if (!decides(step.phase)) return true;
  ctx.failure = answer ? error : new MiddlewareFailedError(step.plugin, error);
  ctx.response.body = null;
  return false;
}

/** A handler said no. The answer that it gave stands; without one it is a refusal, never a success. */
function refuse(step: Step, ctx: GatewayRequest, refusal?: Refusal): boolean {
  const { response } = ctx;
  if (refusal) {
    ctx.logger.warn({
      message: `Middleware ${step.plugin} refused the request: ${refusal.error}`,
      phase: step.phase,
      requestId: ctx.requestId,
    });
  }
  if (decides(step.phase) && (refusal?.status !== undefined || !response.hasStatus)) {
    const status = refusal?.status ?? (step.phase === 'access' ? 403 : 500);
    response.status = status;
    ctx.failure = new HttpError(status, status < 500 ? refusal?.error : undefined, {
      ...(refusal && { cause: new Error(refusal.error) }),
    });
  } else if (refusal && decides(step.phase)) {
    ctx.failure ??= new HttpError(
      response.status,
      response.status < 500 ? refusal.error : undefined,
    );
  }
  return false;
}

/** The phases that make the answer; the others only see it. */
const decides = (phase: Phase): boolean => phase === 'access' || phase === 'content';
