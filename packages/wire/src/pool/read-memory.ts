/** The memory that a socket reads into: the same again and again while nobody keeps it, and larger while much comes. */

const LEAST_BYTES = 64 * 1024;
const MOST_BYTES = 512 * 1024;

/** The memory of one socket. */
export class ReadMemory {
  #buffer: Buffer = Buffer.allocUnsafeSlow(LEAST_BYTES);
  #isKept = false;
  #wantsMore = false;
  #wantsLess = false;

  /** What was read last stays in use. */
  keep(): void {
    this.#isKept = true;
  }

  /** Tells how much of the memory was filled. */
  note(bytes: number): void {
    const { length } = this.#buffer;
    this.#wantsMore = bytes === length && length < MOST_BYTES;
  }

  /** Nothing is expected for a while. */
  shrink(): void {
    this.#wantsLess = this.#buffer.length > LEAST_BYTES;
  }

  /** The memory for the next read. */
  next(): Buffer {
    const { length } = this.#buffer;
    if (this.#wantsLess) this.#buffer = Buffer.allocUnsafeSlow(LEAST_BYTES);
    else if (this.#wantsMore) this.#buffer = Buffer.allocUnsafeSlow(length * 2);
    else if (this.#isKept) this.#buffer = Buffer.allocUnsafeSlow(length);
    this.#isKept = this.#wantsMore = this.#wantsLess = false;
    return this.#buffer;
  }
}
