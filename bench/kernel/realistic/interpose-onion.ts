/** The realistic stack in our kernel, without hooks: ten layers round one another. */
import { type Middleware, pipeline, type Runner } from '@interpose/kernel';
import * as work from './work.ts';
import type { Exchange, Response } from './work.ts';

type Layer = Middleware<Exchange, Response>;

const errorBoundary: Layer = async (exchange, next) => {
  try {
    return await next(exchange);
  } catch (error) {
    return work.failed(error);
  }
};

const timing: Layer = async (exchange, next) => {
  exchange.startedAt = work.now();
  const response = await next(exchange);
  response.headers['server-timing'] = work.now() - exchange.startedAt;
  return response;
};

const requestId: Layer = async (exchange, next) => {
  exchange.id = work.idOf(exchange.request);
  const response = await next(exchange);
  response.headers['x-request-id'] = exchange.id;
  return response;
};

const cors: Layer = async (exchange, next) => {
  const { request } = exchange;
  if (work.isPreflight(request)) return work.preflight(request);
  const response = await next(exchange);
  response.headers['access-control-allow-origin'] = request.origin;
  return response;
};

const apiKey: Layer = (exchange, next) => {
  const client = work.clientOf(exchange.request);
  if (client === undefined) return work.refused(401);
  exchange.client = client;
  return next(exchange);
};

const rateLimit: Layer = async (exchange, next) => {
  exchange.remaining = work.takeOne(exchange.client);
  if (exchange.remaining < 0) return work.refused(429);
  const response = await next(exchange);
  response.headers['ratelimit-remaining'] = exchange.remaining;
  return response;
};

const parseBody: Layer = async (exchange, next) => {
  await work.parseBody(exchange);
  return next(exchange);
};

const validate: Layer = (exchange, next) => {
  work.validate(exchange.body);
  return next(exchange);
};

const noSniff: Layer = async (exchange, next) => {
  const response = await next(exchange);
  response.headers['x-content-type-options'] = 'nosniff';
  return response;
};

const accessEvent: Layer = async (exchange, next) => {
  const response = await next(exchange);
  work.record(exchange.id, response);
  return response;
};

export const handle: Runner<Exchange, Response | PromiseLike<Response>> = pipeline<
  Exchange,
  Response
>()
  .use(errorBoundary)
  .use(timing)
  .use(requestId)
  .use(cors)
  .use(apiKey)
  .use(rateLimit)
  .use(parseBody)
  .use(validate)
  .use(noSniff)
  .use(accessEvent)
  .handle(work.answer);
