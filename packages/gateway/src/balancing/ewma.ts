/** EWMA: the faster of two targets drawn at random, by what their last answers took. */
import type { Clock } from '@interpose/kernel';
import { checkMs } from '@interpose/kernel/options';
import { type BalancedTarget, type Balancer, isEligible } from './balancer.ts';

/** Options of `ewma`. */
export interface EwmaOptions {
  readonly clock: Clock;
  /** A number from 0 to less than 1. */
  readonly random: () => number;
  /** After this time without answers what a target took counts for 1/e of what it did. @default 10_000 */
  readonly decayMs?: number;
}

interface Latency {
  ms: number;
  atMs: number;
}

/**
 * Power of two choices over a peak-sensitive moving average (as Finagle has it): one slow answer counts at once, and is forgotten slowly. A
 * target that nobody has heard of yet counts as fast, so that it is tried.
 */
export function ewma<T extends BalancedTarget>(
  targets: readonly T[],
  { clock, random, decayMs = 10_000 }: EwmaOptions,
): Balancer<T> {
  checkMs('decayMs', decayMs, 1);
  const latencies = new Map<T, Latency>();

  const score = (target: T): number => {
    const latency = latencies.get(target);
    const faded = latency ? latency.ms * Math.exp((latency.atMs - clock.now()) / decayMs) : 0;
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
      const before = latencies.get(target);
      const kept = before ? Math.exp((before.atMs - atMs) / decayMs) : 0;
      const faded = (before?.ms ?? 0) * kept;
      const ms = !before || durationMs > faded ? durationMs : faded + durationMs * (1 - kept);
      latencies.set(target, { ms, atMs });
    },
  };
}
