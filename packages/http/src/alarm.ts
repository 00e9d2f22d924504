/** Alarm: goes off when nobody has put it off for a while. */
import type { Clock } from '@interpose/kernel';

/** When it goes off, and what it does then. */
export interface AlarmOptions {
  readonly clock: Clock;
  /** 0: never. */
  readonly afterMs: number;
  readonly run: () => void;
}

/** A timer that is put off again and again at little cost. */
export class Alarm {
  readonly #options: AlarmOptions;
  #sinceMs = 0;
  #cancel: (() => void) | undefined;

  constructor(options: AlarmOptions) {
    this.#options = options;
  }

  /** Begins to wait, from now on. */
  touch(): void {
    const { clock, afterMs } = this.#options;
    if (afterMs === 0) return;
    this.#sinceMs = clock.now();
    if (!this.#cancel) this.#arm(afterMs);
  }

  /** Waits no more, until it is touched. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #arm(ms: number): void {
    this.#cancel = this.#options.clock.setTimer(() => this.#due(), ms, { keepAlive: false });
  }

  #due(): void {
    const { clock, afterMs, run } = this.#options;
    const leftMs = this.#sinceMs + afterMs - clock.now();
    this.#cancel = undefined;
    if (leftMs > 0) this.#arm(leftMs);
    else run();
  }
}
