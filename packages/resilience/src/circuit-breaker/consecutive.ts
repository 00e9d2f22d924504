/** consecutive: the circuit opens after so many failures in a row. */
import { checkWhole } from '@interpose/kernel/options';
import type { Cause, Figures, SavedCounts, TripRule } from './trip-rule.ts';

/** Opens after so many failures in a row; one success, and counting begins anew. */
export interface ConsecutiveTrip {
  readonly kind: 'consecutive';
  /** How many failures in a row are too many. A call that is slow counts as one. @default 5 */
  readonly failures?: number;
}

/**
 * Adds what is left out.
 *
 * @throws TypeError or RangeError for options out of range
 */
export function consecutiveOf({ failures = 5 }: ConsecutiveTrip): Required<ConsecutiveTrip> {
  return { kind: 'consecutive', failures: checkWhole('trip.failures', failures, 1) };
}

/** Counts failures in a row. It never asks for the time. */
export class Consecutive implements TripRule {
  readonly timed = false;
  readonly #most: number;
  #calls = 0;
  #failures = 0;
  #slow = 0;

  constructor({ failures }: Required<ConsecutiveTrip>) {
    this.#most = failures;
  }

  succeeded(slow: boolean): Cause | undefined {
    if (!slow) {
      if (this.#calls > 0) this.clear();
      return undefined;
    }
    this.#slow++;
    return ++this.#calls >= this.#most ? 'slowness' : undefined;
  }

  failed(slow: boolean): Cause | undefined {
    if (slow) this.#slow++;
    this.#failures++;
    return ++this.#calls >= this.#most ? 'failures' : undefined;
  }

  clear(): void {
    this.#calls = 0;
    this.#failures = 0;
    this.#slow = 0;
  }

  figures(): Figures {
    return { calls: this.#calls, failures: this.#failures, slow: this.#slow };
  }

  save(): SavedCounts {
    return { kind: 'consecutive', ...this.figures() };
  }

  load(saved: SavedCounts): void {
    this.clear();
    if (saved.kind !== 'consecutive') return;
    this.#calls = saved.calls;
    this.#failures = saved.failures;
    this.#slow = saved.slow;
  }
}
