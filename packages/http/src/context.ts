/** HttpContext: what one request is to everything that handles it, in an application and in the gateway. */
import { COPY } from '@interpose/kernel';
import type { Exchange, IncomingBody } from '@interpose/wire';
import { BodyReader } from './body-reader.ts';
import { parseCookies } from './cookies.ts';
import { HttpError } from './errors.ts';
import { HeaderList } from './headers.ts';
import { readTarget } from './request-path.ts';
import { HttpResponse } from './response.ts';

/** One request, and the answer to it under construction. */
export interface HttpContext<State extends object = Record<string, unknown>> {
  readonly method: string;
  /** In normal form; every decision is made on it, and it is what travels on. */
  readonly path: string;
  /** The query with its `?`, as it came; empty if there is none. */
  readonly search: string;
  /** The query, read when first asked for. */
  readonly query: URLSearchParams;
  /** The headers of the request. What is changed here is what others see, and what travels on. */
  readonly headers: HeaderList;
  /** The address at the other end of the connection; an IPv4 address never in its IPv6 dress. */
  readonly clientAddress: string;
  /** Aborts when the client leaves before its answer is complete. */
  readonly signal: AbortSignal;
  /** True once the client has left before its answer was complete. */
  readonly clientLeft: boolean;
  /** What those who handle this request keep for each other. */
  readonly state: State;
  /** The body of the request chunk by chunk, to be read once; `null` if it has none. */
  readonly requestBody: IncomingBody | null;
  /** Reads the body of the request. */
  readonly body: BodyReader;
  /** What the parameters of the route's path caught, unescaped. */
  readonly params: Readonly<Record<string, string>>;
  /** The cookies of the request, read when first asked for. */
  readonly cookies: ReadonlyMap<string, string>;
  /** Whether the connection to the client is encrypted. */
  readonly secure: boolean;
  /** Identifies the request in answers and in logs. Made when first asked for, unless it was set. */
  requestId: string;
  /** The request as one of the web, made when first asked for. Its body is that of this request, to be read once. */
  readonly request: Request;
  readonly response: HttpResponse;
  /** Why the request cannot be served, whatever it asks for; `undefined` if it can. */
  readonly fault: HttpError | undefined;
}

/** What a context is made from: an exchange of `wire`, or anything that knows as much of a request. */
export type RequestSource = Pick<
  Exchange,
  | 'method'
  | 'target'
  | 'rawHeaders'
  | 'peer'
  | 'local'
  | 'secure'
  | 'body'
  | 'signal'
  | 'clientLeft'
  | 'onClientLeft'
>;

const NO_PARAMS: Readonly<Record<string, string>> = Object.freeze({});

/** The context of one request. */
export class RequestContext implements HttpContext {
  readonly method: string;
  readonly path: string;
  readonly search: string;
  readonly headers: HeaderList;
  readonly state: Record<string, unknown> = {};
  readonly response: HttpResponse = new HttpResponse();
  readonly fault: HttpError | undefined;
  readonly #source: RequestSource;
  params: Readonly<Record<string, string>> = NO_PARAMS;
  #query: URLSearchParams | undefined;
  #body: BodyReader | undefined;
  #cookies: ReadonlyMap<string, string> | undefined;
  #request: Request | undefined;
  #requestId: string | undefined;

  /** `original` is what a copy shares everything with. */
  constructor(source: RequestSource, original?: RequestContext) {
    this.#source = source;
    if (original) {
      this.method = original.method;
      this.headers = original.headers;
      this.path = original.path;
      this.search = original.search;
      // As they are: a policy may have put a signal of its own on it.
      Object.defineProperties(this, Object.getOwnPropertyDescriptors(original));
      return;
    }
    this.method = source.method;
    this.headers = HeaderList.fromRaw(source.rawHeaders);
    const target = readTarget(source.target);
    this.path = target?.path ?? '/';
    this.search = target?.search ?? '';
    if (!target) {
      this.fault = new HttpError(400, 'The path is not valid', { code: 'INVALID_PATH' });
    }
  }

  static {
    // For those who hand on a context with more on it, or with a signal of their own: the request and the answer stay the same.
    Object.defineProperty(RequestContext.prototype, COPY, {
      value(this: RequestContext): RequestContext {
        return new RequestContext(this.#source, this);
      },
    });
  }

  get query(): URLSearchParams {
    return (this.#query ??= new URLSearchParams(this.search));
  }

  get body(): BodyReader {
    return (this.#body ??= new BodyReader(this.#source.body, {
      contentType: this.headers.get('content-type'),
      contentEncoding: this.headers.get('content-encoding'),
    }));
  }

  get cookies(): ReadonlyMap<string, string> {
    return (this.#cookies ??= parseCookies(this.headers.get('cookie')));
  }

  get secure(): boolean {
    return this.#source.secure;
  }

  get requestId(): string {
    return (this.#requestId ??= crypto.randomUUID());
  }

  set requestId(id: string) {
    this.#requestId = id;
  }

  get request(): Request {
    return (this.#request ??= this.webRequest(''));
  }

  /** The request as one of the web, with a path that begins behind `prefix`. */
  webRequest(prefix: string): Request {
    const path = this.path.slice(prefix.length) || '/';
    const host = this.headers.get('host') ?? 'localhost';
    const body = this.requestBody;
    return new Request(`${this.secure ? 'https' : 'http'}://${host}${path}${this.search}`, {
      method: this.method,
      headers: [...this.headers],
      signal: this.signal,
      ...(body && { body: streamOf(body), duplex: 'half' }),
    });
  }

  get clientAddress(): string {
    return this.#source.peer.address;
  }

  get requestBody(): IncomingBody | null {
    return this.#source.body;
  }

  get clientLeft(): boolean {
    return this.#source.clientLeft;
  }

  get signal(): AbortSignal {
    return this.#source.signal;
  }
}

/** A body that comes in as a stream of the web. */
function streamOf(body: IncomingBody): ReadableStream<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await chunks.return?.();
    },
  });
}
