/** Consistent hash: the same key goes to the same target, and when targets come or go, few keys move. */
import { outOfRange } from '@interpose/kernel/options';
import { type BalancedTarget, type Balancer, isEligible } from './balancer.ts';
import { ringHash } from './ring-hash.ts';

/** Options of `consistentHash`. */
export interface ConsistentHashOptions {
  /**
   * How many times the average load a target may have before its keys go to the next one (consistent hashing with bounded loads).
   * @default 0: no bound
   */
  readonly loadBound?: number;
}

/** Points of a target on the ring for each part of its weight; 160 is what libketama has. */
const POINTS = 160;
/** Beyond it a ring would take more memory than it is worth; weights are taken in relation to each other then. */
const MOST_POINTS = 100_000;

interface Point<T> {
  readonly hash: number;
  readonly target: T;
}

/**
 * A ring of targets. A key without a target of its own, as it is gone, goes to the next one on the ring. Requests without a key go to the
 * next one in turn.
 */
export function consistentHash<T extends BalancedTarget>(
  targets: readonly T[],
  { loadBound = 0 }: ConsistentHashOptions = {},
): Balancer<T> {
  if (loadBound !== 0 && !(loadBound >= 1))
    throw outOfRange('loadBound', '1 or more, or 0', loadBound);
  const ring = ringOf(targets);
  let turn = 0;

  const mostOf = (except: ReadonlySet<T> | undefined): ((target: T) => number) => {
    if (loadBound === 0) return () => Infinity;
    let inFlight = 1;
    let weights = 0;
    for (const target of targets) {
      if (!isEligible(target, except)) continue;
      inFlight += target.inFlight;
      weights += target.weight;
    }
    return ({ weight }) => Math.ceil((loadBound * inFlight * weight) / weights);
  };

  return {
    pick(key, except) {
      if (ring.length === 0) return undefined;
      const most = mostOf(except);
      const start = key === undefined ? turn++ % ring.length : placeOf(ring, ringHash(key));
      for (let step = 0; step < ring.length; step++) {
        const { target } = ring[(start + step) % ring.length] as Point<T>;
        if (isEligible(target, except) && target.inFlight < most(target)) return target;
      }
      return undefined;
    },
  };
}

function ringOf<T extends BalancedTarget>(targets: readonly T[]): readonly Point<T>[] {
  const sum = targets.reduce((all, { weight }) => all + weight, 0);
  const least = Math.min(...targets.map(({ weight }) => weight || Infinity));
  // As many points as the smallest weight needs, unless that were too many.
  const pointsPerWeight = Math.min(POINTS / least, MOST_POINTS / Math.max(sum, 1));
  const ring = targets.flatMap((target) =>
    Array.from({ length: Math.max(1, Math.round(target.weight * pointsPerWeight)) }, (_, at) => ({
      hash: ringHash(`${target.name}#${at}`),
      target,
    })),
  );
  return ring.sort((a, b) => a.hash - b.hash || (a.target.name < b.target.name ? -1 : 1));
}

/** The first point at or behind a hash. */
function placeOf<T>(ring: readonly Point<T>[], hash: number): number {
  let low = 0;
  let high = ring.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ring[middle] as Point<T>).hash < hash) low = middle + 1;
    else high = middle;
  }
  return low === ring.length ? 0 : low;
}
