/** The realistic stack in h3: layers that hand on what `next` gives. */
import { composeMiddleware } from 'h3';
import * as work from './work.ts';
import type { Exchange, Response } from './work.ts';

type Layer = (event: Exchange, next: () => Promise<Response>) => Response | Promise<Response>;

const errorBoundary: Layer = async (_event, next) => {
  try {
    return await next();
  } catch (error) {
    return work.failed(error);
  }
};

const timing: Layer = async (event, next) => {
  event.startedAt = work.now();
  const response = await next();
  response.headers['server-timing'] = work.now() - event.startedAt;
  return response;
};

const requestId: Layer = async (event, next) => {
  event.id = work.idOf(event.request);
  const response = await next();
  response.headers['x-request-id'] = event.id;
  return response;
};

const cors: Layer = async ({ request }, next) => {
  if (work.isPreflight(request)) return work.preflight(request);
  const response = await next();
  response.headers['access-control-allow-origin'] = request.origin;
  return response;
};

const apiKey: Layer = (event, next) => {
  const client = work.clientOf(event.request);
  if (client === undefined) return work.refused(401);
  event.client = client;
  return next();
};

const rateLimit: Layer = async (event, next) => {
  event.remaining = work.takeOne(event.client);
  if (event.remaining < 0) return work.refused(429);
  const response = await next();
  response.headers['ratelimit-remaining'] = event.remaining;
  return response;
};

const parseBody: Layer = async (event, next) => {
  await work.parseBody(event);
  return next();
};

const validate: Layer = (event, next) => {
  work.validate(event.body);
  return next();
};

const noSniff: Layer = async (_event, next) => {
  const response = await next();
  response.headers['x-content-type-options'] = 'nosniff';
  return response;
};

const accessEvent: Layer = async (event, next) => {
  const response = await next();
  work.record(event.id, response);
  return response;
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
];
const run = composeMiddleware(layers as never);

export function handle(event: Exchange): Promise<Response> {
  return run(event as never, work.answer as never) as Promise<Response>;
}
