/** HttpContext: what one request is to everything that handles it, in an application and in the gateway. */
import { COPY } from '@interpose/kernel';
import type { Exchange, IncomingBody } from '@interpose/wire';
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
  readonly response: HttpResponse;
  /** Why the request cannot be served, whatever it asks for; `undefined` if it can. */
  readonly fault: HttpError | undefined;
}

/** The context of one exchange. */
export class RequestContext implements HttpContext {
  readonly method: string;
  readonly path: string;
  readonly search: string;
  readonly headers: HeaderList;
  readonly state: Record<string, unknown> = {};
  readonly response: HttpResponse = new HttpResponse();
  readonly fault: HttpError | undefined;
  readonly #exchange: Exchange;
  #query: URLSearchParams | undefined;

  /** `original` is what a copy shares everything with. */
  constructor(exchange: Exchange, original?: RequestContext) {
    this.#exchange = exchange;
    if (original) {
      this.method = original.method;
      this.headers = original.headers;
      this.path = original.path;
      this.search = original.search;
      // As they are: a policy may have put a signal of its own on it.
      Object.defineProperties(this, Object.getOwnPropertyDescriptors(original));
      return;
    }
    this.method = exchange.method;
    this.headers = HeaderList.fromRaw(exchange.rawHeaders);
    const target = readTarget(exchange.target);
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
        return new RequestContext(this.#exchange, this);
      },
    });
  }

  get query(): URLSearchParams {
    return (this.#query ??= new URLSearchParams(this.search));
  }

  get clientAddress(): string {
    return this.#exchange.peer.address;
  }

  get requestBody(): IncomingBody | null {
    return this.#exchange.body;
  }

  get clientLeft(): boolean {
    return this.#exchange.clientLeft;
  }

  get signal(): AbortSignal {
    return this.#exchange.signal;
  }
}
