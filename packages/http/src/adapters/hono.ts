/** Adapter for Hono: an app as a handler, middleware of ours as middleware of Hono. */
import { contextOf as contextOfKey, enter } from '../hosts/host-context.ts';
import { type HttpContext, RequestContext } from '../context/context.ts';
import { answerSource, type FetchFacts, FetchSource } from '../answer/fetch.ts';
import { addressBeside } from '../client/host-address.ts';
import { stackOf, type StackOptions, type StackParts } from '../hosts/http-stack.ts';
import { type Hosted, type MountOptions, Mounting } from '../hosts/mounting.ts';
import { bodyLater } from '../context/read-body.ts';
import { surroundWeb } from '../hosts/web-surround.ts';

export type { Hosted, MountOptions, StackOptions, StackParts };

/** What is needed of a context of Hono. */
export interface HonoContext {
  readonly req: {
    raw: Request;
    readonly bodyCache: object;
    arrayBuffer(): Promise<ArrayBuffer>;
  };
  res: Response;
  /** What the server has handed over beside the request, in which the client's address is. */
  readonly env: unknown;
  /** The error that the answer is for. */
  readonly error: Error | undefined;
}

/** A handler or a middleware of Hono. */
export type HonoMiddleware = (
  c: HonoContext,
  next: () => Promise<void>,
) => Promise<Response | undefined>;

/** Our context of a request of Hono, if middleware of ours stands round its handler. */
export function contextOf(c: HonoContext): HttpContext | undefined {
  return contextOfKey(c);
}

/**
 * An app as a handler of Hono.
 *
 * @throws TypeError or RangeError for options that are none
 * @example
 * new Hono().use('/api/*', toHono(createApp().get('/hello', () => 'hello'), { prefix: '/api' }));
 */
export function toHono(app: Hosted, options?: MountOptions): HonoMiddleware {
  const mounting = new Mounting(app, options);
  return async function interpose(c, next) {
    const { pathname, search } = new URL(c.req.raw.url);
    const url = pathname + search;
    const target = mounting.targetOf({ below: url, whole: url });
    if (target === undefined) return void (await next());
    const source = new FetchSource(c.req.raw, { ...factsOf(c), target });
    const ctx = new RequestContext(source);
    const { app: hosted, fallThrough } = mounting;
    if (fallThrough && !hosted.has(ctx)) return void (await next());
    return answerSource(source, enter(ctx, c), { run: hosted.run, failures: hosted.failures });
  };
}

/**
 * Middleware of ours as middleware of Hono. Its `next()` runs what comes after it there, and gives what that has answered.
 *
 * @throws TypeError or RangeError for what is no middleware, and options that are none
 * @example
 * new Hono().use(honoMiddleware(requestId(), cors())).get('/', (c) => c.text('hello'));
 */
export function honoMiddleware(...parts: StackParts): HonoMiddleware {
  const stack = stackOf(parts);
  return async function interpose(c, next) {
    let isRun = false;
    const passage = {
      request: c.req.raw,
      facts: factsOf(c),
      key: c,
      next: async (request: Request) => {
        if (request !== c.req.raw) c.req.raw = request;
        await next();
        isRun = true;
        return { response: c.res, error: c.error };
      },
    };
    const answer = await surroundWeb(passage, stack);
    if (!isRun) return answer;
    // Else Hono would put the headers of the one that it has on the other.
    if (answer !== c.res) {
      (c as { res: Response | undefined }).res = undefined;
      c.res = answer;
    }
    return undefined;
  };
}

function factsOf(c: HonoContext): FetchFacts {
  const { raw } = c.req;
  return {
    address: () => addressBeside(raw, c.env),
    // Hono keeps what it has read, and gives it in any form; but a form of several parts it would put together differently.
    body: raw.bodyUsed
      ? bodyLater('formData' in c.req.bodyCache ? undefined : () => c.req.arrayBuffer())
      : undefined,
  };
}
