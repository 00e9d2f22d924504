/** Requests as tests make them: one function for each method, whether there is a server or only an app. */
import { unexpected } from '@interpose/kernel/options';
import { RequestContext } from './context/context.ts';
import { FetchSource } from './answer/fetch.ts';

/** A request to be made. */
export interface TestRequest {
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookies?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly body?: BodyInit;
  readonly signal?: AbortSignal;
  /** @default 'follow' */
  readonly redirect?: RequestRedirect;
}

/** Asks, and gives the answer. */
export type Ask = (path: string, request?: TestRequest) => Promise<Response>;
/** Asks with data, which is sent as JSON and has to be an object. */
export type AskWithData = (path: string, data?: object, request?: TestRequest) => Promise<Response>;

/** One function for each method. */
export interface TestRequests {
  readonly get: Ask;
  readonly head: Ask;
  readonly options: Ask;
  readonly delete: Ask;
  readonly post: AskWithData;
  readonly put: AskWithData;
  readonly patch: AskWithData;
  /** Any method. */
  request(method: string, path: string, request?: TestRequest): Promise<Response>;
}

/** A request of the web. A path is one of `http://testserver`. */
export function buildRequest(method: string, path: string, request: TestRequest = {}): Request {
  const headers = new Headers(request.headers);
  const cookies = Object.entries(request.cookies ?? {});
  if (cookies.length) {
    headers.set('Cookie', cookies.map(([name, value]) => `${name}=${value}`).join('; '));
  }
  const hasJson = request.json !== undefined;
  if (hasJson && !headers.has('content-type')) headers.set('Content-Type', 'application/json');
  const body = hasJson ? JSON.stringify(request.json) : request.body;
  return new Request(new URL(path, 'http://testserver'), {
    method,
    headers,
    ...(body !== undefined && { body, duplex: 'half' }),
    ...(request.signal && { signal: request.signal }),
    ...(request.redirect && { redirect: request.redirect }),
  });
}

/** A context without a server, for tests of a single middleware. */
export interface BuiltContext {
  readonly ctx: RequestContext;
  /** The client leaves. */
  leave(): void;
  /** All of the answer has been sent. */
  settle(): void;
}

/** A context as a middleware is given it. */
export function buildContext(
  method: string,
  path: string,
  request: TestRequest & { readonly clientAddress?: string } = {},
): BuiltContext {
  const source = new FetchSource(buildRequest(method, path, request));
  const ctx = new RequestContext(source);
  if (request.clientAddress !== undefined) ctx.clientAddress = request.clientAddress;
  return { ctx, leave: () => source.left(), settle: () => source.ended() };
}

/** The functions, for whatever makes the requests. */
export function requestsBy(
  send: (request: Request) => Promise<Response>,
  base: string,
): TestRequests {
  const request: TestRequests['request'] = async (method, path, given) =>
    send(buildRequest(method, base + path, given));
  const ask =
    (method: string): Ask =>
    (path, given) =>
      request(method, path, given);
  const askWithData =
    (method: string): AskWithData =>
    async (path, data, given = {}) => {
      if (data !== undefined && (typeof data !== 'object' || data === null)) {
        throw unexpected('data', 'an object', data);
      }
      return request(method, path, data === undefined ? given : { ...given, json: data });
    };
  return {
    request,
    get: ask('GET'),
    head: ask('HEAD'),
    options: ask('OPTIONS'),
    delete: ask('DELETE'),
    post: askWithData('POST'),
    put: askWithData('PUT'),
    patch: askWithData('PATCH'),
  };
}
