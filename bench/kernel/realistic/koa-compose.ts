/** The realistic stack in koa-compose: the response lies on the context. */
import compose from 'koa-compose';
import * as work from './work.ts';
import type { Exchange, Response } from './work.ts';

type Layer = (ctx: Exchange & { res: Response }, next: () => Promise<void>) => unknown;

const errorBoundary: Layer = async (ctx, next) => {
  try {
    await next();
  } catch (error) {
    ctx.res = work.failed(error);
  }
};

const timing: Layer = async (ctx, next) => {
  ctx.startedAt = work.now();
  await next();
  ctx.res.headers['server-timing'] = work.now() - ctx.startedAt;
};

const requestId: Layer = async (ctx, next) => {
  ctx.id = work.idOf(ctx.request);
  await next();
  ctx.res.headers['x-request-id'] = ctx.id;
};

const cors: Layer = async (ctx, next) => {
  if (work.isPreflight(ctx.request)) {
    ctx.res = work.preflight(ctx.request);
    return;
  }
  await next();
  ctx.res.headers['access-control-allow-origin'] = ctx.request.origin;
};

const apiKey: Layer = async (ctx, next) => {
  const client = work.clientOf(ctx.request);
  if (client === undefined) {
    ctx.res = work.refused(401);
    return;
  }
  ctx.client = client;
  await next();
};

const rateLimit: Layer = async (ctx, next) => {
  ctx.remaining = work.takeOne(ctx.client);
  if (ctx.remaining < 0) {
    ctx.res = work.refused(429);
    return;
  }
  await next();
  ctx.res.headers['ratelimit-remaining'] = ctx.remaining;
};

const parseBody: Layer = async (ctx, next) => {
  await work.parseBody(ctx);
  await next();
};

const validate: Layer = async (ctx, next) => {
  work.validate(ctx.body);
  await next();
};

const noSniff: Layer = async (ctx, next) => {
  await next();
  ctx.res.headers['x-content-type-options'] = 'nosniff';
};

const accessEvent: Layer = async (ctx, next) => {
  await next();
  work.record(ctx.id, ctx.res);
};

const run = compose([
  errorBoundary,
  timing,
  requestId,
  cors,
  apiKey,
  rateLimit,
  parseBody,
  validate,
  noSniff,
  accessEvent,
]);

const handler: Layer = async (ctx) => {
  ctx.res = await work.answer(ctx);
};

export async function handle(ctx: Exchange): Promise<Response> {
  await run(ctx as Parameters<typeof run>[0], handler as () => Promise<unknown>);
  return ctx.res as Response;
}
