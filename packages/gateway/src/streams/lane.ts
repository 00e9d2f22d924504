/** Lane: one direction of a tunnel, at the pace of whoever takes its bytes. */
import type { Upgraded } from '@interpose/wire';
import type { FrameBoundary } from './frame-boundary.ts';

/** What a lane is told. */
export interface LaneOptions {
  /** Told of every piece. */
  readonly heard: () => void;
  /** Follows the frames, where there are any. */
  readonly frames?: FrameBoundary | undefined;
}

/** One direction. */
export class Lane {
  /** How many bytes have come. */
  bytes = 0;
  readonly #from: Upgraded['socket'];
  readonly #to: Upgraded['socket'];
  readonly #heard: () => void;
  readonly #frames: FrameBoundary | undefined;
  /** Goes out where the frame that is under way ends. */
  #last: Uint8Array | undefined;
  /** What still comes is dropped. */
  #hasEnded = false;

  constructor(from: Upgraded['socket'], to: Upgraded['socket'], { heard, frames }: LaneOptions) {
    this.#from = from;
    this.#to = to;
    this.#heard = heard;
    this.#frames = frames;
  }

  /** Lets the bytes flow. */
  open(): void {
    this.#from.on('data', (chunk: Uint8Array) => this.take(chunk));
    this.#to.on('drain', () => this.#from.resume());
  }

  take(chunk: Uint8Array): void {
    if (this.#hasEnded) return;
    this.#heard();
    const last = this.#last;
    if (last) return this.#takeLast(chunk, last);
    this.#frames?.follow(chunk);
    this.#write(chunk);
  }

  /** Sends these bytes behind the frame that is under way, and nothing after them. False where there are no frames. */
  endWith(bytes: Uint8Array): boolean {
    const frames = this.#frames;
    if (!frames) return false;
    if (frames.isBetween) this.#end(bytes);
    else this.#last = bytes;
    return true;
  }

  #takeLast(chunk: Uint8Array, last: Uint8Array): void {
    const end = this.#frames?.toEnd(chunk) ?? -1;
    this.#write(end < 0 ? chunk : chunk.subarray(0, end));
    if (end >= 0) this.#end(last);
  }

  #end(bytes: Uint8Array): void {
    this.#hasEnded = true;
    if (this.#to.writable) this.#to.write(bytes);
    // A client that reads nothing must not keep the rest from being dropped.
    this.#from.resume();
  }

  #write(chunk: Uint8Array): void {
    this.bytes += chunk.length;
    if (this.#to.writable && !this.#to.write(chunk)) this.#from.pause();
  }
}
