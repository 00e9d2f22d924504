/** HttpContext: what one request is to everything that handles it, in an application and in the gateway. */
import { COPY } from '@interpose/kernel';
import type { Exchange, IncomingBody } from '@interpose/wire';
import { BodyReader } from './body-reader.ts';
import { parseCookies } from './cookies.ts';
import { HttpError } from '../errors.ts';
import { HeaderList } from './headers.ts';
import { randomId } from '../random-id.ts';
import { readTarget } from './request-path.ts';
import { HttpResponse } from './response.ts';

/** One request, and the answer to it under construction. */
export interface HttpContext<State extends object = Record<string, unknown>> {
  readonly method: string;
  /** That of the protocol by which the request came. */
  readonly version: '1.0' | '1.1' | '2.0';
  /** In normal form; every decision is made on it, and it is what travels on. `*` where `fault` says that there is none. */
  readonly path: string;
  /** The query with its `?`, as it came; empty if there is none. */
  readonly search: string;
  /** The query, read when first asked for. */
  readonly query: URLSearchParams;
  /** The headers of the request. What is changed here is what others see, and what travels on. */
  readonly headers: HeaderList;
  /**
   * The client's address, an IPv4 address never in its IPv6 dress: that of the other end of the connection, unless `trustedProxies` has set
   * the one that a proxy tells. Empty where there is none.
   */
  clientAddress: string;
  /** The protocol that the client asks to switch to; `undefined` where the connection cannot be handed over, as in HTTP/2. */
  readonly upgrade: string | undefined;
  /** Aborts when the client leaves before its answer is complete. */
  readonly signal: AbortSignal;
  /** True once the client has left before its answer was complete. */
  readonly clientLeft: boolean;
  /** Calls `listener` once if the client leaves before its answer is complete; at once if it has left already. */
  onClientLeft(listener: () => void): void;
  /** Calls `listener` once when nothing more will be sent: the answer is complete, or was cut, or the client has left. */
  onSettled(listener: () => void): void;
  /** How many bytes of the answer's body have been given to be sent. */
  readonly sentBytes: number;
  /** What those who handle this request keep for each other. */
  readonly state: State;
  /** The body of the request chunk by chunk, to be read once; `null` if it has none. What is put in its place is what others read. */
  requestBody: IncomingBody | null;
  /** How much of the body `body` reads unless a reader says otherwise. @default 1 MiB */
  maxBodyBytes: number;
  /** Reads the body of the request. */
  readonly body: BodyReader;
  /** What the parameters of the route's path caught, unescaped. */
  readonly params: Readonly<Record<string, string>>;
  /** The cookies of the request, read when first asked for. */
  readonly cookies: ReadonlyMap<string, string>;
  /** Whether the client's connection is encrypted; behind a proxy, what `trustedProxies` was told of it. */
  secure: boolean;
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
  | 'onSettled'
  | 'sentBytes'
> & { readonly version?: Exchange['version']; readonly upgrade?: Exchange['upgrade'] };

const MOST_BODY_BYTES = 1024 * 1024;
/** Stands where there is no path; nobody can take it for one, as it would be with `/`. */
const NO_PATH = '*';
/** Those that every function of the web is told as they came. */
const WEB_METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';
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
  /** What a copy was made of, with which it shares all that belongs to the request. */
  readonly #original: RequestContext | undefined;
  params: Readonly<Record<string, string>> = NO_PARAMS;
  /** The methods that there are for the path, where none of them is that of the request. */
  allow: readonly string[] | undefined;
  #query: URLSearchParams | undefined;
  #body: BodyReader | undefined;
  #cookies: ReadonlyMap<string, string> | undefined;
  #request: Request | undefined;
  #requestId: string | undefined;
  #clientAddress: string | undefined;
  #secure: boolean | undefined;
  #requestBody: IncomingBody | null | undefined;
  #maxBodyBytes = MOST_BODY_BYTES;

  /** `original` is what a copy shares everything with. */
  constructor(source: RequestSource, original?: RequestContext) {
    this.#source = source;
    this.#original = original;
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
    this.path = target?.path ?? NO_PATH;
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
    if (this.#original) return this.#original.body;
    return (this.#body ??= new BodyReader(this.requestBody, {
      contentType: this.headers.get('content-type'),
      contentEncoding: this.headers.get('content-encoding'),
      maxBytes: this.#maxBodyBytes,
    }));
  }

  get cookies(): ReadonlyMap<string, string> {
    return (this.#cookies ??= parseCookies(this.headers.get('cookie')));
  }

  get version(): '1.0' | '1.1' | '2.0' {
    return this.#source.version ?? '1.1';
  }

  get upgrade(): string | undefined {
    return this.#source.upgrade;
  }

  get secure(): boolean {
    if (this.#original) return this.#original.secure;
    return this.#secure ?? this.#source.secure;
  }

  set secure(secure: boolean) {
    if (this.#original) this.#original.secure = secure;
    else this.#secure = secure;
  }

  get requestId(): string {
    if (this.#original) return this.#original.requestId;
    return (this.#requestId ??= randomId());
  }

  set requestId(id: string) {
    if (this.#original) this.#original.requestId = id;
    else this.#requestId = id;
  }

  get request(): Request {
    return (this.#request ??= this.webRequest(this.path));
  }

  /**
   * The request as one of the web, with another path.
   *
   * @throws HttpError 400 for a host, and 405 for a method, that the web does not know
   */
  webRequest(path: string): Request {
    if (this.fault) throw this.fault;
    const url = urlOf(this, path);
    const { method } = this;
    // Where no request of the web may have a body, nobody can ask for it.
    const body = method === 'GET' || method === 'HEAD' ? null : this.requestBody;
    let request: Request | undefined;
    try {
      request = new Request(url, {
        method,
        headers: [...this.headers],
        signal: this.signal,
        ...(body && { body: streamOf(body), duplex: 'half' }),
      });
    } catch {
      // Methods are forbidden there that are none of its business here.
    }
    // `post` would have become `POST`, of which nobody here has decided anything.
    if (request?.method !== method) {
      throw new HttpError(405, 'The method cannot be handed on', {
        headers: { Allow: WEB_METHODS },
      });
    }
    return request;
  }

  get clientAddress(): string {
    if (this.#original) return this.#original.clientAddress;
    return (this.#clientAddress ??= this.#source.peer.address);
  }

  set clientAddress(address: string) {
    if (this.#original) this.#original.clientAddress = address;
    else this.#clientAddress = address;
  }

  get requestBody(): IncomingBody | null {
    if (this.#original) return this.#original.requestBody;
    return this.#requestBody === undefined ? this.#source.body : this.#requestBody;
  }

  set requestBody(body: IncomingBody | null) {
    if (this.#original) this.#original.requestBody = body;
    else {
      this.#requestBody = body;
      this.#body = undefined;
    }
  }

  get maxBodyBytes(): number {
    if (this.#original) return this.#original.maxBodyBytes;
    return this.#maxBodyBytes;
  }

  set maxBodyBytes(maxBytes: number) {
    if (this.#original) this.#original.maxBodyBytes = maxBytes;
    else {
      this.#maxBodyBytes = maxBytes;
      this.#body = undefined;
    }
  }

  get clientLeft(): boolean {
    return this.#source.clientLeft;
  }

  get signal(): AbortSignal {
    return this.#source.signal;
  }

  onClientLeft(listener: () => void): void {
    this.#source.onClientLeft(listener);
  }

  onSettled(listener: () => void): void {
    this.#source.onSettled(listener);
  }

  get sentBytes(): number {
    return this.#source.sentBytes;
  }
}

function urlOf({ headers, secure, search }: RequestContext, path: string): string {
  const host = headers.get('host') || 'localhost';
  const base = `${secure ? 'https' : 'http'}://${host}`;
  // A host that ends in something else than a host would take the path's place.
  if (/[/?#\\@]/.test(host) || !URL.canParse(base)) {
    throw new HttpError(400, 'The host is not valid', { code: 'INVALID_HOST' });
  }
  return base + path + search;
}

/** A body that comes in as a stream of the web. */
export function streamOf(body: IncomingBody): ReadableStream<Uint8Array> {
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
