/** Bodies of requests that we make: how long they are, how those that come piece by piece are read, and how they are told that nobody wants them. */
import { BodyUsedError } from '../errors.ts';
import { type IncomingBody, isIncomingBody } from '../incoming-body.ts';
import { unexpected } from '../option.ts';
import { Splice, type SpliceTarget } from '../splice.ts';

/** What is sent behind a head. */
export type RequestBody = string | Uint8Array | IncomingBody | AsyncIterable<Uint8Array> | null;

/** A body that comes piece by piece. */
export type PiecedBody = IncomingBody | AsyncIterable<Uint8Array>;

/** Whole bodies larger than this are sent in slices of it: whether one that is written at once goes on, nobody could tell. */
const SLICE_BYTES = 256 * 1024;

/** The length of a body, or what the headers declare where only they can know it; -1 if nobody knows. */
export function lengthOfBody(body: RequestBody, declared: number): number {
  if (body === null) return 0;
  if (typeof body === 'string') return Buffer.byteLength(body);
  if (body instanceof Uint8Array) return body.length;
  return isIncomingBody(body) ? (body.length ?? -1) : declared;
}

/** True for a body that is sent in one go. */
export function isSmall(body: Uint8Array | null): boolean {
  return body === null || body.length <= SLICE_BYTES;
}

/** Tells a body that nobody will read it, or its rest. */
export function cancelBody(body: RequestBody): void {
  if (body === null || typeof body !== 'object' || body instanceof Uint8Array) return;
  if (isIncomingBody(body)) body.cancel();
  else settle(() => release(body, undefined));
}

/** A body on its way out. */
export interface OutgoingBody {
  /** Nobody wants the rest. */
  stop(): void;
}

/** Sends bytes slice by slice. */
export function sendSlices(bytes: Uint8Array, target: SpliceTarget): OutgoingBody {
  let at = 0;
  let isStopped = false;
  const goOn = (): void => {
    while (!isStopped && at < bytes.length) {
      const slice = bytes.subarray(at, at + SLICE_BYTES);
      at += slice.length;
      const isLast = at === bytes.length;
      const keepsUp = target.writeSpliced(slice, isLast);
      if (!keepsUp && !isLast) return target.onDrain(goOn);
    }
  };
  goOn();
  return { stop: () => void (isStopped = true) };
}

/** Sends a body that comes piece by piece, at the pace of the target. What goes wrong with it, the target is told. */
export function sendPieces(body: PiecedBody, target: SpliceTarget): OutgoingBody {
  if (!isIncomingBody(body)) return new BodyPump(body, target);
  if (body.isRead) target.breakSpliced(new BodyUsedError());
  else body.readInto(new Splice(body, target));
  return { stop: () => body.cancel() };
}

/** Reads an iterable into a target. */
class BodyPump implements OutgoingBody {
  readonly #body: AsyncIterable<Uint8Array>;
  readonly #target: SpliceTarget;
  #iterator: AsyncIterator<Uint8Array> | undefined;
  #isOver = false;

  constructor(body: AsyncIterable<Uint8Array>, target: SpliceTarget) {
    this.#body = body;
    this.#target = target;
    void this.#run();
  }

  stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    settle(() => release(this.#body, this.#iterator));
  }

  async #run(): Promise<void> {
    try {
      while (!this.#isOver) await this.#pass();
    } catch (error) {
      if (this.#isOver) return;
      this.stop();
      this.#target.breakSpliced(error as Error);
    }
  }

  /** Passes one piece on. */
  async #pass(): Promise<void> {
    const target = this.#target;
    this.#iterator ??= this.#body[Symbol.asyncIterator]();
    const { done, value } = await this.#iterator.next();
    if (this.#isOver) return;
    if (done) {
      target.endSpliced();
      this.#isOver = true;
      return;
    }
    // Anything else would be counted wrongly, and what follows would be taken for another message.
    if (!(value instanceof Uint8Array)) throw unexpected('body', 'made of bytes', value);
    if (!target.writeSpliced(value, false)) {
      await new Promise<void>((resolve) => target.onDrain(resolve));
    }
  }
}

interface Releasable {
  destroy?(): unknown;
  cancel?(): unknown;
}

/** Streams know better than their iterators, which answer only when the next piece has come. */
function release(
  body: AsyncIterable<Uint8Array>,
  iterator: AsyncIterator<Uint8Array> | undefined,
): unknown {
  const stream = body as Releasable;
  if (typeof stream.destroy === 'function') return stream.destroy();
  if (iterator) return iterator.return?.();
  if (typeof stream.cancel === 'function') return stream.cancel();
  return body[Symbol.asyncIterator]().return?.();
}

/** Whatever goes wrong while something stops concerns nobody any more. */
function settle(stop: () => unknown): void {
  try {
    Promise.resolve(stop()).catch(() => {});
  } catch {
    // As above.
  }
}
