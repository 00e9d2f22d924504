/** Shedder: decides with each call whether it has to go, from how overloaded everything has been of late. */
import type { Clock } from '@interpose/kernel';
import { unharmed } from '@interpose/kernel/unharmed';
import type { Overload } from './shed-pressure.ts';
import { ShedThreshold } from './shed-threshold.ts';

/** What a shedder goes by. */
export interface ShedRules {
  readonly intervalMs: number;
  readonly maxRejectRatio: number;
  /** Is told, at most once an interval, that the overload could not be measured. */
  readonly onFailure: ((error: unknown) => void) | undefined;
}

/** With each interval of overload, half of the way to what would have been right goes; all of it would overshoot. */
const UP = 0.5;
/** With each interval without overload, a tenth of what is refused is let through again to see whether it can be borne. */
const DOWN = 0.9;
/** A share so small is none. */
const LEAST = 0.01;

/** Refuses a share of all calls that follows the overload. No timer runs: an interval ends with the first call after it. */
export class Shedder {
  readonly #clock: Clock;
  readonly #overload: Overload;
  readonly #threshold = new ShedThreshold();
  rules: ShedRules;
  #ratio = 0;
  #endsMs: number | undefined;
  #failure: { readonly error: unknown } | undefined;
  /** Of this interval. */
  #came = 0;
  #refused = 0;
  #counts = { started: 0, rejected: 0 };

  constructor(clock: Clock, overload: Overload, rules: ShedRules) {
    this.#clock = clock;
    this.#overload = overload;
    this.rules = rules;
  }

  /** The share of all calls that has to go. */
  get ratio(): number {
    return this.#ratio;
  }

  /** A call of that priority has come; tells whether it goes. */
  refuses(priority: number): boolean {
    this.#look();
    const nowMs = this.#clock.now();
    this.#endsMs ??= nowMs + this.rules.intervalMs;
    if (nowMs >= this.#endsMs) this.#turn(nowMs, this.#endsMs);
    this.#came++;
    // Whatever has been reckoned: some calls get through, or nobody would know that things have become better.
    const refused =
      this.#threshold.refuses(priority) &&
      this.#refused + 1 <= this.rules.maxRejectRatio * this.#came;
    if (refused) {
      this.#refused++;
      this.#counts.rejected++;
    } else this.#counts.started++;
    return refused;
  }

  state(): { readonly started: number; readonly rejected: number; readonly threshold: number } {
    return { ...this.#counts, threshold: this.#threshold.level };
  }

  reset(): void {
    this.#counts = { started: 0, rejected: 0 };
    this.#came = this.#refused = this.#ratio = 0;
    this.#endsMs = undefined;
    this.#threshold.clear();
  }

  #look(): void {
    try {
      this.#overload.look();
    } catch (error) {
      this.#failure = { error };
    }
  }

  #turn(nowMs: number, endsMs: number): void {
    const { intervalMs, maxRejectRatio } = this.rules;
    const idle = Math.floor((nowMs - endsMs) / intervalMs);
    const rested = this.#ratio * DOWN ** idle;
    const overload = this.#measure();
    const ratio = overload > 0 ? rested + UP * (1 - rested) * overload : rested * DOWN;
    this.#ratio = ratio < LEAST ? 0 : Math.min(maxRejectRatio, ratio);
    this.#threshold.set(this.#ratio);
    this.#came = this.#refused = 0;
    this.#endsMs = nowMs + intervalMs;
  }

  /** What cannot be measured is no overload: a gauge that is broken must not stop the traffic. */
  #measure(): number {
    let overload = 0;
    try {
      overload = this.#overload.measure();
    } catch (error) {
      this.#failure = { error };
    }
    const failure = this.#failure;
    if (!failure) return overload;
    this.#failure = undefined;
    unharmed(() => {
      throw failure.error;
    }, this.rules.onFailure);
    return 0;
  }
}
