/** The end of the content phase of a route: its upstream, its handler, or an answer that the config gives. */
import type { Awaitable } from '@interpose/kernel';
import type { GatewayRequest } from '../context.ts';
import type { FixedResponse, RouteConfig } from '../gateway-config.ts';
import type { Upstream } from '../upstream/upstream.ts';
import { chooseUpstream } from './choose-upstream.ts';
import { redirectAnswer } from './redirect.ts';
import { rewriter } from './rewrite.ts';
import { handlerAnswer, type RouteHandler } from './route-handler.ts';

/** Answers a request once access has let it pass. */
export type Answer = (ctx: GatewayRequest) => Awaitable<unknown>;

/** Handlers that are given in code, by the names that routes call them. */
export type RouteHandlers = Readonly<Record<string, RouteHandler>>;

/** Where answers come from. */
export interface AnswerSources {
  readonly upstreams: ReadonlyMap<string, Pick<Upstream, 'forward'>>;
  readonly handlers?: RouteHandlers | undefined;
  /** A number from 0 to less than 1. */
  readonly random: () => number;
}

/** The end of the content phase of a route. */
export function answerOf(route: RouteConfig, sources: AnswerSources): Answer {
  const { path, respond, redirect, handler, stripPrefix } = route;
  if (respond) return fixed(respond);
  if (redirect) return redirectAnswer(path, redirect);
  if (handler !== undefined) {
    const { handlers = {} } = sources;
    return handlerAnswer(handlers[handler] as RouteHandler, stripPrefix);
  }
  return proxied(route, sources);
}

function proxied(route: RouteConfig, { upstreams, random }: AnswerSources): Answer {
  const ask = rewriter(route.path, route);
  const chosen = chooseUpstream(route, random);
  if (typeof chosen === 'string') {
    const target = upstreams.get(chosen) as Upstream;
    return (ctx) => {
      ctx.phase = 'content';
      return target.forward(ctx, ask(ctx));
    };
  }
  return (ctx) => {
    ctx.phase = 'content';
    return (upstreams.get(chosen(ctx)) as Upstream).forward(ctx, ask(ctx));
  };
}

function fixed({ status, headers = {}, body }: FixedResponse): Answer {
  const lines = Object.entries(headers);
  return (ctx) => {
    ctx.answer(status, body ?? null);
    for (const [name, value] of lines) ctx.response.headers.set(name, value);
    if (typeof body === 'string' && !ctx.response.headers.has('content-type')) {
      ctx.response.headers.set('Content-Type', 'text/plain; charset=utf-8');
    }
  };
}

/** What answers a route, of which it has one. */
const ANSWERS = ['upstream', 'split', 'handler', 'redirect', 'respond'] as const;

/** Says what answers a route is told to have. */
export function answersOf(route: RouteConfig): readonly string[] {
  return ANSWERS.filter((name) => route[name] !== undefined);
}

/** The upstreams that a route names, wherever it does. */
export function upstreamsOf({
  upstream,
  split = [],
  canary,
  mirror,
}: RouteConfig): readonly string[] {
  return [
    ...(upstream === undefined ? [] : [upstream]),
    ...split.map((target) => target.upstream),
    ...(canary ? [canary.upstream] : []),
    ...(mirror ? [mirror.upstream] : []),
  ];
}
