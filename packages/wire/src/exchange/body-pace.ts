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
  /** When to look at it next. */
  #dueMs = 0;
  #pausedMs = 0;

  constructor(options: PaceOptions) {
    this.#options = options;
  }

  /** The body is wanted from now on. */
  start(nowMs: number): void {
    this.#bytes = 0;
    this.#sinceMs = this.#lastMs = this.#pausedMs = nowMs;
    this.#dueMs = nowMs + this.#options.bodyIdleTimeoutMs;
  }

  /** The body is not wanted for a while. */
  pause(nowMs: number): void {
    this.#pausedMs = nowMs;
  }

  /** The body is wanted again. Gives how long to wait until it is worth to look. */
  resume(nowMs: number): number {
    const awayMs = nowMs - this.#pausedMs;
    this.#sinceMs += awayMs;
    this.#lastMs += awayMs;
    this.#dueMs += awayMs;
    return this.#dueMs - nowMs;
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
    this.#dueMs = this.#lastMs + bodyIdleTimeoutMs;
    return Math.max(0, this.#dueMs - nowMs);
  }
}
