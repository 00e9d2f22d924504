/** AnswerTape: a body that is read to be kept, at its own pace, while one reader takes it at his. */
import type { ResponseBody } from '../context/response.ts';

/** A body that comes piece by piece. */
export type StreamedBody = Exclude<ResponseBody, string | Uint8Array | null>;

/** Who is told what becomes of it, each at most once: it is either `whole` or `lost`, and then `over`. */
export interface TapeListener {
  /** It is all there. */
  whole(body: Uint8Array): void;
  /** It will not be there: it is too large, it broke off, or nobody wants it any more. */
  lost(): void;
  /** Its reader is gone. */
  left(): void;
  /** Nothing more is read from where it comes from: it has come to its end, or it was stopped before. */
  over(isStopped: boolean): void;
}

/** A body that is read to be kept. What is too large to be kept is read no faster than its reader takes it, and only for him. */
export class AnswerTape implements AsyncIterable<Uint8Array> {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #maxBytes: number;
  readonly #listener: TapeListener;
  #kept: Uint8Array[] | undefined = [];
  #size = 0;
  readonly #queue: Uint8Array[] = [];
  #hasReader = true;
  #isOver = false;
  #broke: { readonly error: unknown } | undefined;
  #wakeReader: (() => void) | undefined;
  #wakePump: (() => void) | undefined;

  constructor(body: StreamedBody, maxBytes: number, listener: TapeListener) {
    this.#chunks = body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
    this.#maxBytes = maxBytes;
    this.#listener = listener;
    void this.#pump();
  }

  /** There is one reader. */
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return {
      next: () => this.#next(),
      return: () => {
        this.leave();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  /** There is no reader any more. What can be kept is read to its end all the same. */
  leave(): void {
    if (!this.#hasReader) return;
    this.#hasReader = false;
    this.#queue.length = 0;
    this.#listener.left();
    if (!this.#kept) this.stop();
  }

  /** Nobody wants it any more. Not to be called while there is a reader, who would take what he has for all of it. */
  stop(): void {
    if (this.#isOver) return;
    Promise.resolve(this.#chunks.return?.()).catch(() => {});
    this.#end(true);
  }

  async #pump(): Promise<void> {
    try {
      while (!this.#isOver) {
        const { done, value } = await this.#chunks.next();
        if (this.#isOver) return;
        if (done) return this.#finish();
        this.#take(value);
        if (!this.#kept) await this.#untilTaken();
      }
    } catch (error) {
      this.#broke = { error };
      this.#end();
    }
  }

  #take(value: Uint8Array): void {
    const isBytes = value instanceof Uint8Array;
    this.#size += isBytes ? value.length : Infinity;
    const kept = this.#kept;
    if (kept && this.#size <= this.#maxBytes) {
      // It is read ahead of its reader, so whoever made it may use its memory again before it is sent.
      const own = value.slice();
      kept.push(own);
      this.#hand(own);
      return;
    }
    this.#hand(value);
    this.#lose();
    if (!this.#hasReader) this.stop();
  }

  #hand(bytes: Uint8Array): void {
    if (!this.#hasReader) return;
    this.#queue.push(bytes);
    this.#wakeReader?.();
  }

  async #untilTaken(): Promise<void> {
    while (this.#queue.length && !this.#isOver) {
      await new Promise<void>((resolve) => (this.#wakePump = resolve));
    }
  }

  #finish(): void {
    const kept = this.#kept;
    this.#kept = undefined;
    if (kept) this.#listener.whole(joined(kept, this.#size));
    this.#end();
  }

  #lose(): void {
    if (!this.#kept) return;
    this.#kept = undefined;
    this.#listener.lost();
  }

  #end(isStopped = false): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#lose();
    this.#listener.over(isStopped);
    this.#wakeReader?.();
    this.#wakePump?.();
  }

  async #next(): Promise<IteratorResult<Uint8Array, undefined>> {
    for (;;) {
      const bytes = this.#queue.shift();
      if (!this.#queue.length) this.#wakePump?.();
      if (bytes) return { done: false, value: bytes };
      if (this.#broke) throw this.#broke.error;
      if (this.#isOver || !this.#hasReader) return { done: true, value: undefined };
      await new Promise<void>((resolve) => (this.#wakeReader = resolve));
    }
  }
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const [only] = chunks;
  if (chunks.length === 1 && only) return only;
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
