/** The realistic stack in hono/compose: the response lies on the context, and a returned one ends the chain. */
import { compose } from 'hono/compose';
import * as work from './work.ts';
import type { Exchange, Response } from './work.ts';

type Layer = (
  c: Exchange & { res: Response },
  next: () => Promise<void>,
) => Promise<Response | void>;

const errorBoundary: Layer = async (_c, next) => {
  try {
    await next();
    return undefined;
  } catch (error) {
    return work.failed(error);
  }
};

const timing: Layer = async (c, next) => {
  c.startedAt = work.now();
  await next();
  c.res.headers['server-timing'] = work.now() - c.startedAt;
};

const requestId: Layer = async (c, next) => {
  c.id = work.idOf(c.request);
  await next();
  c.res.headers['x-request-id'] = c.id;
};

const cors: Layer = async (c, next) => {
  if (work.isPreflight(c.request)) return work.preflight(c.request);
  await next();
  c.res.headers['access-control-allow-origin'] = c.request.origin;
  return undefined;
};

const apiKey: Layer = async (c, next) => {
  const client = work.clientOf(c.request);
  if (client === undefined) return work.refused(401);
  c.client = client;
  await next();
  return undefined;
};

const rateLimit: Layer = async (c, next) => {
  c.remaining = work.takeOne(c.client);
  if (c.remaining < 0) return work.refused(429);
  await next();
  c.res.headers['ratelimit-remaining'] = c.remaining;
  return undefined;
};

const parseBody: Layer = async (c, next) => {
  await work.parseBody(c);
  await next();
};

const validate: Layer = async (c, next) => {
  work.validate(c.body);
  await next();
};

const noSniff: Layer = async (c, next) => {
  await next();
  c.res.headers['x-content-type-options'] = 'nosniff';
};

const accessEvent: Layer = async (c, next) => {
  await next();
  work.record(c.id, c.res);
};

const layers = [
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
  work.answer,
];
const run = compose(layers.map((layer) => [[layer]] as const));

export async function handle(c: Exchange): Promise<Response> {
  await run(c);
  return c.res as Response;
}
