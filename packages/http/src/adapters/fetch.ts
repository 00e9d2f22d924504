/** Adapter for hosts that take a fetch handler, such as Bun, Deno and workers: an app as one, middleware of ours round another. */
import { contextOf, enter } from '../hosts/host-context.ts';
import { RequestContext } from '../context/context.ts';
import { answerSource, type FetchFacts, FetchSource } from '../answer/fetch.ts';
import { addressBeside } from '../client/host-address.ts';
import { stackOf, type StackOptions, type StackParts } from '../hosts/http-stack.ts';
import { type Hosted, type MountOptions, Mounting } from '../hosts/mounting.ts';
import { surroundWeb } from '../hosts/web-surround.ts';

export type { Hosted, MountOptions, StackOptions, StackParts };
export { contextOf };

/** Answers a request. What else a host hands over depends on the host. */
export type FetchHandler<Beside extends readonly unknown[] = readonly unknown[]> = (
  request: Request,
  ...beside: Beside
) => Response | Promise<Response>;

/** How an app stands in a host that takes a fetch handler. */
export interface FetchMountOptions<Beside extends readonly unknown[]> extends MountOptions {
  /** The client's address. @default what Bun, Deno or Hono on Node tell; else none */
  readonly address?: (request: Request, ...beside: Beside) => string;
  /** Answers what the app leaves alone. @default a 404 */
  readonly otherwise?: FetchHandler<Beside>;
}

/**
 * An app as a fetch handler, with the client's address.
 *
 * @throws TypeError or RangeError for options that are none
 * @example
 * const app = createApp().get('/', (ctx) => ctx.clientAddress);
 * export default { fetch: toFetch(app) };
 */
export function toFetch<Beside extends readonly unknown[] = readonly unknown[]>(
  app: Hosted,
  { address, otherwise = notFound, ...options }: FetchMountOptions<Beside> = {},
): (request: Request, ...beside: Beside) => Promise<Response> {
  const mounting = new Mounting(app, options);
  return async function interpose(request, ...beside) {
    const { pathname, search } = new URL(request.url);
    const url = pathname + search;
    const target = mounting.targetOf({ below: url, whole: url });
    if (target === undefined) return otherwise(request, ...beside);
    const facts = { ...factsOf(request, beside), target };
    if (address) facts.address = () => address(request, ...beside);
    const source = new FetchSource(request, facts);
    const ctx = new RequestContext(source);
    const { app: hosted, fallThrough } = mounting;
    if (fallThrough && !hosted.has(ctx)) return otherwise(request, ...beside);
    return answerSource(source, enter(ctx, request), {
      run: hosted.run,
      failures: hosted.failures,
    });
  };
}

/**
 * Middleware of ours round fetch handlers. Its `next()` runs the handler, and gives what that has answered.
 *
 * @throws TypeError or RangeError for what is no middleware, and options that are none
 * @example
 * const guarded = fetchMiddleware(requestId(), cors());
 * export default { fetch: guarded((request) => new Response('hello')) };
 */
export function fetchMiddleware(
  ...parts: StackParts
): <Beside extends readonly unknown[]>(
  handler: FetchHandler<Beside>,
) => (request: Request, ...beside: Beside) => Promise<Response> {
  const stack = stackOf(parts);
  return (handler) =>
    function interpose(request, ...beside) {
      const passage = {
        request,
        facts: factsOf(request, beside),
        key: request,
        next: async (seen: Request) => ({ response: await handler(seen, ...beside) }),
      };
      return surroundWeb(passage, stack);
    };
}

function factsOf(
  request: Request,
  [beside]: readonly unknown[],
): { -readonly [Key in keyof FetchFacts]: FetchFacts[Key] } {
  return { address: () => addressBeside(request, beside) };
}

function notFound(): Response {
  return new Response('Not Found\n', {
    status: 404,
    headers: { 'Content-Type': 'text/plain; charset=utf-8' },
  });
}
