/** A part of an open file as the body of an answer; the file is closed when nobody reads on. */
import type { FileHandle } from 'node:fs/promises';
import type { ByteRange } from './byte-ranges.ts';

/** What is sent in turn: a part of the file, or bytes that stand between parts. */
export type FilePiece = ByteRange | Uint8Array;

const CHUNK_BYTES = 64 * 1024;

/** The pieces one after the other, read as they are sent. */
export class FileBody implements AsyncIterableIterator<Uint8Array> {
  readonly #file: FileHandle;
  readonly #pieces: FilePiece[];
  #at = -1;

  constructor(file: FileHandle, pieces: readonly FilePiece[]) {
    this.#file = file;
    this.#pieces = [...pieces];
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    const [piece] = this.#pieces;
    if (!piece) return this.return();
    if (piece instanceof Uint8Array) {
      this.#pieces.shift();
      return { done: false, value: piece };
    }
    if (this.#at < piece.first) this.#at = piece.first;
    const length = Math.min(CHUNK_BYTES, piece.last + 1 - this.#at);
    try {
      const buffer = new Uint8Array(length);
      const { bytesRead } = await this.#file.read(buffer, 0, length, this.#at);
      // Shorter than it was: what has been promised cannot be kept.
      if (bytesRead === 0) throw new Error('The file became shorter while it was sent');
      this.#at += bytesRead;
      if (this.#at > piece.last) {
        this.#pieces.shift();
        this.#at = -1;
      }
      return { done: false, value: bytesRead === length ? buffer : buffer.subarray(0, bytesRead) };
    } catch (error) {
      await this.return();
      throw error;
    }
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    this.#pieces.length = 0;
    await this.#file.close();
    return { done: true, value: undefined };
  }
}
