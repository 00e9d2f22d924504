/** Limit algorithm: what finds a limit from how long runs take. It is a pure function: state and sample in, state out. */

/** What was seen of one run. */
export interface LimitSample {
  /** How long it took, in milliseconds; above 0. */
  readonly rttMs: number;
  /** How many ran when it began, itself included. */
  readonly inFlight: number;
  /** True if it was lost to overload. Then its time measures nothing. */
  readonly dropped: boolean;
}

/** Between what the limit must stay. */
export interface LimitRange {
  readonly min: number;
  readonly max: number;
}

/** What an algorithm knows. The limit may have a fraction; as many whole runs as it has may run. */
export interface LimitState {
  readonly limit: number;
}

/** Finds a limit. */
export interface LimitAlgorithm<S extends LimitState, T extends LimitRange> {
  /** What it knows at first. */
  begin(limit: number, tuning: T): S;
  /** What it knows after one more sample. */
  next(state: S, sample: LimitSample, tuning: T): S;
}

/** The limit, or the end of the range that is nearest to it. */
export function within(limit: number, { min, max }: LimitRange): number {
  return Math.max(min, Math.min(max, limit));
}
