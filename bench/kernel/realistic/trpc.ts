/** The realistic stack in @trpc/server: a refusal is thrown, and comes back through `next` as a result that is not ok. */
import { initTRPC } from '@trpc/server';
import * as work from './work.ts';
import type { Exchange, Response } from './work.ts';

type Result =
  | { readonly ok: true; readonly data: Response }
  | { readonly ok: false; readonly error: { readonly cause?: unknown } };
type Layer = (options: {
  readonly ctx: Exchange;
  readonly next: () => Promise<Result>;
}) => Promise<Result>;

/** The response in a result, also that of a refusal. */
function responseOf(result: Result): Response | undefined {
  if (result.ok) return result.data;
  return result.error.cause instanceof work.Refusal ? result.error.cause.response : undefined;
}

function stamp(result: Result, header: string, value: string | number): Result {
  const response = responseOf(result);
  if (response) response.headers[header] = value;
  return result;
}

const timing: Layer = async ({ ctx, next }) => {
  ctx.startedAt = work.now();
  const result = await next();
  return stamp(result, 'server-timing', work.now() - ctx.startedAt);
};

const requestId: Layer = async ({ ctx, next }) => {
  ctx.id = work.idOf(ctx.request);
  return stamp(await next(), 'x-request-id', ctx.id);
};

const cors: Layer = async ({ ctx: { request }, next }) => {
  if (work.isPreflight(request)) throw new work.Refusal(work.preflight(request));
  return stamp(await next(), 'access-control-allow-origin', request.origin);
};

const apiKey: Layer = async ({ ctx, next }) => {
  const client = work.clientOf(ctx.request);
  if (client === undefined) throw new work.Refusal(work.refused(401));
  ctx.client = client;
  return next();
};

const rateLimit: Layer = async ({ ctx, next }) => {
  ctx.remaining = work.takeOne(ctx.client);
  if (ctx.remaining < 0) throw new work.Refusal(work.refused(429));
  return stamp(await next(), 'ratelimit-remaining', ctx.remaining);
};

const parseBody: Layer = async ({ ctx, next }) => {
  await work.parseBody(ctx);
  return next();
};

const validate: Layer = async ({ ctx, next }) => {
  work.validate(ctx.body);
  return next();
};

const noSniff: Layer = async ({ next }) => stamp(await next(), 'x-content-type-options', 'nosniff');

const accessEvent: Layer = async ({ ctx, next }) => {
  const result = await next();
  if (result.ok) work.record(ctx.id, result.data);
  return result;
};

const trpc = initTRPC.context<Exchange>().create();
const layers = [
  timing,
  requestId,
  cors,
  apiKey,
  rateLimit,
  parseBody,
  validate,
  noSniff,
  accessEvent,
];
let procedure = trpc.procedure;
for (const layer of layers) procedure = procedure.use(layer as never) as typeof procedure;
const router = trpc.router({ run: procedure.query(({ ctx }) => work.answer(ctx)) });

let current: Exchange;
const caller = trpc.createCallerFactory(router)(() => current);

export async function handle(ctx: Exchange): Promise<Response> {
  current = ctx;
  try {
    return await caller.run();
  } catch (error) {
    const { cause } = error as { readonly cause?: unknown };
    return cause instanceof work.Refusal ? cause.response : work.failed(cause);
  }
}
