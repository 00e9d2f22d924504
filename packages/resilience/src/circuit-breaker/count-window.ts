/** count window: the circuit opens when too large a share of the last so many calls has failed. */
import { checkWhole, outOfRange } from '@interpose/kernel/options';
import {
  type Cause,
  causeIn,
  checkRatio,
  type Figures,
  type Limits,
  type SavedCounts,
  type TripRule,
} from './trip-rule.ts';

/** Opens when too large a share of the last `size` calls has failed. */
export interface CountTrip {
  readonly kind: 'count';
  /** How many calls are looked at. @default 100 */
  readonly size?: number;
  /** The share of failures that is too much, above 0 and 1 at most. @default 0.5 */
  readonly failureRatio?: number;
  /** With fewer calls than these the circuit never opens. @default 20, or `size` if that is less */
  readonly minimumCalls?: number;
}

/**
 * Adds what is left out.
 *
 * @throws TypeError or RangeError for options out of range
 */
export function countOf({
  size = 100,
  failureRatio = 0.5,
  minimumCalls = Math.min(20, size),
}: CountTrip): Required<CountTrip> {
  checkWhole('trip.size', size, 1);
  checkRatio('trip.failureRatio', failureRatio);
  if (checkWhole('trip.minimumCalls', minimumCalls, 1) > size) {
    throw outOfRange('trip.minimumCalls', `\`trip.size\` (${size}) at most`, minimumCalls);
  }
  return { kind: 'count', size, failureRatio, minimumCalls };
}

const FAILED = 1;
const SLOW = 2;

/** Remembers the last calls in a ring. It never asks for the time. */
export class CountWindow implements TripRule {
  readonly timed = false;
  readonly #limits: Limits;
  readonly #ring: Uint8Array;
  /** Where the next call goes. */
  #at = 0;
  #calls = 0;
  #failures = 0;
  #slow = 0;

  constructor({ size, failureRatio, minimumCalls }: Required<CountTrip>, slowRatio: number) {
    this.#limits = { minimumCalls, failureRatio, slowRatio };
    this.#ring = new Uint8Array(size);
  }

  succeeded(slow: boolean): Cause | undefined {
    this.#add(slow ? SLOW : 0);
    return slow ? causeIn(this.figures(), this.#limits) : undefined;
  }

  failed(slow: boolean): Cause | undefined {
    this.#add(slow ? FAILED | SLOW : FAILED);
    return causeIn(this.figures(), this.#limits);
  }

  #add(call: number): void {
    const ring = this.#ring;
    if (this.#calls < ring.length) this.#calls++;
    else this.#count(ring[this.#at] ?? 0, -1);
    ring[this.#at] = call;
    this.#count(call, 1);
    this.#at = this.#at + 1 === ring.length ? 0 : this.#at + 1;
  }

  #count(call: number, by: 1 | -1): void {
    if (call & FAILED) this.#failures += by;
    if (call & SLOW) this.#slow += by;
  }

  clear(): void {
    this.#at = 0;
    this.#calls = 0;
    this.#failures = 0;
    this.#slow = 0;
  }

  figures(): Figures {
    return { calls: this.#calls, failures: this.#failures, slow: this.#slow };
  }

  save(): SavedCounts {
    const { length } = this.#ring;
    const first = this.#at - this.#calls + length;
    const calls = Array.from(
      { length: this.#calls },
      (_, index) => this.#ring[(first + index) % length],
    );
    return { kind: 'count', calls: calls.join('') };
  }

  load(saved: SavedCounts): void {
    this.clear();
    if (saved.kind === 'count') for (const call of saved.calls) this.#add(Number(call));
  }
}
