/** The realistic stack in @middy/core: hooks; a refusal is thrown, since an early answer would skip the hooks after it. */
import middy from '@middy/core';
import * as work from './work.ts';
import type { Exchange, Response } from './work.ts';

interface Request {
  readonly event: Exchange;
  response: Response;
  readonly error?: unknown;
}

type Hook = (request: Request) => void | Promise<void>;
interface Hooks {
  readonly before?: Hook;
  readonly after?: Hook;
  readonly onError?: Hook;
}

/** A hook for answers and refusals alike. */
const stamped = (stamp: (event: Exchange, response: Response) => void) => ({
  after: ({ event, response }: Request) => stamp(event, response),
  onError: ({ event, error }: Request) => {
    if (error instanceof work.Refusal) stamp(event, error.response);
  },
});

const errorBoundary: Hooks = {
  onError(request) {
    const { error } = request;
    request.response = error instanceof work.Refusal ? error.response : work.failed(error);
  },
};

const timing: Hooks = {
  before({ event }) {
    event.startedAt = work.now();
  },
  ...stamped((event, response) => {
    response.headers['server-timing'] = work.now() - event.startedAt;
  }),
};

const requestId: Hooks = {
  before({ event }) {
    event.id = work.idOf(event.request);
  },
  ...stamped((event, response) => {
    response.headers['x-request-id'] = event.id;
  }),
};

const cors: Hooks = {
  before({ event: { request } }) {
    if (work.isPreflight(request)) throw new work.Refusal(work.preflight(request));
  },
  ...stamped(({ request }, response) => {
    response.headers['access-control-allow-origin'] = request.origin;
  }),
};

const apiKey: Hooks = {
  before({ event }) {
    const client = work.clientOf(event.request);
    if (client === undefined) throw new work.Refusal(work.refused(401));
    event.client = client;
  },
};

const rateLimit: Hooks = {
  before({ event }) {
    event.remaining = work.takeOne(event.client);
    if (event.remaining < 0) throw new work.Refusal(work.refused(429));
  },
  after({ event, response }) {
    response.headers['ratelimit-remaining'] = event.remaining;
  },
};

const parseBody: Hooks = {
  before({ event }) {
    return work.parseBody(event);
  },
};

const validate: Hooks = {
  before({ event }) {
    work.validate(event.body);
  },
};

const noSniff: Hooks = {
  after({ response }) {
    response.headers['x-content-type-options'] = 'nosniff';
  },
};

const accessEvent: Hooks = {
  after({ event, response }) {
    work.record(event.id, response);
  },
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
const run = middy(work.answer as never).use(layers as never) as unknown as Run;
type Run = (event: Exchange) => Promise<Response>;

export function handle(event: Exchange): Promise<Response> {
  return run(event);
}
