/** One round of measuring: how much is done in it, with what, and what it finds. */
import type { Surroundings } from './case.ts';

/** The core of the server that is measured. */
export const SERVER_CORE = 0;
/** The core of the load, and of the upstream of proxies. */
export const LOAD_CORE = 1;

/** How much of everything is done. */
export interface Effort {
  /** Pairs of bursts, contender and reference by turns; the fewest are 1. */
  readonly pairs: number;
  /** Whole seconds of load on a new process before anything is measured. */
  readonly warmUpSeconds: number;
  /** Whole seconds of load of another case on a process that is warm. */
  readonly moreSeconds: number;
  /** How long the load at half the capacity goes on before anything of it is timed. */
  readonly leadSeconds: number;
  /** How long it is timed. */
  readonly loadSeconds: number;
  /** How often it is tried at most when the first time was disturbed. */
  readonly tries: number;
  /** The reference gives one burst a case, and not one beside each of a contender. */
  readonly oneReference: boolean;
}

/** What one process was found to cost. */
export interface Round {
  /** CPU microseconds of one request. */
  readonly us: number;
  /** The same of the reference; `null` where there is no pairing. */
  readonly referenceUs: number | null;
  /** The median of the ratios of the pairs. */
  readonly ratio: number | null;
  /** The median of the differences of the pairs, in microseconds. */
  readonly addedUs: number | null;
  readonly requestsPerSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  /** How late the load itself was, where it has a fixed rate; 99 % of the requests were no later. */
  readonly lateUs: number | null;
  readonly residentBytes: number;
}

/** What rounds are measured with. */
export interface Bench extends Surroundings {
  readonly effort: Effort;
  /** Called as each contender is done with a case. */
  readonly onDone: () => void;
}
