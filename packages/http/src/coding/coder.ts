/** What packs and unpacks bodies, whatever it is made of. */
import type { ContentCoding } from './content-codings.ts';
import { HttpError } from '../errors.ts';

/** Is told what becomes of the bytes that a coder was given. */
export interface CoderEvents {
  bytes(bytes: Uint8Array): void;
  /** All has come out. */
  end(): void;
  /** Nothing more will come out. */
  fail(error: unknown): void;
}

/** Packs or unpacks piece by piece. */
export interface Coder {
  /** Takes bytes, which must not change until `done` is called; that is never before it returns. One after the other. */
  write(bytes: Uint8Array, done: () => void): void;
  /** Lets out all that was taken in. */
  flush(done: () => void): void;
  /** There is no more. */
  end(): void;
  /** Hands out nothing until `resume` is called. */
  pause(): void;
  resume(): void;
  /** Gives back its memory; nothing is told any more. */
  destroy(): void;
}

/** All that can be packed and unpacked with. */
export interface Coders {
  readonly codings: readonly ContentCoding[];
  /** Packs bytes at once, without holding up anything else. */
  pack(coding: ContentCoding, bytes: Uint8Array, level: number): Promise<Uint8Array>;
  /** Packs what comes piece by piece, and lets it out whenever it should; not there where that cannot be. */
  readonly packer?: (coding: ContentCoding, level: number, events: CoderEvents) => Coder;
  /** Fails with MalformedCodingError for what was not packed so. */
  unpacker(coding: ContentCoding, events: CoderEvents): Coder;
}

/** A packed body is not what its head says, or not whole, or has more behind its end. A 400. */
export class MalformedCodingError extends HttpError {
  static override readonly code: string = 'MALFORMED_CODING';

  constructor(detail: string, cause?: unknown) {
    super(400, detail, { code: MalformedCodingError.code, cause });
  }
}
