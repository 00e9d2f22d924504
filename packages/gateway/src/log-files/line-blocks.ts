/** LineBlocks: lines that wait to be written, as bytes in a few blocks that are used again. */
import { Buffer } from 'node:buffer';

/** So much is written at once. */
const BLOCK_BYTES = 64 * 1024;
/** The most bytes of UTF-8 that one character of a text may take. */
const WIDEST = 3;

/** Lines that are written together. */
export interface LineBlock {
  /** The lines, each with its end. */
  readonly bytes: Uint8Array;
  /** How many they are. */
  readonly lines: number;
}

/**
 * Lines in the order in which they came. As texts they would be ropes of many pieces each, which live until they are written and so are
 * copied by every collection of garbage in between.
 */
export class LineBlocks {
  readonly #full: LineBlock[] = [];
  #block: Buffer = Buffer.alloc(0);
  #at = 0;
  #lines = 0;
  #fullBytes = 0;
  #spare: Buffer | undefined;

  /** How many bytes wait. */
  get bytes(): number {
    return this.#fullBytes + this.#at;
  }

  /** Whether there is a block that need not wait for more. */
  get isFull(): boolean {
    return this.#full.length > 0;
  }

  add(line: string): void {
    const most = line.length * WIDEST + 1;
    if (most > this.#block.length - this.#at) this.#makeRoom(most);
    this.#at += this.#block.write(line, this.#at);
    this.#block[this.#at++] = 0x0a;
    this.#lines++;
  }

  /** The lines that came first; they are the caller's until it gives them back. */
  take(): LineBlock | undefined {
    if (!this.isFull) this.#seal();
    const block = this.#full.shift();
    if (block) this.#fullBytes -= block.bytes.length;
    return block;
  }

  /** The block has been written, and may be filled again. */
  giveBack({ bytes }: LineBlock): void {
    if (bytes.buffer.byteLength === BLOCK_BYTES) this.#spare = Buffer.from(bytes.buffer);
  }

  #seal(): void {
    if (this.#lines === 0) return;
    this.#full.push({ bytes: this.#block.subarray(0, this.#at), lines: this.#lines });
    this.#fullBytes += this.#at;
    this.#block = Buffer.alloc(0);
    this.#at = 0;
    this.#lines = 0;
  }

  #makeRoom(most: number): void {
    this.#seal();
    const spare = most <= BLOCK_BYTES ? this.#spare : undefined;
    if (spare) this.#spare = undefined;
    // Not of the pool, of which it would be a part.
    this.#block = spare ?? Buffer.allocUnsafeSlow(Math.max(most, BLOCK_BYTES));
  }
}
