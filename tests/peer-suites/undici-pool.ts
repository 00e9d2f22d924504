/** Puts our pool beneath the one of undici: what it promises its callers stays its own, what goes over sockets goes through ours. */
import { STATUS_CODES } from 'node:http';
import { PassThrough, Readable } from 'node:stream';
import { type ClientAnswer, createPool, type Pool, type PoolOptions } from '@interpose/wire';
import { note } from './carried.ts';
import { asUndiciError, type UndiciErrors } from './undici-errors.ts';

/** A request as undici keeps it: checked, and with the one who is told of it. */
interface UndiciRequest {
  readonly method: string;
  readonly path: string;
  readonly host: string | null;
  readonly headers: (string | string[])[];
  readonly body: unknown;
  readonly contentLength: number | null;
  readonly contentType: string | null;
  readonly upgrade: string | null;
  readonly reset: boolean | null;
  readonly headersTimeout?: number | null;
  readonly bodyTimeout?: number | null;
  readonly aborted: boolean;
  readonly completed: boolean;
  onConnect(abort: (error?: Error) => void): void;
  onHeaders(status: number, headers: Buffer[], resume: () => void, text: string): boolean;
  /** `false` asks for a pause. */
  onData(chunk: Buffer): unknown;
  onComplete(trailers: Buffer[]): void;
  onUpgrade(status: number, headers: Buffer[], socket: unknown, text: string): void;
  onError(error: Error): void;
  onBodySent(chunk: unknown): void;
  onRequestSent(): void;
}

/** How a client of undici is told to behave. */
interface UndiciOptions {
  readonly connections?: number | null;
  readonly connect?: unknown;
  readonly tls?: object;
  readonly socketPath?: string;
  readonly connectTimeout?: number;
  readonly headersTimeout?: number;
  readonly bodyTimeout?: number;
  readonly keepAliveTimeout?: number;
  readonly maxHeaderSize?: number;
}

interface DispatchOptions {
  readonly method?: string;
}

type Dispatch = (options: DispatchOptions, handler: object) => boolean;
type Ending = (error?: Error) => Promise<unknown>;
/** A client or a pool of undici: one origin. */
type OneOrigin = new (
  origin: string | URL,
  options?: UndiciOptions,
) => Record<symbol, Dispatch | Ending>;

interface Inside {
  readonly errors: UndiciErrors;
  readonly symbols: Readonly<Record<'kDispatch' | 'kClose' | 'kDestroy', symbol>>;
  readonly Request: new (
    origin: string,
    options: DispatchOptions,
    handler: object,
  ) => UndiciRequest;
  readonly util: {
    bodyLength(body: unknown): number | null;
    isFormDataLike(body: unknown): boolean;
    isBlobLike(body: unknown): boolean;
    isStream(body: unknown): boolean;
  };
  extractBody(body: unknown): [{ stream: ReadableStream; length: number | null }, string | null];
}

const wires = new Set<Pool>();

/** Replaces the parts of undici that open connections, before anyone has loaded the rest of it. */
export function replaceUndici(require: NodeJS.Require): void {
  const inside: Inside = {
    errors: require('undici/lib/core/errors.js') as UndiciErrors,
    symbols: require('undici/lib/core/symbols.js') as Inside['symbols'],
    Request: require('undici/lib/core/request.js') as Inside['Request'],
    util: require('undici/lib/core/util.js') as Inside['util'],
    extractBody: (require('undici/lib/web/fetch/body.js') as Pick<Inside, 'extractBody'>)
      .extractBody,
  };
  for (const name of ['client', 'pool']) {
    const path = require.resolve(`undici/lib/dispatcher/${name}.js`);
    const theirs = require(path) as OneOrigin;
    const cached = require.cache[path];
    if (cached) cached.exports = overWire(theirs, inside, name === 'client' ? 1 : 1024);
  }
}

/** Ends every connection that is still open, so that none keeps the process. */
export async function closePools(): Promise<void> {
  await closeAll(wires, 0);
}

async function closeAll(pools: Iterable<Pool>, graceMs?: number): Promise<void> {
  const options = graceMs === undefined ? {} : { graceMs };
  await Promise.all([...pools].map((pool) => pool.close(options)));
}

/** Theirs, with our pools for what it sends. */
function overWire(theirs: OneOrigin, inside: Inside, connections: number): OneOrigin {
  const { kDispatch, kClose, kDestroy } = inside.symbols;
  const ours = class extends theirs {
    /** One for each pair of timeouts: here they are the pool's, there the request's. */
    readonly #pools = new Map<string, Pool>();
    readonly #origin: string;
    readonly #options: UndiciOptions;

    constructor(origin: string | URL, options: UndiciOptions = {}) {
      super(origin, options);
      this.#origin = new URL(origin).origin;
      this.#options = options;
    }

    #poolFor({ headersTimeout, bodyTimeout }: UndiciRequest): Pool {
      const firstMs = headersTimeout ?? this.#options.headersTimeout ?? 300_000;
      const idleMs = bodyTimeout ?? this.#options.bodyTimeout ?? 300_000;
      const key = `${firstMs} ${idleMs}`;
      let pool = this.#pools.get(key);
      if (!pool) {
        pool = createPool(this.#origin, {
          ...poolOptions(this.#options, connections),
          firstByteTimeoutMs: firstMs || Infinity,
          idleTimeoutMs: idleMs || Infinity,
        });
        this.#pools.set(key, pool);
        wires.add(pool);
      }
      return pool;
    }

    [kDispatch](options: DispatchOptions, handler: object): boolean {
      const isTheirs = options.method === 'CONNECT' || typeof this.#options.connect === 'function';
      if (isTheirs) return (super[kDispatch] as Dispatch)(options, handler);
      const request = new inside.Request(this.#origin, options, handler);
      queueMicrotask(() => send(request, this.#poolFor(request), inside));
      return true;
    }

    async [kClose](): Promise<void> {
      await closeAll(this.#pools.values());
      await (super[kClose] as Ending)();
    }

    async [kDestroy](error?: Error): Promise<void> {
      await closeAll(this.#pools.values(), 0);
      await (super[kDestroy] as Ending)(error);
    }
  };
  Object.defineProperty(ours, 'name', { value: theirs.name });
  return ours;
}

function poolOptions(options: UndiciOptions, connections: number): PoolOptions {
  const { connect, tls, socketPath, connectTimeout } = options;
  const {
    timeout,
    socketPath: path,
    ...secure
  } = (connect ?? {}) as { timeout?: number; socketPath?: string };
  const where = path ?? socketPath;
  return {
    maxConnections: options.connections ?? connections,
    maxQueued: 1_000_000,
    queueTimeoutMs: Infinity,
    connectTimeoutMs: timeout ?? connectTimeout ?? 10_000,
    ...(options.keepAliveTimeout ? { keepAliveMs: options.keepAliveTimeout } : {}),
    ...(options.maxHeaderSize ? { maxHeadBytes: options.maxHeaderSize } : {}),
    ...(where ? { socketPath: where } : {}),
    tls: { ...tls, ...secure },
  };
}

function send(request: UndiciRequest, pool: Pool, inside: Inside): void {
  if (request.aborted) return;
  let abortCall = (_error: Error): void => {};
  const fail = (error: Error): void => {
    if (!request.aborted && !request.completed) request.onError(error);
  };
  const abort = (error: Error = new inside.errors.RequestAbortedError()): void => {
    fail(error);
    abortCall(error);
  };
  try {
    request.onConnect(abort);
    if (request.aborted) return;
    const { body, headers } = outgoing(request, inside);
    note('call');
    const { upgrade } = request;
    const call = pool.dispatch(
      {
        method: request.method,
        target: request.path,
        headers,
        body,
        ...(upgrade ? { upgrade } : {}),
      },
      {
        information: (status, raw) =>
          void request.onHeaders(status, asBuffers(raw), () => {}, textOf(status)),
        response: (answer) => deliver(answer, request, inside.errors),
        upgraded: ({ status, rawHeaders }, socket) =>
          request.onUpgrade(status, asBuffers(rawHeaders), socket, textOf(status)),
        failed: (error) => fail(asUndiciError(error, inside.errors)),
      },
    );
    abortCall = (error) => call.abort(error);
    request.onRequestSent();
  } catch (error) {
    fail(error as Error);
  }
}

function deliver(
  { status, rawHeaders, body }: ClientAnswer,
  request: UndiciRequest,
  errors: UndiciErrors,
): void {
  if (request.aborted) return body?.cancel();
  const resume = (): void => body?.resume();
  request.onHeaders(status, asBuffers(rawHeaders), resume, textOf(status));
  if (request.aborted) return body?.cancel();
  if (!body) return request.onComplete([]);
  body.readInto({
    chunk: (bytes) => {
      if (request.aborted) return true;
      return request.onData(Buffer.from(bytes)) !== false;
    },
    end: (trailers) => {
      if (!request.aborted && !request.completed) request.onComplete(asBuffers(trailers));
    },
    fail: (error) => {
      if (!request.aborted && !request.completed) request.onError(asUndiciError(error, errors));
    },
  });
}

function outgoing(request: UndiciRequest, { util, extractBody }: Inside) {
  const headers = request.host === null ? [] : ['host', request.host];
  for (let at = 0; at < request.headers.length; at += 2) {
    for (const value of [request.headers[at + 1] ?? ''].flat())
      headers.push(request.headers[at] as string, value);
  }
  if (request.reset) headers.push('connection', 'close');
  let { body } = request;
  let length: number | null = null;
  if (util.isFormDataLike(body)) {
    const [extracted, type] = extractBody(body);
    if (request.contentType === null && type) headers.push('content-type', type);
    body = extracted.stream;
    ({ length } = extracted);
  } else if (util.isBlobLike(body)) {
    const blob = body as Blob;
    if (request.contentType === null && blob.type) headers.push('content-type', blob.type);
    body = blob.stream();
    length = blob.size;
  } else if (util.isStream(body)) {
    (body as Readable).read?.(0);
    length = util.bodyLength(body);
    if (length === 0) body = null;
    else if (!(Symbol.asyncIterator in (body as object)))
      body = modern(body as NodeJS.ReadableStream);
  }
  length ??= request.contentLength;
  if (length !== null && body !== null && !(body instanceof Uint8Array))
    headers.push('content-length', String(length));
  return { headers, body: asBody(body) };
}

function asBody(body: unknown): Uint8Array | AsyncIterable<Uint8Array> | null {
  if (body === null || body === undefined) return null;
  if (body instanceof Uint8Array) return body;
  if (body instanceof Readable && !body.readableObjectMode && body.readableEncoding === null)
    return body;
  return inBytes(body as AsyncIterable<Uint8Array | string>);
}

/** A stream of the old kind as one of today. Not by `pipe`, which takes the end that undici makes for an accident. */
function modern(old: NodeJS.ReadableStream): Readable {
  const stream = new PassThrough();
  old.on('data', (chunk) => {
    if (stream.write(chunk)) return;
    old.pause();
    stream.once('drain', () => old.resume());
  });
  old.on('end', () => stream.end());
  old.resume();
  return stream;
}

async function* inBytes(body: AsyncIterable<Uint8Array | string>): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}

const asBuffers = (raw: readonly string[]): Buffer[] =>
  raw.map((text) => Buffer.from(text, 'latin1'));
const textOf = (status: number): string => STATUS_CODES[status] ?? '';
