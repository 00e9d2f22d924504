/** A body that is unpacked while it is read: never faster than its reader takes it, and never more than it may become. */
import { IncomingBody } from '@interpose/wire';
import type { Coder, CoderEvents, Coders } from './coder.ts';
import type { ContentCoding } from './content-codings.ts';
import { HttpError } from '../errors.ts';

/** What a body may become. */
export interface UnpackingBounds {
  readonly maxBytes: number;
  /** How many bytes may come of one. */
  readonly maxRatio: number;
}

/** What is smaller hurts nobody, whatever it has come of. */
const HARMLESS_BYTES = 64 * 1024;

/** Counts what comes in from the network, and judges what has come of it. */
class Budget {
  readonly #bounds: UnpackingBounds;
  cameBytes = 0;

  constructor(bounds: UnpackingBounds) {
    this.#bounds = bounds;
  }

  /** Why it is too much, if it is. */
  judge(bytes: number): HttpError | undefined {
    const { maxBytes, maxRatio } = this.#bounds;
    if (bytes > maxBytes) {
      return new HttpError(413, `The body may have no more than ${maxBytes} bytes when unpacked`);
    }
    if (bytes <= HARMLESS_BYTES || bytes <= this.cameBytes * maxRatio) return undefined;
    return new HttpError(413, `The body may become no more than ${maxRatio} times as large`, {
      code: 'UNPACKING_RATIO',
    });
  }
}

/** The body without its codings, which are named in the order in which they were put on. */
export function unpackedBody(
  body: IncomingBody,
  codings: readonly ContentCoding[],
  { coders, bounds }: { readonly coders: Coders; readonly bounds: UnpackingBounds },
): IncomingBody {
  const budget = new Budget(bounds);
  let unpacked = body;
  for (const coding of codings.toReversed()) {
    unpacked = new Unpacking(unpacked, {
      begin: (stage) => coders.unpacker(coding, stage),
      budget,
      isOutermost: unpacked === body,
    }).body;
  }
  return unpacked;
}

/** What one stage stands on. */
interface Stage {
  readonly begin: (unpacking: Unpacking) => Coder;
  readonly budget: Budget;
  readonly isOutermost: boolean;
}

/** Takes one coding off a body. */
class Unpacking implements CoderEvents {
  readonly body: IncomingBody;
  readonly #source: IncomingBody;
  readonly #stage: Stage;
  #coder: Coder | undefined;
  #bytes = 0;
  #trailers: readonly string[] = [];
  #isOver = false;

  constructor(source: IncomingBody, stage: Stage) {
    this.#source = source;
    this.#stage = stage;
    this.body = new IncomingBody(undefined, {
      begin: () => this.#begin(),
      pause: () => this.#coder?.pause(),
      resume: () => this.#coder?.resume(),
      cancel: () => this.#stop(),
    });
  }

  #begin(): void {
    const { begin, budget, isOutermost } = this.#stage;
    const coder = (this.#coder = begin(this));
    const source = this.#source;
    source.readInto({
      chunk: (bytes) => {
        if (this.#isOver) return true;
        if (isOutermost) budget.cameBytes += bytes.length;
        coder.write(source.keep(bytes), () => source.resume());
        return false;
      },
      end: (trailers) => {
        this.#trailers = trailers;
        if (!this.#isOver) coder.end();
      },
      fail: (error) => this.#break(error),
    });
  }

  // What the coder tells.

  bytes(bytes: Uint8Array): void {
    if (this.#isOver) return;
    this.#bytes += bytes.length;
    const excess = this.#stage.budget.judge(this.#bytes);
    if (excess) this.#break(excess);
    else if (!this.body.push(bytes, false)) this.#coder?.pause();
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#coder?.destroy();
    this.body.finish(this.#trailers);
  }

  fail(error: unknown): void {
    this.#break(error as Error);
  }

  #break(error: Error): void {
    if (this.#isOver) return;
    this.#stop();
    this.body.fail(error);
  }

  #stop(): void {
    this.#isOver = true;
    this.#coder?.destroy();
    this.#source.cancel();
  }
}
