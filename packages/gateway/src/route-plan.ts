/** The plan of a route: its handlers phase by phase, chosen and sorted when the config is read. */
import {
  type HttpContext,
  HttpError,
  type HttpResponse,
  type RouteConditions,
} from '@interpose/http';
import {
  type Awaitable,
  type Clock,
  compose,
  isThenable,
  type Middleware,
} from '@interpose/kernel';
import type { GatewayRequest } from './context.ts';
import type { GatewayContext } from './context.ts';
import type { RouteConfig } from './gateway-config.ts';
import { standIn } from './mounting/stand-in.ts';
import { type Phase, PHASES } from './phases.ts';
import type { PluginRegistry } from './registry/registry.ts';
import { routeKey } from './routing/match-routes.ts';
import type { Answer } from './routing/route-answer.ts';
import { limitSteps, withinDeadline } from './routing/route-limits.ts';
import { runPhase, type Step } from './run-phase.ts';

/** A middleware that stands around the content phase; what it returns is the answer. */
export type ContentMiddleware = Middleware<GatewayContext, HttpResponse>;

/** What a route does, phase by phase. */
export interface RoutePlan {
  readonly name: string;
  readonly path: string;
  readonly methods?: readonly string[];
  readonly host?: string | readonly string[] | undefined;
  readonly conditions?: RouteConditions | undefined;
  readonly trailingSlash?: 'strict' | 'ignore' | undefined;
  readonly route: RouteConfig | undefined;
  readonly phases: Readonly<Record<Phase, readonly Step[]>>;
  /** The content phase with all that stands around it. */
  readonly content: (ctx: GatewayRequest) => Awaitable<HttpResponse>;
}

/** What plans take from a registry. */
export type PlanSource = Pick<PluginRegistry, 'version' | 'steps' | 'arounds'>;

/** What a plan is made from. */
export interface PlanParts {
  readonly registry: PlanSource;
  readonly onion: readonly ContentMiddleware[];
  /** The end of the content phase. */
  readonly answer: Answer;
  readonly clock: Clock;
}

/** The plan of a route, or of everything that no route matches. */
export function planRoute(
  route: RouteConfig | undefined,
  { registry, onion, answer, clock }: PlanParts,
): RoutePlan {
  const phases = phasesOf(route, registry, clock);
  const terminal = terminalOf(phases.content, answer);
  const composed = compose<GatewayRequest, HttpResponse>(...onion);
  const innermost = (seen: HttpContext): Awaitable<HttpResponse> => terminal(standIn(seen));
  const content: RoutePlan['content'] = onion.length
    ? (ctx) => composed(ctx, innermost as never)
    : terminal;
  return {
    ...(route ? routeKey(route) : { name: '(no route)', path: '/*' }),
    route,
    phases,
    content:
      route?.timeoutMs === undefined ? content : (ctx) => withinDeadline(ctx, () => content(ctx)),
  };
}

/** The content phase, and behind it the answer of the route, unless a plugin has given one. */
function terminalOf(steps: readonly Step[], answer: Answer): RoutePlan['content'] {
  const end = (ctx: GatewayRequest, passed: boolean): Awaitable<HttpResponse> => {
    // Thrown, so that what stands around the content learns of it.
    if (ctx.failure) throw ctx.failure;
    if (!passed || ctx.response.answered) return ctx.response;
    const answered = answer(ctx);
    return isThenable(answered) ? answered.then(() => ctx.response) : ctx.response;
  };
  return (ctx) => {
    ctx.beginContent();
    const running = runPhase(steps, ctx);
    return isThenable(running) ? running.then((passed) => end(ctx, passed)) : end(ctx, running);
  };
}

/** Its limits come before all plugins. */
function phasesOf(
  route: RouteConfig | undefined,
  registry: PlanSource,
  clock: Clock,
): RoutePlan['phases'] {
  const phases = Object.fromEntries(
    PHASES.map((phase) => [phase, registry.steps(route, phase)]),
  ) as unknown as RoutePlan['phases'];
  return route ? { ...phases, access: [...limitSteps(route, clock), ...phases.access] } : phases;
}

/** The end of the content phase where no route matches. */
export function answerNotFound(ctx: GatewayRequest): never {
  throw new HttpError(
    404,
    `No matching route found for ${ctx.method} ${ctx.path}. Please check the API documentation for available endpoints.`,
    { code: 'ROUTE_NOT_FOUND' },
  );
}
