/** When each request of an open load is due, and what the latencies come to. */

/** Requests at even distances, whatever becomes of those before them. */
export interface Schedule {
  readonly requests: number;
  /** Milliseconds from the start at which a request is due. */
  dueMs(index: number): number;
}

/** So many requests a second for so many seconds. */
export function scheduleOf(rate: number, seconds: number): Schedule {
  return { requests: Math.max(1, Math.floor(rate * seconds)), dueMs: (at) => (at * 1000) / rate };
}

/** The least value that at least this share of all does not exceed. */
export function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}
