/** Adapter for Koa: an app as a handler, middleware of ours as middleware of Koa. */
import { type HttpContext, RequestContext } from '../context/context.ts';
import { contextOf as contextOfRequest, enter } from '../hosts/host-context.ts';
import {
  type HostError,
  isForHost,
  stackOf,
  type StackOptions,
  type StackParts,
} from '../hosts/http-stack.ts';
import { type Hosted, type MountOptions, Mounting } from '../hosts/mounting.ts';
import { countSent } from '../node-host/count-sent.ts';
import { answerBy, type KoaContext, KoaFacts } from '../node-host/koa-answer.ts';
import { KoaRest } from '../node-host/koa-rest.ts';
import { NodeSource } from '../node-host/node-source.ts';
import { answerOf } from '../answer/respond.ts';
import type { HttpResponse } from '../context/response.ts';

export type { Hosted, KoaContext, MountOptions, StackOptions, StackParts };

/** Middleware of Koa. */
export type KoaMiddleware = (ctx: KoaContext, next: () => Promise<unknown>) => Promise<void>;

/** Our context of a request of Koa, if middleware of ours stands round its handler. */
export function contextOf(ctx: KoaContext): HttpContext | undefined {
  return contextOfRequest(ctx.req);
}

/**
 * An app as a handler of Koa.
 *
 * @throws TypeError or RangeError for options that are none
 * @example
 * new Koa().use(toKoa(createApp().get('/hello', () => 'hello'), { prefix: '/api' }));
 */
export function toKoa(app: Hosted, options?: MountOptions): KoaMiddleware {
  const mounting = new Mounting(app, options);
  return async function interpose(koa, next) {
    const target = mounting.targetOf({ below: koa.url, whole: koa.originalUrl });
    if (target === undefined) return void (await next());
    const source = new NodeSource(koa.req, koa.res, new KoaFacts(koa, target));
    const ctx = new RequestContext(source);
    const { app: hosted, fallThrough } = mounting;
    if (fallThrough && !hosted.has(ctx)) return void (await next());
    countSent(source);
    await answerOf(enter(ctx, koa.req), hosted.run, hosted.failures);
    answerBy(koa, { ctx, source }, hosted.failures);
  };
}

/**
 * Middleware of ours as middleware of Koa. Its `next()` runs what comes after it there, and gives what that has answered. It sees the whole
 * path, wherever it stands.
 *
 * @throws TypeError or RangeError for what is no middleware, and options that are none
 * @example
 * new Koa().use(koaMiddleware(requestId(), cors())).use((ctx) => (ctx.body = 'hello'));
 */
export function koaMiddleware(...parts: StackParts): KoaMiddleware {
  const stack = stackOf(parts);
  return async function interpose(koa, next) {
    const source = new NodeSource(koa.req, koa.res, new KoaFacts(koa, koa.originalUrl));
    const ctx = enter(new RequestContext(source), koa.req);
    countSent(source);
    const rest = new KoaRest(koa, source, next);
    let passed: HostError | undefined;
    const run = async (own: RequestContext): Promise<HttpResponse> => {
      try {
        return await stack.run(own, (seen) => rest.run(seen));
      } catch (error) {
        if (own.clientLeft || !isForHost(error, rest.raised, stack.options)) throw error;
        passed = { error };
        return own.response;
      }
    };
    await answerOf(ctx, run, stack.options);
    if (passed) throw passed.error;
    if (!rest.hasAnswered) {
      rest.undo();
      answerBy(koa, { ctx, source }, stack.options);
    } else if (!koa.headerSent && koa.respond !== false) {
      rest.apply({ ctx, source }, stack.options);
    }
  };
}
