/** OriginRequest: a request to the origin on behalf of those who wait for its answer, which outlives whoever asked first. */
import { ClientLeftError } from '@interpose/wire';
import { type HttpContext, RequestContext, type RequestSource } from '../context/context.ts';

/** Fields that ask for something other than the whole answer. */
const CONDITIONS: ReadonlySet<string> = new Set([
  'if-modified-since',
  'if-none-match',
  'if-range',
  'range',
]);
const NOWHERE = { address: '', port: 0 } as const;

/** What a request to the origin asks, where that is not what the client asks. */
export interface OriginConditions {
  readonly ifNoneMatch?: string | undefined;
  readonly ifModifiedSince?: string | undefined;
}

/** Where a request comes from that has no connection of its own. */
class Source implements RequestSource {
  readonly method: string;
  readonly target: string;
  readonly rawHeaders: readonly string[];
  readonly peer: typeof NOWHERE = NOWHERE;
  readonly local: typeof NOWHERE = NOWHERE;
  readonly secure: boolean;
  readonly body: null = null;
  readonly sentBytes: number = 0;
  clientLeft = false;
  #isSettled = false;
  #abort: AbortController | undefined;
  readonly #onLeft: (() => void)[] = [];
  readonly #onSettled: (() => void)[] = [];

  constructor(given: { method: string; target: string; secure: boolean; headers: string[] }) {
    this.method = given.method;
    this.target = given.target;
    this.secure = given.secure;
    this.rawHeaders = given.headers;
  }

  get signal(): AbortSignal {
    if (!this.#abort) {
      const abort = (this.#abort = new AbortController());
      this.onClientLeft(() => abort.abort(new ClientLeftError()));
    }
    return this.#abort.signal;
  }

  onClientLeft(listener: () => void): void {
    if (this.clientLeft) listener();
    else this.#onLeft.push(listener);
  }

  onSettled(listener: () => void): void {
    if (this.#isSettled) listener();
    else this.#onSettled.push(listener);
  }

  settle(): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    for (const listener of this.#onSettled.splice(0)) listener();
  }

  leave(): void {
    if (this.#isSettled) return;
    this.clientLeft = true;
    this.settle();
    for (const listener of this.#onLeft.splice(0)) listener();
  }
}

/** A request to the origin. */
export class OriginRequest {
  /** What the rest is run with. */
  readonly ctx: RequestContext;
  readonly #source: Source;

  /** Asks what the client asks, but without his conditions, and with these in their place. `undefined` leaves his as they are. */
  constructor(of: HttpContext, conditions: OriginConditions | undefined) {
    const headers: string[] = [];
    const raw = of.headers.toRaw();
    for (let at = 0; at + 1 < raw.length; at += 2) {
      const name = raw[at] as string;
      if (conditions && CONDITIONS.has(name.toLowerCase())) continue;
      headers.push(name, raw[at + 1] as string);
    }
    const { ifNoneMatch, ifModifiedSince } = conditions ?? {};
    if (ifNoneMatch !== undefined) headers.push('If-None-Match', ifNoneMatch);
    if (ifModifiedSince !== undefined) headers.push('If-Modified-Since', ifModifiedSince);
    const { method, path, search, secure } = of;
    this.#source = new Source({ method, target: path + search, secure, headers });
    this.ctx = new RequestContext(this.#source);
    takeOver(of, this.ctx);
  }

  /** All of the answer has been taken. */
  settle(): void {
    this.#source.settle();
  }

  /** Nobody waits for the answer any more. */
  abandon(): void {
    this.#source.leave();
  }
}

/** A request for something at this host, as it would be if somebody asked for it. */
export function plainRequest(host: string, target: string, secure: boolean): RequestContext {
  return new RequestContext(new Source({ method: 'GET', target, secure, headers: ['Host', host] }));
}

/** What those further out have put on the request counts for the one to the origin as well; its answer is another. */
function takeOver(from: HttpContext, to: RequestContext): void {
  to.params = from.params;
  to.clientAddress = from.clientAddress;
  to.secure = from.secure;
  to.requestId = from.requestId;
  to.maxBodyBytes = from.maxBodyBytes;
  Object.assign(to.state, from.state);
  for (const key of Object.keys(from)) {
    if (key in to) continue;
    const own = Object.getOwnPropertyDescriptor(from, key);
    if (own) Object.defineProperty(to, key, own);
  }
}
