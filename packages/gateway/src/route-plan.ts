/** The plan of a route: its handlers phase by phase, chosen and sorted when the config is read. */
import { HttpError, type HttpResponse } from '@interpose/http';
import { type Awaitable, compose, isThenable, type Middleware } from '@interpose/kernel';
import type { GatewayRequest } from './context.ts';
import type { GatewayContext } from './context.ts';
import type { FixedResponse, RouteConfig } from './gateway-config.ts';
import { type Phase, PHASES } from './phases.ts';
import type { PluginRegistry } from './registry.ts';
import { runPhase, type Step } from './run-phase.ts';
import type { Upstream } from './upstream/upstream.ts';

/** A middleware that stands around the content phase; what it returns is the answer. */
export type ContentMiddleware = Middleware<GatewayContext, HttpResponse>;

/** Answers a request once access has let it pass. */
export type Answer = (ctx: GatewayRequest) => Awaitable<unknown>;

/** What a route does, phase by phase. */
export interface RoutePlan {
  readonly name: string;
  readonly path: string;
  readonly methods?: readonly string[];
  readonly host?: string;
  readonly route: RouteConfig | undefined;
  readonly phases: Readonly<Record<Phase, readonly Step[]>>;
  /** The content phase with all that stands around it. */
  readonly content: (ctx: GatewayRequest) => Awaitable<HttpResponse>;
}

/** What a plan is made from. */
export interface PlanParts {
  readonly registry: PluginRegistry;
  readonly onion: readonly ContentMiddleware[];
  /** The end of the content phase. */
  readonly answer: Answer;
}

/** The plan of a route, or of everything that no route matches. */
export function planRoute(
  route: RouteConfig | undefined,
  { registry, onion, answer }: PlanParts,
): RoutePlan {
  const phases = Object.fromEntries(
    PHASES.map((phase) => [phase, registry.steps(route, phase)]),
  ) as unknown as RoutePlan['phases'];
  const terminal = async (ctx: GatewayRequest): Promise<HttpResponse> => {
    ctx.beginContent();
    const running = runPhase(phases.content, ctx);
    const passed = isThenable(running) ? await running : running;
    // Thrown, so that what stands around the content learns of it.
    if (ctx.failure) throw ctx.failure;
    if (passed && !ctx.response.answered) await answer(ctx);
    return ctx.response;
  };
  const composed = compose<GatewayRequest, HttpResponse>(...onion);
  return {
    ...(route ?? { name: '(no route)', path: '/*' }),
    route,
    phases,
    content: onion.length ? (ctx) => composed(ctx, terminal as never) : terminal,
  };
}

/** The end of the content phase of a route: its upstream or its fixed answer. */
export function answerOf(route: RouteConfig, upstreams: ReadonlyMap<string, Upstream>): Answer {
  const { upstream, respond, stripPrefix } = route;
  if (respond) return fixed(respond);
  const target = upstreams.get(upstream ?? '') as Upstream;
  return (ctx) => {
    ctx.phase = 'content';
    return target.forward(ctx, { path: withoutPrefix(ctx.path, stripPrefix), search: ctx.search });
  };
}

/** The end of the content phase where no route matches. */
export function answerNotFound(ctx: GatewayRequest): never {
  throw new HttpError(
    404,
    `No matching route found for ${ctx.method} ${ctx.path}. Please check the API documentation for available endpoints.`,
    { code: 'ROUTE_NOT_FOUND' },
  );
}

function fixed({ status, headers = {}, body }: FixedResponse): Answer {
  return (ctx) => {
    ctx.answer(status, body ?? null);
    for (const [name, value] of Object.entries(headers)) ctx.response.headers.set(name, value);
    if (typeof body === 'string' && !ctx.response.headers.has('content-type')) {
      ctx.response.headers.set('Content-Type', 'text/plain; charset=utf-8');
    }
  };
}

/** The path that the upstream sees. A prefix ends where a segment ends. */
function withoutPrefix(path: string, prefix = ''): string {
  const bare = prefix.replace(/\/$/, '');
  if (!bare || !(path === bare || path.startsWith(`${bare}/`))) return path;
  return path.slice(bare.length) || '/';
}
