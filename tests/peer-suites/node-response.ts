/** The answer of an exchange in the shape in which `node:http` hands it to its listeners. */
import { type OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Exchange } from '@interpose/wire';
import type { NodeRequest } from './node-request.ts';

/** What the answer of Node keeps for itself; not in its types. */
interface Inside {
  /** The text of the head, once there is one; after it headers can no longer be set. */
  _header: string | null;
  _hasBody: boolean;
  finished: boolean;
  destroyed: boolean;
  getRawHeaderNames(): string[];
}

type Heads = OutgoingHttpHeaders | readonly unknown[] | undefined;
type Callback = (error?: Error | null) => void;

/** An answer that is given to an exchange. The bag of headers is Node's, everything that goes over the wire is ours. */
export class NodeResponse extends ServerResponse<NodeRequest> {
  readonly #exchange: Exchange;
  readonly #inside = this as unknown as Inside;
  #wireHead: (string | number)[] | undefined;
  #isHeadGiven = false;
  #trailers: string[] = [];
  #finished: Callback[] = [];
  #isOver = false;
  /** What was written since other things had their turn. */
  #inTurn = 0;

  constructor(request: NodeRequest, exchange: Exchange) {
    super(request);
    this.#exchange = exchange;
    this.sendDate = false;
    // Only what the property says: the bytes go by the exchange.
    Object.defineProperties(this, {
      socket: { value: request.socket, writable: true },
      writableFinished: { get: () => this.#isFinished },
      writableLength: { value: 0 },
    });
    exchange.onSettled(() => this.#settled());
    // First of all its listeners, as with Node: who holds back the one holds back the other.
    this.once('finish', () => {
      for (const done of this.#finished.splice(0)) done();
      this.req.dump();
      this.#close();
    });
  }

  get #given(): readonly string[] {
    return (this.#wireHead ?? []).map(String);
  }

  get #isFinished(): boolean {
    return this.#isOver && this.#inside.finished && !this.#exchange.clientLeft;
  }

  override writeHead(status: number, reason?: unknown, heads?: unknown): this {
    if (this.#inside._header)
      throw coded(
        'ERR_HTTP_HEADERS_SENT',
        'Cannot write headers after they are sent to the client',
      );
    const code = Math.trunc(status);
    if (!(code >= 100 && code <= 999)) {
      throw coded('ERR_HTTP_INVALID_STATUS_CODE', `Invalid status code: ${status}`, RangeError);
    }
    this.statusCode = code;
    this.#add((typeof reason === 'string' ? heads : (heads ?? reason)) as Heads);
    if (code === 204 || code === 304 || code < 200 || this.req.method === 'HEAD')
      this.#inside._hasBody = false;
    this.#wireHead = this.#inside
      .getRawHeaderNames()
      .flatMap((name) => [this.getHeader(name) ?? ''].flat().flatMap((value) => [name, value]));
    this.#inside._header = `HTTP/1.1 ${code}`;
    return this;
  }

  #add(heads: Heads): void {
    if (!heads) return;
    const pairs = Array.isArray(heads)
      ? Array.isArray(heads[0])
        ? (heads as [string, string][])
        : heads.flatMap((name, at) =>
            at % 2 === 0 ? [[name as string, heads[at + 1] as string] as const] : [],
          )
      : Object.entries(heads as OutgoingHttpHeaders);
    if (Array.isArray(heads)) for (const [name] of pairs) this.removeHeader(name);
    for (const [name, value] of pairs) {
      if (Array.isArray(heads)) this.appendHeader(name, value as string);
      else this.setHeader(name, value as string);
    }
  }

  override flushHeaders(): void {
    this.#giveHead();
  }

  override write(chunk: unknown, encoding?: unknown, callback?: unknown): boolean {
    const taken = (typeof encoding === 'function' ? encoding : callback) as Callback | undefined;
    const bytes = bytesOf(chunk, encoding);
    if (this.#inside.finished) {
      this.#fail(coded('ERR_STREAM_WRITE_AFTER_END', 'write after end'), taken);
      return true;
    }
    if (this.#inside.destroyed) {
      if (taken)
        process.nextTick(
          taken,
          coded('ERR_STREAM_DESTROYED', 'Cannot call write after a stream was destroyed'),
        );
      return false;
    }
    this.#giveHead();
    if (!this.#inside._hasBody || bytes.length === 0) {
      if (taken) process.nextTick(taken);
      return true;
    }
    const goesOn = this.#exchange.write(bytes);
    if (taken) this.#exchange.onDrain(() => process.nextTick(taken));
    if (goesOn && this.#isInBounds(bytes.length)) return true;
    const drain = (): void => void (this.#inside.destroyed || this.emit('drain'));
    if (goesOn) setImmediate(drain);
    else this.#exchange.onDrain(drain);
    return false;
  }

  /** Node makes a writer wait for the next turn also when the system would take more, and some never end theirs before. */
  #isInBounds(length: number): boolean {
    if (this.#inTurn === 0) setImmediate(() => (this.#inTurn = 0));
    this.#inTurn += length;
    return this.#inTurn < this.writableHighWaterMark;
  }

  override end(chunk?: unknown, encoding?: unknown, callback?: unknown): this {
    const done = [chunk, encoding, callback].find((one) => typeof one === 'function') as
      | Callback
      | undefined;
    const bytes =
      chunk === undefined || chunk === null || typeof chunk === 'function'
        ? EMPTY
        : bytesOf(chunk, encoding);
    if (this.#inside.finished) {
      if (bytes.length > 0)
        this.#fail(coded('ERR_STREAM_WRITE_AFTER_END', 'write after end'), done);
      else if (done)
        process.nextTick(
          done,
          coded('ERR_STREAM_ALREADY_FINISHED', 'Cannot call end after a stream was finished'),
        );
      return this;
    }
    if (done) this.#finished.push(done);
    this.#finish(bytes);
    return this;
  }

  #finish(bytes: Uint8Array): void {
    const isWhole = !this.#isHeadGiven && this.#trailers.length === 0;
    if (!this.#inside._header) this.writeHead(this.statusCode);
    this.#inside.finished = true;
    const body = this.#inside._hasBody ? bytes : EMPTY;
    if (isWhole && !this.hasHeader('transfer-encoding')) {
      this.#isHeadGiven = true;
      this.#exchange.answer(this.statusCode, this.#given, body);
      return;
    }
    this.#giveHead();
    this.#exchange.end(body, this.#trailers);
  }

  override destroy(error?: Error): this {
    if (this.#inside.destroyed) return this;
    this.#inside.destroyed = true;
    this.#exchange.destroy();
    if (error) process.nextTick(() => this.listenerCount('error') > 0 && this.emit('error', error));
    return this;
  }

  override addTrailers(trailers: Heads): void {
    const pairs: unknown[][] = Array.isArray(trailers) ? trailers : Object.entries(trailers ?? {});
    this.#trailers.push(...pairs.flat().map(String));
  }

  override writeContinue(callback?: () => void): void {
    if (callback) process.nextTick(callback);
  }

  override writeProcessing(): void {
    this.#exchange.sendInformation(102, []);
  }

  override writeEarlyHints(hints: Record<string, string | string[]>, callback?: () => void): void {
    const { link, ...others } = hints;
    const lines = ['Link', [link ?? []].flat().join(', ')];
    for (const [name, value] of Object.entries(others)) lines.push(name, String(value));
    this.#exchange.sendInformation(103, lines);
    if (callback) process.nextTick(callback);
  }

  #giveHead(): void {
    if (!this.#inside._header) this.writeHead(this.statusCode);
    if (this.#isHeadGiven) return;
    this.#isHeadGiven = true;
    this.#exchange.sendHead(this.statusCode, this.#given);
  }

  /** Node says it in the next turn. */
  #fail(error: Error, callback: Callback | undefined): void {
    process.nextTick(() => {
      callback?.(error);
      this.emit('error', error);
    });
  }

  #settled(): void {
    process.nextTick(() => {
      this.#isOver = true;
      if (this.#isFinished && !this.#inside.destroyed) this.emit('finish');
      else {
        this.req.abandon();
        this.#close();
      }
    });
  }

  #close(): void {
    this.#inside.destroyed = true;
    this.emit('close');
  }
}

const EMPTY = Buffer.alloc(0);

function bytesOf(chunk: unknown, encoding: unknown): Uint8Array {
  if (chunk === null)
    throw coded('ERR_STREAM_NULL_VALUES', 'May not write null values to stream', TypeError);
  if (typeof chunk === 'string') {
    return Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8');
  }
  if (chunk instanceof Uint8Array) return chunk;
  throw coded(
    'ERR_INVALID_ARG_TYPE',
    `The "chunk" argument must be of type string or an instance of Buffer or Uint8Array. Received ${typeof chunk}`,
    TypeError,
  );
}

function coded(code: string, message: string, Kind: ErrorConstructor = Error): Error {
  return Object.assign(new Kind(message), { code });
}
