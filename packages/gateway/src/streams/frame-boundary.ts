/** Finds where the frames of a WebSocket end, so that one more can be put between them. */

/** Follows the frames of one direction (RFC 6455 section 5.2), whatever is in them. */
export class FrameBoundary {
  /** The head of the frame that is being read; the longest one has 14 bytes. */
  readonly #head = new Uint8Array(14);
  #headBytes = 0;
  /** How much of the frame's content is still to come. */
  #contentBytes = 0;

  /** True where another frame may begin. */
  get isBetween(): boolean {
    return this.#headBytes === 0 && this.#contentBytes === 0;
  }

  /** Follows all of the bytes. */
  follow(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) at = this.#step(bytes, at);
  }

  /** Follows the bytes to the first end of a frame. Tells how many they are, or -1 if no frame ends among them. */
  toEnd(bytes: Uint8Array): number {
    for (let at = 0; at < bytes.length;) {
      at = this.#step(bytes, at);
      if (this.isBetween) return at;
    }
    return -1;
  }

  /** Follows one byte of a head, or as much of the content as is there. Gives the place behind. */
  #step(bytes: Uint8Array, at: number): number {
    if (this.#contentBytes > 0) {
      const taken = Math.min(this.#contentBytes, bytes.length - at);
      this.#contentBytes -= taken;
      return at + taken;
    }
    const head = this.#head;
    head[this.#headBytes++] = bytes[at] as number;
    if (this.#headBytes >= 2 && this.#headBytes === headLength(head)) {
      this.#contentBytes = contentLength(head);
      this.#headBytes = 0;
    }
    return at + 1;
  }
}

const MASKED = 0x80;
const LENGTH = 0x7f;
/** A length of two bytes follows, or one of eight. */
const TWO_BYTES = 126;
const EIGHT_BYTES = 127;

function headLength(head: Uint8Array): number {
  const second = head[1] as number;
  const length = second & LENGTH;
  const lengthBytes = length === EIGHT_BYTES ? 8 : length === TWO_BYTES ? 2 : 0;
  return 2 + lengthBytes + (second & MASKED ? 4 : 0);
}

function contentLength(head: Uint8Array): number {
  const length = (head[1] as number) & LENGTH;
  const bytes = length === EIGHT_BYTES ? 8 : length === TWO_BYTES ? 2 : 0;
  if (bytes === 0) return length;
  let total = 0;
  for (let at = 2; at < 2 + bytes; at++) total = total * 256 + (head[at] as number);
  return total;
}

/** The frame with which a server says why it ends. */
export function closeFrame(code: number): Uint8Array {
  return Uint8Array.of(0x88, 2, code >> 8, code & 0xff);
}
