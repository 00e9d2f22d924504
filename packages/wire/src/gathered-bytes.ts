/** Bytes that come piece by piece, gathered in one place. */

const FIRST_BYTES = 64 * 1024;

/**
 * Gathers bytes. However small the pieces are, they cost their bytes alone: memory is asked for in steps that double, and never for what a
 * stranger has only announced.
 */
export class GatheredBytes {
  readonly #expected: number;
  #bytes: Buffer | undefined;
  #size = 0;

  /** `expected` is how many bytes there will be, if that is known. */
  constructor(expected: number = Infinity) {
    this.#expected = expected;
  }

  /** How many bytes have been added. */
  get size(): number {
    return this.#size;
  }

  /** Adds a copy of the bytes. */
  add(bytes: Uint8Array): void {
    const size = this.#size + bytes.length;
    let all = this.#bytes;
    if (!all || size > all.length) all = this.#grow(size);
    all.set(bytes, this.#size);
    this.#size = size;
  }

  /** All that was added. */
  take(): Buffer {
    return this.#bytes ? this.#bytes.subarray(0, this.#size) : Buffer.alloc(0);
  }

  #grow(size: number): Buffer {
    const doubled = Math.max(2 * (this.#bytes?.length ?? 0), FIRST_BYTES);
    const bytes = Buffer.allocUnsafe(Math.max(size, Math.min(doubled, this.#expected)));
    if (this.#bytes) bytes.set(this.#bytes.subarray(0, this.#size));
    return (this.#bytes = bytes);
  }
}
