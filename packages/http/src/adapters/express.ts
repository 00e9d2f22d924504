/** Adapter for Express: an app as a handler, middleware of ours as middleware of Express. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Hosted, type MountOptions, Mounting } from '../hosts/mounting.ts';
import { stackOf, type StackOptions, type StackParts } from '../hosts/http-stack.ts';
import { answerHosted } from '../node-host/answer-hosted.ts';
import { contextOf } from '../hosts/host-context.ts';
import type { HostFacts } from '../node-host/node-source.ts';
import { passOut, surround } from '../node-host/surround.ts';

export type { Hosted, MountOptions, StackOptions, StackParts };
export { contextOf };

/** What is needed of a request of Express. */
export interface ExpressRequest extends IncomingMessage {
  /** The path and query with the part that Express has taken off. */
  originalUrl: string;
  /** The client's address as Express finds it, after its setting `trust proxy`. */
  readonly ip?: string | undefined;
  readonly secure: boolean;
  body?: unknown;
}

/** Runs what comes next, or the error handling. */
export type ExpressNext = (error?: unknown) => void;

/** A handler or a middleware of Express. */
export type ExpressHandler = (req: ExpressRequest, res: ServerResponse, next: ExpressNext) => void;

/** An error handler of Express. */
export type ExpressErrorHandler = (
  error: unknown,
  req: ExpressRequest,
  res: ServerResponse,
  next: ExpressNext,
) => void;

/**
 * An app as a handler of Express, at a path or at the root.
 *
 * @throws TypeError or RangeError for options that are none
 * @example
 * express().use('/api', toExpress(createApp().get('/hello', () => 'hello')));
 */
export function toExpress(app: Hosted, options?: MountOptions): ExpressHandler {
  const mounting = new Mounting(app, options);
  return function interpose(req, res, next) {
    const target = mounting.targetOf({ below: req.url ?? '/', whole: req.originalUrl });
    if (target === undefined) next();
    else answerHosted({ req, res, facts: new ExpressFacts(req, target) }, mounting, next);
  };
}

/**
 * Middleware of ours as middleware of Express. Its `next()` runs what comes after it there, whose answer goes out when the middleware has
 * seen it. It sees the whole path, wherever it stands.
 *
 * @throws TypeError or RangeError for what is no middleware, and options that are none
 * @example
 * express().use(expressMiddleware(requestId(), cors())).get('/', (req, res) => res.json({ hello: 'world' }));
 */
export function expressMiddleware(...parts: StackParts): ExpressHandler {
  const stack = stackOf(parts);
  return function interpose(req, res, next) {
    surround({ req, res, facts: new ExpressFacts(req, req.originalUrl), next }, stack);
  };
}

/**
 * Lets errors of Express's handlers come out of `next()` in the middleware of ours that stands before them. It stands behind all routes, and
 * before the error handlers, which get what nobody has answered.
 *
 * @example
 * express().use(expressMiddleware(accessLog())).get('/', handler).use(expressErrors());
 */
export function expressErrors(): ExpressErrorHandler {
  return function interposeErrors(error, req, _res, next) {
    void passOut(error, req, next);
  };
}

/** What Express knows of a request. */
class ExpressFacts implements HostFacts {
  readonly target: string;
  readonly #req: ExpressRequest;

  constructor(req: ExpressRequest, target: string) {
    this.#req = req;
    this.target = target;
  }

  get address(): string | undefined {
    return this.#req.ip;
  }

  get secure(): boolean {
    return this.#req.secure;
  }

  get parsed(): unknown {
    return this.#req.body;
  }
}
