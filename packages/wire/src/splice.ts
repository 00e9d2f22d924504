/** Sends a body that comes in on as an answer: from one connection to the other, at the pace of the slower, without being decoded or gathered. */
import type { BodySink, IncomingBody } from './incoming-body.ts';

/** Where a spliced body goes. */
export interface SpliceTarget {
  /** True if nothing can be written any more. */
  readonly isOver: boolean;
  /** How much is written that the system has not taken yet. */
  readonly pending: number;
  /** Writes bytes, and ends what they belong to with the last ones. Tells whether more may come at once. Throws if they are too many. */
  writeSpliced(bytes: Uint8Array, last: boolean): boolean;
  endSpliced(): void;
  /** The body did not become whole, or is not as long as it should be. */
  breakSpliced(error: Error): void;
  onDrain(listener: () => void): void;
}

/** Reads a body into a target. */
export class Splice implements BodySink {
  readonly #body: IncomingBody;
  readonly #target: SpliceTarget;
  readonly #resume: () => void;
  #hasEnded = false;

  constructor(body: IncomingBody, target: SpliceTarget) {
    this.#body = body;
    this.#target = target;
    this.#resume = () => body.resume();
  }

  chunk(bytes: Uint8Array, last: boolean): boolean {
    const target = this.#target;
    if (target.isOver) {
      // Nobody is there to take the rest.
      this.#body.cancel();
      return true;
    }
    let keepsUp: boolean;
    try {
      keepsUp = target.writeSpliced(bytes, last);
    } catch (error) {
      this.#body.cancel();
      target.breakSpliced(error as Error);
      return true;
    }
    this.#hasEnded = last;
    // The system has not taken all of it: the memory must not be written over.
    if (target.pending > 0) this.#body.retain();
    if (!keepsUp && !last) target.onDrain(this.#resume);
    return keepsUp || last;
  }

  end(): void {
    if (this.#hasEnded || this.#target.isOver) return;
    try {
      this.#target.endSpliced();
    } catch (error) {
      this.#target.breakSpliced(error as Error);
    }
  }

  fail(error: Error): void {
    if (!this.#target.isOver) this.#target.breakSpliced(error);
  }
}
