/** The body of a message that comes in: pushed as it arrives, read once, never faster than its reader takes it. */
import { AnswerOrderError, BodyUsedError, RefusedMessageError } from './errors.ts';
import { GatheredBytes } from './gathered-bytes.ts';

/** Takes a body. Its functions must not throw. */
export interface BodySink {
  /**
   * Takes bytes; `false` asks for a pause until `resume` is called. Who needs them after it has returned says so with `keep` or `retain`, or copies them.
   */
  chunk(bytes: Uint8Array, last: boolean): boolean;
  /** The body is whole. Trailers are names and values in turn. */
  end(trailers: readonly string[]): void;
  /** The body will not become whole. */
  fail(error: Error): void;
}

/** Where a body comes from. */
export interface BodySource {
  /** Someone begins to read. */
  begin(): void;
  pause(): void;
  resume(): void;
  /** Nobody wants the rest. */
  cancel(): void;
  /** The bytes handed in last stay in use. A source that has it reads into the same memory again and again. */
  readonly retain?: (() => void) | undefined;
}

/** How much of a body is read into memory at once. */
export interface ReadOptions {
  /** More than this is refused. @default 10 MiB */
  readonly maxBytes?: number;
}

const COPIED_BYTES = 16 * 1024;
const MOST_BYTES = 10 * 1024 * 1024;
const NONE: readonly string[] = [];

/** A body that comes in. */
export class IncomingBody implements AsyncIterable<Uint8Array> {
  /** Marks it, also when it comes from another copy of the package. */
  readonly comesIn = 'wire' as const;
  /** How many bytes it has, if its head says so. */
  readonly length: number | undefined;
  readonly #source: BodySource;
  #queue: Uint8Array[] = [];
  #sink: BodySink | undefined;
  #isRead = false;
  #isPaused = false;
  #isOver = false;
  #trailers: readonly string[] = NONE;
  #error: Error | undefined;

  constructor(length: number | undefined, source: BodySource) {
    this.length = length;
    this.#source = source;
  }

  /** True once someone has begun to read it. */
  get isRead(): boolean {
    return this.#isRead;
  }

  /** True once all of it has arrived. */
  get isWhole(): boolean {
    return this.#isOver && !this.#error;
  }

  /** True if nothing more of it will arrive. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** True if bytes that are handed in will be kept until someone reads. */
  get keeps(): boolean {
    return this.#sink === undefined || this.#isPaused;
  }

  /**
   * Hands the body to a sink, beginning now with what has arrived.
   *
   * @throws BodyUsedError if someone reads it already
   */
  readInto(sink: BodySink): void {
    if (this.#isRead) throw new BodyUsedError();
    this.#isRead = true;
    this.#sink = sink;
    if (!this.#isOver) this.#source.begin();
    this.#flush();
    if (this.#isPaused && !this.#isOver) this.#source.pause();
  }

  /** The bytes that the sink was handed last stay in use after it has returned. */
  retain(): void {
    this.#source.retain?.();
  }

  /** Bytes handed to a sink, as they may be kept after it has returned. */
  keep(bytes: Uint8Array): Uint8Array {
    if (!this.#source.retain) return bytes;
    // To copy a little is cheaper than to give up the memory that it stands in.
    if (bytes.length <= COPIED_BYTES) return Buffer.from(bytes);
    this.#source.retain();
    return bytes;
  }

  /** The sink that asked for a pause can take more. */
  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#flush();
    if (!this.#isPaused && !this.#isOver) this.#source.resume();
  }

  /** Nobody wants the rest. */
  cancel(): void {
    this.#isRead = true;
    this.#sink = undefined;
    this.#queue = [];
    if (!this.#isOver) this.#source.cancel();
  }

  /** Nobody is served by the rest any more, and whoever still reads it is told so. */
  abandon(): void {
    const sink = this.#isOver ? undefined : this.#sink;
    this.cancel();
    sink?.fail(new AnswerOrderError('The answer ended before all of the body was read'));
  }

  /**
   * The whole body.
   *
   * @throws BodyUsedError, RefusedMessageError if it is larger than `maxBytes` or breaks a rule, or what the connection ended with
   */
  bytes({ maxBytes = MOST_BYTES }: ReadOptions = {}): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      if (!this.#isRead && this.length !== undefined && this.length > maxBytes) {
        // Who waits to be told that the body is wanted, is not told so.
        this.cancel();
        return reject(new RefusedMessageError('BODY_TOO_LARGE'));
      }
      const gathered = new GatheredBytes(this.length);
      let whole: Uint8Array | undefined;
      this.readInto({
        chunk: (bytes, last) => {
          if (gathered.size + bytes.length > maxBytes) {
            this.cancel();
            reject(new RefusedMessageError('BODY_TOO_LARGE'));
          } else if (last && gathered.size === 0 && !this.#source.retain) whole = bytes;
          else gathered.add(bytes);
          return true;
        },
        end: () => resolve(whole ? asBuffer(whole) : gathered.take()),
        fail: reject,
      });
    });
  }

  /** The whole body as text in UTF-8. Throws what `bytes` throws. */
  async text(options: ReadOptions = {}): Promise<string> {
    return (await this.bytes(options)).toString('utf8');
  }

  /** What stood behind a chunked body, names and values in turn; empty until it is whole. */
  get trailers(): readonly string[] {
    return this.#trailers;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return new BodyIterator(this);
  }

  /** Takes bytes in. Tells whether more may come at once. */
  push(bytes: Uint8Array, last: boolean): boolean {
    if (this.#sink && !this.#isPaused) {
      if (!this.#sink.chunk(bytes, last)) this.#isPaused = true;
      return !this.#isPaused;
    }
    // Cancelled: what still comes is dropped.
    if (this.#isRead && !this.#sink) return true;
    this.#queue.push(this.keep(bytes));
    return false;
  }

  /** The body is whole. */
  finish(trailers: readonly string[]): void {
    this.#isOver = true;
    this.#trailers = trailers;
    if (!this.keeps) this.#sink?.end(trailers);
  }

  /** The body will not become whole. */
  fail(error: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#error = error;
    if (this.keeps && this.#queue.length > 0) return;
    const sink = this.#sink;
    this.#sink = undefined;
    sink?.fail(error);
  }

  #flush(): void {
    const queue = this.#queue;
    while (queue.length && this.#sink && !this.#isPaused) {
      const bytes = queue.shift() as Uint8Array;
      const isLast = this.#isOver && !this.#error && queue.length === 0;
      if (!this.#sink.chunk(bytes, isLast)) this.#isPaused = true;
    }
    if (!this.#isOver || this.keeps) return;
    if (this.#error) this.#sink?.fail(this.#error);
    else this.#sink?.end(this.#trailers);
  }
}

/** Reads a body chunk by chunk, one ahead of nobody. */
class BodyIterator implements AsyncIterator<Uint8Array, undefined>, BodySink {
  readonly #body: IncomingBody;
  #started = false;
  #isOver = false;
  #bytes: Uint8Array | undefined;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(body: IncomingBody) {
    this.#body = body;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (!this.#started) {
      this.#started = true;
      this.#body.readInto(this);
    } else if (!this.#bytes && !this.#isOver) this.#body.resume();
    while (!this.#bytes && !this.#isOver) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    const bytes = this.#bytes;
    this.#bytes = undefined;
    if (bytes) return { done: false, value: bytes };
    if (this.#error) throw this.#error;
    return { done: true, value: undefined };
  }

  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#isOver = true;
    this.#bytes = undefined;
    this.#body.cancel();
    this.#wake?.();
    return Promise.resolve({ done: true, value: undefined });
  }

  chunk(bytes: Uint8Array): boolean {
    this.#bytes = this.#body.keep(bytes);
    this.#wake?.();
    return false;
  }

  end(): void {
    this.#isOver = true;
    this.#wake?.();
  }

  fail(error: Error): void {
    this.#error = error;
    this.end();
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  if (Buffer.isBuffer(bytes)) return bytes;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** True for a body that comes in on a connection, also of another copy of the package. */
export function isIncomingBody(value: unknown): value is IncomingBody {
  return (value as { readonly comesIn?: unknown } | null)?.comesIn === 'wire';
}
