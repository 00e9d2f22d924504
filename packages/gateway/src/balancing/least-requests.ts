/** Least requests: the target that works on the fewest, in relation to its weight. */
import { type BalancedTarget, type Balancer, isEligible } from './balancer.ts';

/** Looks at all targets. Those that are alike take turns, so that idle ones are all used. */
export function leastRequests<T extends BalancedTarget>(targets: readonly T[]): Balancer<T> {
  let turn = 0;
  return {
    pick(_key, except) {
      let best: T | undefined;
      let least = Infinity;
      let bestAt = 0;
      for (let step = 0; step < targets.length; step++) {
        const at = (turn + step) % targets.length;
        const target = targets[at] as T;
        if (!isEligible(target, except)) continue;
        const load = (target.inFlight + 1) / target.weight;
        if (load < least) {
          least = load;
          best = target;
          bestAt = at;
        }
      }
      if (best) turn = bestAt + 1;
      return best;
    },
  };
}
