/** Round robin: each target in its turn, as often as its weight says, and never in bursts. */
import { type BalancedTarget, type Balancer, isEligible } from './balancer.ts';

/**
 * Smooth weighted round robin, the algorithm of nginx: every turn each target gains its weight, and the one that has gained most pays the
 * sum of all.
 */
export function roundRobin<T extends BalancedTarget>(targets: readonly T[]): Balancer<T> {
  const gained = new WeakMap<T, number>();
  return {
    pick(_key, except) {
      let best: T | undefined;
      let most = -Infinity;
      let sum = 0;
      for (const target of targets) {
        if (!isEligible(target, except)) continue;
        const own = (gained.get(target) ?? 0) + target.weight;
        gained.set(target, own);
        sum += target.weight;
        if (own > most) {
          most = own;
          best = target;
        }
      }
      if (best) gained.set(best, most - sum);
      return best;
    },
  };
}
