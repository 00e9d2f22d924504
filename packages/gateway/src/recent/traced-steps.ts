/** The handlers of a plan with an eye on each: only requests that are traced go through these. */
import type { HttpResponse } from '@interpose/http';
import { isHttpError } from '@interpose/http';
import { isThenable } from '@interpose/kernel';
import type { GatewayContext, GatewayRequest } from '../context.ts';
import { messageOf } from '../errors.ts';
import { ExitSignal } from '../exit.ts';
import type { ContentMiddleware, PlanSource } from '../route-plan.ts';
import type { Step } from '../run-phase.ts';
import type { RequestTrace, Took, Verdict } from './request-trace.ts';

/** A registry whose handlers are watched, one by one. */
export function traced(registry: PlanSource): PlanSource {
  return {
    version: registry.version,
    steps: (route, phase) => registry.steps(route, phase).map(tracedStep),
    arounds: (route) => registry.arounds(route),
  };
}

function tracedStep(step: Step): Step {
  return {
    ...step,
    handle(ctx: GatewayRequest, chunk?: unknown, isLast?: unknown) {
      const { trace } = ctx;
      if (!trace) return step.handle(ctx, chunk, isLast);
      const call = new TracedCall(step, ctx, trace);
      try {
        const result = step.handle(ctx, chunk, isLast);
        if (!isThenable(result)) return call.returned(result);
        return result.then(
          (settled) => call.returned(settled),
          (error: unknown) => call.threw(error),
        );
      } catch (error) {
        return call.threw(error);
      }
    },
  };
}

/** One call of a handler. */
class TracedCall {
  readonly #step: Step;
  readonly #ctx: GatewayRequest;
  readonly #trace: RequestTrace;
  readonly #wasAnswered: boolean;
  readonly #startMs: number;

  constructor(step: Step, ctx: GatewayRequest, trace: RequestTrace) {
    this.#step = step;
    this.#ctx = ctx;
    this.#trace = trace;
    this.#wasAnswered = ctx.response.answered;
    this.#startMs = trace.clock.now();
  }

  returned<T>(result: T): T {
    const refusal = result as unknown as
      | false
      | { readonly ok?: unknown; readonly error?: unknown };
    if (refusal === false) this.#add('refused');
    else if (typeof refusal === 'object' && refusal !== null && refusal.ok === false) {
      this.#add('refused', String(refusal.error));
    } else {
      const { phase } = this.#step;
      const decides = phase === 'access' || phase === 'content';
      const isAnswer = decides && !this.#wasAnswered && this.#ctx.response.answered;
      this.#add(isAnswer ? 'answered' : 'passed');
    }
    return result;
  }

  threw(error: unknown): never {
    if (error instanceof ExitSignal) this.#add('answered', `${this.#ctx.response.status}`);
    else if (isHttpError(error) && error.status < 500) this.#add('refused', error.message);
    else this.#add('failed', messageOf(error));
    throw error;
  }

  #add(verdict: Verdict, reason?: string): void {
    const took: Took = { ms: this.#trace.clock.now() - this.#startMs, reason };
    this.#trace.add(this.#step, verdict, took);
  }
}

/** Stands outermost around the content of traced requests and takes its time. */
export const timeContent: ContentMiddleware = async (ctx, next) => {
  const { trace } = ctx as GatewayContext & { readonly trace?: RequestTrace | undefined };
  if (!trace) return next();
  const startMs = trace.clock.now();
  try {
    return (await next()) as HttpResponse;
  } finally {
    trace.contentMs += trace.clock.now() - startMs;
    trace.contentRuns++;
  }
};
