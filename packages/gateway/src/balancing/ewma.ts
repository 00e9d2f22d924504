/** EWMA: the faster of two targets drawn at random, by what their last answers took. */
import type { Clock } from '@interpose/kernel';
import { checkMs } from '@interpose/kernel/options';
import { type BalancedTarget, type Balancer, isEligible } from './balancer.ts';

/** How long the answers of a target take. */
export interface Latency {
  ms: number;
  /** When that was; `-Infinity` if it has not answered yet. */
  atMs: number;
}

/** Options of `ewma`. */
export interface EwmaOptions<T> {
  readonly clock: Clock;
  /** A number from 0 to less than 1. */
  readonly random: () => number;
  /** After this time without answers what a target took counts for 1/e of what it did. @default 10_000 */
  readonly decayMs?: number;
  /** Where what a target takes is kept, so that it can outlive the balancer. @default with the balancer */
  readonly latencyOf?: (target: T) => Latency;
}

/**
 * Power of two choices over a peak-sensitive moving average (as Finagle has it): one slow answer counts at once, and is forgotten slowly. A
 * target that nobody has heard of yet counts as fast, so that it is tried.
 */
export function ewma<T extends BalancedTarget>(
  targets: readonly T[],
  { clock, random, decayMs = 10_000, latencyOf = ownLatencies() }: EwmaOptions<T>,
): Balancer<T> {
  checkMs('decayMs', decayMs, 1);

  const score = (target: T): number => {
    const { ms, atMs } = latencyOf(target);
    const faded = ms * Math.exp((atMs - clock.now()) / decayMs);
    // One millisecond is put on top, so that those that work on many are avoided also while nobody knows how fast they are.
    return ((faded + 1) * (target.inFlight + 1)) / target.weight;
  };
  const draw = (many: number): number => Math.floor(random() * many);

  return {
    pick(_key, except) {
      const among = targets.filter((target) => isEligible(target, except));
      if (among.length <= 1) return among[0];
      const first = draw(among.length);
      const other = draw(among.length - 1);
      const second = other >= first ? other + 1 : other;
      const [one, two] = [among[first] as T, among[second] as T];
      return score(one) <= score(two) ? one : two;
    },
    observe(target, durationMs) {
      const atMs = clock.now();
      const latency = latencyOf(target);
      const isFirst = latency.atMs === -Infinity;
      const kept = isFirst ? 0 : Math.exp((latency.atMs - atMs) / decayMs);
      const faded = latency.ms * kept;
      latency.ms = isFirst || durationMs > faded ? durationMs : faded + durationMs * (1 - kept);
      latency.atMs = atMs;
    },
  };
}

function ownLatencies<T extends BalancedTarget>(): (target: T) => Latency {
  const latencies = new WeakMap<T, Latency>();
  return (target) => {
    const known = latencies.get(target) ?? { ms: 0, atMs: -Infinity };
    latencies.set(target, known);
    return known;
  };
}
