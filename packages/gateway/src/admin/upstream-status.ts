/** How upstreams are doing, in one form for everything that shows it. */
import type { Upstream } from '../upstream/upstream.ts';
import type { TargetStatus, UpstreamStatus } from '../upstream/upstream-status.ts';

/** An upstream as it is shown. */
export interface UpstreamShown extends Omit<UpstreamStatus, 'breaker'> {
  /** All targets get requests, some do, or none does. */
  readonly status: 'healthy' | 'degraded' | 'unhealthy';
  /** Its breaker; `null` if it has none. */
  readonly breaker: UpstreamStatus['breaker'] | null;
}

/** How all of them are doing, in the order of the config. */
export function upstreamsShown(upstreams: ReadonlyMap<string, Upstream>): readonly UpstreamShown[] {
  return [...upstreams.values()].map(upstreamShown);
}

/** How one is doing. */
export function upstreamShown(upstream: Upstream): UpstreamShown {
  const status = upstream.status();
  return { ...status, status: healthOf(status), breaker: status.breaker ?? null };
}

/** True if the breaker lets nothing pass. */
export function isOpen({ breaker }: Pick<UpstreamShown, 'breaker'>): boolean {
  return breaker?.state === 'open' || breaker?.state === 'isolated';
}

function healthOf({ targets, breaker }: UpstreamStatus): UpstreamShown['status'] {
  const well = targets.filter(isWell).length;
  if (well === 0 || isOpen({ breaker: breaker ?? null })) return 'unhealthy';
  return well < targets.length ? 'degraded' : 'healthy';
}

/** Whether it is given requests for its own sake, and not only because no other is left. */
export function isWell({ state, isHealthy, ejectedForMs }: TargetStatus): boolean {
  return state === 'up' && isHealthy && ejectedForMs === 0;
}
