/** Balancer: picks the target that gets the next request. */

/** What a balancer sees of a place to which requests can go. */
export interface BalancedTarget {
  /** Tells it from the others, and stays the same when the config is read again. */
  readonly name: string;
  /** How much of the load it takes, in relation to the others; 0: nothing. */
  readonly weight: number;
  /** False while it is unhealthy, ejected, or being drained. */
  readonly isAvailable: boolean;
  /** Requests that it works on. */
  readonly inFlight: number;
}

/** Picks targets of one upstream. Of targets that come and go it is told by the list that it was made with; a hash ring has to be made anew. */
export interface Balancer<T extends BalancedTarget> {
  /**
   * The target for the next request, among those that are available, have a weight and are not among `except`; nothing if there is none.
   * Requests with the same `key` go to the same target where that is the point of the balancer.
   */
  pick(key?: string, except?: ReadonlySet<T>): T | undefined;
  /** A request to a target has been answered, or has failed, after that time. */
  observe?(target: T, durationMs: number): void;
}

/** True for a target that can be picked. */
export function isEligible<T extends BalancedTarget>(
  target: T,
  except: ReadonlySet<T> | undefined,
): boolean {
  return target.isAvailable && target.weight > 0 && !except?.has(target);
}
