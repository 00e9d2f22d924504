/** LimitRule: how many may start in what time, and what an algorithm that holds to it can do. */
import { checkWhole, outOfRange, unexpected } from '@interpose/kernel/options';

/** Ways to count. */
export const LIMIT_ALGORITHMS = [
  'token-bucket',
  'gcra',
  'fixed-window',
  'sliding-window',
  'sliding-log',
  'cubic',
] as const;

/** A way to count. */
export type RateAlgorithmName = (typeof LIMIT_ALGORITHMS)[number];

/** A limit as plain data, checked. */
export interface LimitRule {
  /** How starts are counted. */
  readonly algorithm: RateAlgorithmName;
  /** How many may start in `perMs`. */
  readonly limit: number;
  /** The time to which the limit applies, in whole milliseconds. */
  readonly perMs: number;
  /** How many may start at one moment after a rest. */
  readonly burst: number;
  /** In how many steps `perMs` goes by; 0: steadily. */
  readonly segments: number;
}

/**
 * Counts by one rule. Its functions are pure but for the state that they are handed, which they change in place: they read no clock and keep
 * nothing. Times are whole milliseconds and must not go back from call to call; whoever cannot promise that hands in the latest time seen.
 *
 * @typeParam S what has to be remembered for a key: a few numbers
 */
export interface LimitAlgorithm<S extends object = object> {
  /** A state in which nothing has been taken. */
  start(nowMs: number): S;
  /** A state that can be changed without changing this one. */
  copy(state: S): S;
  /**
   * How long until there is room for `cost`, from 1 to the burst: 0 if there is now, else a whole number of milliseconds, and the least that
   * suffices if nothing is taken or given back before.
   */
  waitMs(state: S, cost: number, nowMs: number): number;
  /** Takes, whether there is room or not: only at a time for which `waitMs` promises it. */
  take(state: S, cost: number, nowMs: number): void;
  /** Gives back what was taken at a time, as far as it still counts. */
  giveBack(state: S, cost: number, takenAtMs: number): void;
  /** How many more may start now. */
  remaining(state: S, nowMs: number): number;
  /** How long until nothing that has been taken counts any more; 0 if nothing does. */
  resetMs(state: S, nowMs: number): number;
}

/** What `limitRule` makes a rule of. */
export interface LimitRuleOptions {
  /** How starts are counted. @default 'token-bucket' */
  readonly algorithm?: RateAlgorithmName;
  /** How many may start in `perMs`. */
  readonly limit: number;
  /** The time to which the limit applies, in whole milliseconds. @default 1_000 */
  readonly perMs?: number;
  /** How many may start at one moment after a rest; for buckets only. @default `limit` */
  readonly burst?: number;
  /** In how many equal steps `perMs` goes by; for a token bucket and a sliding window. @default none: time goes by steadily */
  readonly segments?: number;
}

/** Algorithms in which what is saved up may differ from what comes in. */
const BUCKETS: ReadonlySet<string> = new Set(['token-bucket', 'gcra', 'cubic']);
const SEGMENTED: ReadonlySet<string> = new Set(['token-bucket', 'sliding-window']);

/**
 * Checks a limit and adds what it leaves out.
 *
 * @throws TypeError or RangeError for options out of range, and for such as do not go together
 */
export function limitRule(options: LimitRuleOptions): LimitRule {
  const { algorithm = 'token-bucket' } = options;
  if (!LIMIT_ALGORITHMS.includes(algorithm)) {
    throw unexpected('algorithm', LIMIT_ALGORITHMS.map((one) => `'${one}'`).join(', '), algorithm);
  }
  const limit = checkWhole('limit', options.limit, 1);
  const perMs = checkWhole('perMs', options.perMs ?? 1000, 1);
  const burst = checkWhole('burst', options.burst ?? limit, 1);
  if (burst !== limit && !BUCKETS.has(algorithm)) {
    throw outOfRange('burst', `left out: '${algorithm}' lets \`limit\` start at once`, burst);
  }
  if (Math.max(limit, burst) * perMs > Number.MAX_SAFE_INTEGER) {
    throw outOfRange('limit', 'small enough to be counted exactly over `perMs`', limit);
  }
  return { algorithm, limit, perMs, burst, segments: checkSegments(options, algorithm, perMs) };
}

function checkSegments(
  { segments }: LimitRuleOptions,
  algorithm: RateAlgorithmName,
  perMs: number,
): number {
  if (segments === undefined) return 0;
  checkWhole('segments', segments, 1);
  if (!SEGMENTED.has(algorithm)) {
    throw outOfRange('segments', `left out: '${algorithm}' has none`, segments);
  }
  if (segments > 1000 || perMs % segments !== 0) {
    throw outOfRange('segments', `at most 1000 and a divisor of \`perMs\`, ${perMs}`, segments);
  }
  return segments;
}

/** True if what has been counted by one rule means the same under the other. */
export function countsAlike(one: LimitRule, other: LimitRule): boolean {
  return (
    one.algorithm === other.algorithm &&
    one.perMs === other.perMs &&
    one.segments === other.segments &&
    (one.algorithm !== 'gcra' || one.limit === other.limit)
  );
}
