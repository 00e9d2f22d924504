/** MemoryExchange: a request that nobody has sent, and the answer to it, without a socket. */
import {
  AnswerOrderError,
  ClientLeftError,
  type Endpoint,
  type Exchange,
  IncomingBody,
  type Upgraded,
} from '@interpose/wire';

/** A request to be made up. */
export interface FakeRequest {
  /** @default 'GET' */
  readonly method?: string;
  /** With its query. @default '/' */
  readonly path?: string;
  /** `Host` is there without being said. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array;
  /** @default '192.0.2.1' */
  readonly clientAddress?: string;
  /** Whether it came over TLS. @default false */
  readonly secure?: boolean;
  /** @default '1.1' */
  readonly version?: Exchange['version'];
}

/** What was sent in answer. */
export interface MemoryAnswer {
  readonly status: number;
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[];
  readonly body: Uint8Array;
  /** Whether it was broken off before its end. */
  readonly cut: boolean;
}

const HOST = 'gateway.test';
const encoder = new TextEncoder();

/** One request made up, and what it is answered. */
export class MemoryExchange implements Exchange {
  readonly method: string;
  readonly target: string;
  readonly version: Exchange['version'];
  readonly rawHeaders: readonly string[];
  readonly peer: Endpoint;
  readonly local: Endpoint = { address: '127.0.0.1', port: 80 };
  readonly secure: boolean;
  readonly body: IncomingBody | null;
  readonly upgrade: string | undefined = undefined;
  readonly #abort = new AbortController();
  readonly #chunks: Uint8Array[] = [];
  readonly #settled: (() => void)[] = [];
  readonly #left: (() => void)[] = [];
  #head: { readonly status: number; readonly rawHeaders: readonly string[] } | undefined;
  #state: 'open' | 'ended' | 'cut' | 'left' = 'open';

  constructor(request: FakeRequest = {}) {
    const { method = 'GET', path = '/', body, clientAddress = '192.0.2.1' } = request;
    this.method = method;
    this.target = path;
    this.version = request.version ?? '1.1';
    this.rawHeaders = rawHeadersOf(request);
    this.peer = { address: clientAddress, port: 50_000 };
    this.secure = request.secure ?? false;
    this.body = body === undefined ? null : bodyOf(body);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get clientLeft(): boolean {
    return this.#state === 'left';
  }

  get headSent(): boolean {
    return this.#head !== undefined;
  }

  get sentBytes(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  }

  /** What was sent so far; nothing before the head. */
  get given(): MemoryAnswer | undefined {
    if (!this.#head) return undefined;
    const body = new Uint8Array(this.sentBytes);
    let at = 0;
    for (const chunk of this.#chunks) {
      body.set(chunk, at);
      at += chunk.length;
    }
    return { ...this.#head, body, cut: this.#state === 'cut' };
  }

  header(name: string): string | undefined {
    const { rawHeaders } = this;
    const found = rawHeaders.filter(
      (_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === name,
    );
    return found.length ? found.join(', ') : undefined;
  }

  onClientLeft(listener: () => void): void {
    if (this.#state === 'left') listener();
    else this.#left.push(listener);
  }

  onSettled(listener: () => void): void {
    if (this.#state === 'open') this.#settled.push(listener);
    else listener();
  }

  onDrain(listener: () => void): void {
    listener();
  }

  answer(status: number, headers: readonly string[], body: string | Uint8Array = ''): void {
    const bytes = typeof body === 'string' ? encoder.encode(body) : body;
    const hasOwnLength = bytes.length === 0 && (this.method === 'HEAD' || status === 304);
    const kept = headers.filter(
      (_, at) => hasOwnLength || headers[at - (at % 2)]?.toLowerCase() !== 'content-length',
    );
    const isTold = !hasOwnLength && status !== 204;
    this.sendHead(status, isTold ? [...kept, 'Content-Length', `${bytes.length}`] : kept);
    this.end(this.method === 'HEAD' ? '' : bytes);
  }

  sendInformation(): void {}

  sendHead(status: number, headers: readonly string[]): void {
    if (this.#head) throw new AnswerOrderError('An answer has begun already');
    this.#head = { status, rawHeaders: [...headers] };
  }

  write(chunk: string | Uint8Array): boolean {
    if (!this.#head) throw new AnswerOrderError('The head comes before the body');
    const bytes = typeof chunk === 'string' ? encoder.encode(chunk) : chunk.slice();
    if (this.#state === 'open') this.#chunks.push(bytes);
    return true;
  }

  end(chunk: string | Uint8Array = ''): void {
    this.write(chunk);
    this.#settle('ended');
  }

  splice(body: IncomingBody, failed?: (error: Error) => void): void {
    body.readInto({
      chunk: (bytes) => this.write(bytes),
      end: () => this.end(),
      fail: (error) => {
        failed?.(error);
        this.destroy();
      },
    });
  }

  takeOver(): Upgraded {
    throw new AnswerOrderError('A request without a connection cannot leave HTTP');
  }

  destroy(): void {
    this.#settle('cut');
  }

  /** The client leaves, unless it has its answer. */
  leave(): void {
    if (this.#state !== 'open') return;
    this.#state = 'left';
    this.#abort.abort(new ClientLeftError());
    for (const listener of [...this.#left, ...this.#settled]) listener();
  }

  #settle(state: 'ended' | 'cut'): void {
    if (this.#state !== 'open') return;
    this.#state = state;
    for (const listener of this.#settled) listener();
  }
}

function rawHeadersOf({ headers = {}, body }: FakeRequest): readonly string[] {
  const given = Object.entries(headers).flatMap(([name, values]) =>
    (typeof values === 'string' ? [values] : values).flatMap((value) => [name, value]),
  );
  const names = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  const length = typeof body === 'string' ? encoder.encode(body).length : body?.length;
  return [
    ...(names.has('host') ? [] : ['Host', HOST]),
    ...given,
    ...(length === undefined || names.has('content-length') ? [] : ['Content-Length', `${length}`]),
  ];
}

function bodyOf(body: string | Uint8Array): IncomingBody {
  const bytes = typeof body === 'string' ? encoder.encode(body) : body;
  const nothing = (): void => {};
  const incoming = new IncomingBody(bytes.length, {
    begin: nothing,
    pause: nothing,
    resume: nothing,
    cancel: nothing,
  });
  incoming.push(bytes, true);
  incoming.finish([]);
  return incoming;
}
