/** LimiterWindow: how many jobs of a queue have begun within a time; all consumptions count in the same one. */
import type { ConsumeOptions } from '../driver.ts';

/** A window that begins with the first job after the one before has passed. */
export class LimiterWindow {
  #fromMs = -Infinity;
  #begun = 0;

  /** How long nothing may begin, in milliseconds. */
  waitMs(limiter: ConsumeOptions['limiter'], nowMs: number): number {
    if (!limiter) return 0;
    const endMs = this.#fromMs + limiter.duration;
    return nowMs >= endMs || this.#begun < limiter.max ? 0 : endMs - nowMs;
  }

  begin(limiter: ConsumeOptions['limiter'], nowMs: number): void {
    if (!limiter) return;
    if (nowMs >= this.#fromMs + limiter.duration) {
      this.#fromMs = nowMs;
      this.#begun = 0;
    }
    this.#begun++;
  }
}
