/** Adapter for node:http, and for whatever calls `(req, res, next)`: an app as a listener, middleware of ours before other listeners. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Hosted, type MountOptions, Mounting } from '../hosts/mounting.ts';
import { stackOf, type StackOptions, type StackParts } from '../hosts/http-stack.ts';
import { answerHosted } from '../node-host/answer-hosted.ts';
import { contextOf } from '../hosts/host-context.ts';
import type { HostFacts } from '../node-host/node-source.ts';
import { type HostNext, surround } from '../node-host/surround.ts';

export type { Hosted, MountOptions, StackOptions, StackParts };
export { contextOf };

/** Handles a request of node:http. `next` runs what comes after it. */
export type NodeListener = (req: IncomingMessage, res: ServerResponse, next?: HostNext) => void;

/** What node:http knows of a request, it says in the request. */
const NO_FACTS: HostFacts = {};

/**
 * An app as a listener of node:http. What it leaves alone gets a 404, unless there is a `next`.
 *
 * @throws TypeError or RangeError for options that are none
 * @example
 * createServer(toNode(createApp().get('/', () => 'hello'))).listen(8080);
 */
export function toNode(app: Hosted, options?: MountOptions): NodeListener {
  const mounting = new Mounting(app, options);
  return function interpose(req, res, next = () => notFound(res)) {
    const url = req.url ?? '/';
    const target = mounting.targetOf({ below: url, whole: url });
    if (target === undefined) next();
    else answerHosted({ req, res, facts: { target } }, mounting, next);
  };
}

/**
 * Middleware of ours before another listener, which is `next`: it runs when the middleware calls its own `next`, and what it answers goes
 * out when the middleware has seen it.
 *
 * @throws TypeError or RangeError for what is no middleware, and options that are none
 * @example
 * const guarded = nodeMiddleware(cors(), requestId());
 * createServer((req, res) => guarded(req, res, () => res.end('hello'))).listen(8080);
 */
export function nodeMiddleware(...parts: StackParts): NodeListener {
  const stack = stackOf(parts);
  return function interpose(req, res, next = () => notFound(res)) {
    surround({ req, res, facts: NO_FACTS, next }, stack);
  };
}

function notFound(res: ServerResponse): void {
  res.statusCode = 404;
  res.setHeader('Content-Type', 'text/plain; charset=utf-8');
  res.end('Not Found\n');
}
