/** Target: one of the places to which an upstream sends, as the upstream sees it. */
import type { BalancedTarget } from '../balancing/balancer.ts';
import type { OutlierDetector } from '../health/outlier-detector.ts';
import type { Endpoint } from './endpoint.ts';

/** One target. How it is doing is kept in its endpoint, which may outlive it. */
export class Target implements BalancedTarget {
  readonly name: string;
  readonly endpoint: Endpoint;
  readonly weight: number;
  readonly zone: string | undefined;
  /** What the health checker says. */
  isHealthy = true;
  /** Set where failures count; `undefined` where there is nobody else to turn to. */
  outliers: OutlierDetector<Target> | undefined;
  /** Until when it is left out, on the clock of the upstream; 0: it is not. */
  ejectedUntilMs = 0;
  /** True while so many are out that whether it is well is no reason to pass it over. */
  isNeeded = false;

  constructor(endpoint: Endpoint, { weight = 1, zone }: { weight?: number; zone?: string }) {
    this.name = endpoint.name;
    this.endpoint = endpoint;
    this.weight = weight;
    this.zone = zone;
  }

  get inFlight(): number {
    return this.endpoint.inFlight;
  }

  get isAvailable(): boolean {
    return !this.endpoint.isDrained && (this.isNeeded || this.isWell);
  }

  /** Whether nothing speaks against it but perhaps that it is being drained. */
  get isWell(): boolean {
    if (!this.isHealthy) return false;
    return this.ejectedUntilMs === 0 || !this.outliers?.isEjected(this);
  }
}
