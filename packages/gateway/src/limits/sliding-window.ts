/** Counts requests in the last stretch of time exactly: never more than the limit in any stretch, wherever it begins. */
import type { Store } from '@interpose/kernel/store';

/** What is asked. */
export interface SlotRequest {
  readonly key: string;
  readonly limit: number;
  readonly windowMs: number;
  /** The time, as a clock's `now()`. */
  readonly now: number;
}

/** What came of it. */
export interface Window {
  /** Whether there was a slot. */
  readonly taken: boolean;
  /** How many are left. */
  readonly remaining: number;
  /** How long until the next slot that is taken becomes free. */
  readonly resetMs: number;
}

/** The times of the last requests that were let in, in a ring. */
interface Ring {
  times: Float64Array;
  /** Where the oldest one that still counts is. */
  oldest: number;
  /** How many still count. */
  used: number;
}

/** Takes a slot for a key if there is one. */
export function takeSlot(store: Store, { key, limit, windowMs, now }: SlotRequest): Window {
  const ring = (store.get(key) as Ring | undefined) ?? {
    times: new Float64Array(Math.min(limit, FIRST_SLOTS)),
    oldest: 0,
    used: 0,
  };
  const { length } = ring.times;
  while (ring.used && (ring.times[ring.oldest] as number) <= now - windowMs) {
    ring.oldest = (ring.oldest + 1) % length;
    ring.used--;
  }
  const taken = ring.used < limit;
  if (taken) {
    if (ring.used === length) grow(ring, limit);
    ring.times[(ring.oldest + ring.used) % ring.times.length] = now;
    ring.used++;
    store.set(key, ring, windowMs);
  }
  const resetMs = (ring.times[ring.oldest] as number) + windowMs - now;
  return { taken, remaining: limit - ring.used, resetMs };
}

/** Most clients are far below their limit, and there may be many of them. */
const FIRST_SLOTS = 8;

function grow(ring: Ring, limit: number): void {
  const { times, oldest } = ring;
  const larger = new Float64Array(Math.min(limit, 2 * times.length));
  larger.set(times.subarray(oldest));
  larger.set(times.subarray(0, oldest), times.length - oldest);
  ring.times = larger;
  ring.oldest = 0;
}
