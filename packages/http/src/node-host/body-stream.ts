/** BodyStream: the body of an answer as a stream of Node, for hosts that send such. */
import { Readable } from 'node:stream';
import type { ResponseBody } from '../context/response.ts';
import type { NodeSource } from './node-source.ts';

/** A body that is made piece by piece. */
export type PiecewiseBody = Exclude<ResponseBody, string | Uint8Array | null>;

/** True for a body that comes piece by piece. */
export function isPiecewise(body: ResponseBody): body is PiecewiseBody {
  return body !== null && typeof body !== 'string' && !(body instanceof Uint8Array);
}

/** A body as a stream, read no faster than the stream is. If it fails the connection breaks, so that nobody takes what came for the whole. */
export class BodyStream extends Readable {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #source: NodeSource;
  readonly #failed: (error: unknown) => void;
  #isOver = false;

  constructor(body: PiecewiseBody, source: NodeSource, failed: (error: unknown) => void) {
    super();
    this.#chunks = body[Symbol.asyncIterator]();
    this.#source = source;
    this.#failed = failed;
    source.onClientLeft(() => this.destroy());
  }

  override _read(): void {
    this.#next().catch((error: unknown) => {
      this.#isOver = true;
      if (this.destroyed) return;
      this.#failed(error);
      this.#source.breakOff();
      this.destroy();
    });
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    callback(error);
    if (this.#isOver) return;
    this.#isOver = true;
    void this.#stop();
  }

  async #stop(): Promise<void> {
    try {
      await this.#chunks.return?.();
    } catch {
      // What a source says to being left concerns nobody any more.
    }
  }

  async #next(): Promise<void> {
    const { done, value } = await this.#chunks.next();
    if (this.destroyed) return;
    if (done) {
      this.#isOver = true;
      this.push(null);
    } else if (value.byteLength) {
      this.push(value);
    } else await this.#next();
  }
}

/** Bytes as hosts of Node know them. */
export function bufferOf(body: string | Uint8Array): Buffer {
  if (typeof body === 'string') return Buffer.from(body);
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

/** What a host means to answer with, as a body that middleware can look at. */
export function bodyOfHost(value: unknown): ResponseBody {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' || value instanceof Uint8Array) return value;
  if (value instanceof ReadableStream) return value;
  if (value instanceof Blob) return value.stream();
  if (value instanceof Response) return value.body;
  if (isOldStream(value)) return new Readable().wrap(value) as AsyncIterable<Uint8Array>;
  if (typeof value === 'object' && Symbol.asyncIterator in value) {
    return value as AsyncIterable<Uint8Array>;
  }
  return JSON.stringify(value) ?? null;
}

/** A stream that cannot be iterated over, as they were made long ago. */
function isOldStream(value: unknown): value is NodeJS.ReadableStream {
  const isStream = typeof (value as { pipe?: unknown }).pipe === 'function';
  return isStream && !(Symbol.asyncIterator in (value as object));
}
