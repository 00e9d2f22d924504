/** The realistic stack in our kernel: ten middleware of hooks. */
import { after, answer, before, createMiddleware, pipeline, type Runner } from '@interpose/kernel';
import * as work from './work.ts';
import type { Exchange, Response } from './work.ts';

const errorBoundary = createMiddleware<Exchange, Response>({
  onError: (_exchange, error) => answer(work.failed(error)),
});

const timing = createMiddleware<Exchange, Response>({
  before(exchange) {
    exchange.startedAt = work.now();
  },
  after(exchange, response) {
    response.headers['server-timing'] = work.now() - exchange.startedAt;
  },
});

const requestId = createMiddleware<Exchange, Response>({
  before(exchange) {
    exchange.id = work.idOf(exchange.request);
  },
  after(exchange, response) {
    response.headers['x-request-id'] = exchange.id;
  },
});

const cors = createMiddleware<Exchange, Response>({
  before({ request }) {
    return work.isPreflight(request) ? answer(work.preflight(request)) : undefined;
  },
  after({ request }, response) {
    response.headers['access-control-allow-origin'] = request.origin;
  },
});

const apiKey = before<Exchange, Response>((exchange) => {
  const client = work.clientOf(exchange.request);
  if (client === undefined) return answer(work.refused(401));
  exchange.client = client;
  return undefined;
});

const rateLimit = createMiddleware<Exchange, Response>({
  before(exchange) {
    exchange.remaining = work.takeOne(exchange.client);
    return exchange.remaining < 0 ? answer(work.refused(429)) : undefined;
  },
  after(exchange, response) {
    response.headers['ratelimit-remaining'] = exchange.remaining;
  },
});

const parseBody = before<Exchange>((exchange) => work.parseBody(exchange));

const validate = before<Exchange>((exchange) => work.validate(exchange.body));

const noSniff = after<Exchange, Response>((_exchange, response) => {
  response.headers['x-content-type-options'] = 'nosniff';
});

const accessEvent = after<Exchange, Response>((exchange, response) =>
  work.record(exchange.id, response),
);

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
