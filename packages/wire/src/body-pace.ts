/** Tells whether a body comes as fast as it has to; only time counts in which it was wanted. */

/** How fast a body has to come. */
export interface PaceOptions {
  readonly bodyIdleTimeoutMs: number;
  readonly minBodyBytesPerSecond: number;
}

/** The pace of one body. */
export class BodyPace {
  readonly #options: PaceOptions;
  #bytes = 0;
  #sinceMs = 0;
  #lastMs = 0;

  constructor(options: PaceOptions) {
    this.#options = options;
  }

  /** The body is wanted from now on. */
  start(nowMs: number): void {
    this.#bytes = 0;
    this.#sinceMs = this.#lastMs = nowMs;
  }

  /** Bytes have come. */
  note(bytes: number, nowMs: number): void {
    this.#bytes += bytes;
    this.#lastMs = nowMs;
  }

  /** How long to wait until it is worth to look again; 0 if the body is too slow. */
  leftMs(nowMs: number): number {
    const { bodyIdleTimeoutMs, minBodyBytesPerSecond } = this.#options;
    const seconds = (nowMs - this.#sinceMs) / 1000;
    if (this.#bytes < seconds * minBodyBytesPerSecond) return 0;
    return Math.max(0, bodyIdleTimeoutMs - (nowMs - this.#lastMs));
  }
}
