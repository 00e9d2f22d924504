/** Statistics: counts requests while they pass, in this process; others read the counts or carry them on. */
import type { GatewayContext } from '../context.ts';
import type { GatewayConfig } from '../gateway-config.ts';
import type { GatewayObserver } from '../observer.ts';
import { RequestCounts } from './request-counts.ts';

/** What requests are counted under that no route has matched. */
export const NO_ROUTE = '(no route)';
/** What requests are counted under that ask for the health of the gateway. */
export const HEALTH_ROUTE = '(health)';

/** Counts requests, all together and by route: never by path, of which there is no end. */
export class Statistics implements GatewayObserver {
  readonly total: RequestCounts = new RequestCounts();
  /** By the names of routes. */
  readonly routes: Map<string, RequestCounts> = new Map<string, RequestCounts>();
  /** Requests that have begun and not ended. */
  active = 0;
  reloads = 0;

  requestStarted(): void {
    this.active++;
  }

  requestEnded({ route, outcome }: GatewayContext): void {
    this.active--;
    if (!outcome) return;
    this.total.add(outcome);
    const name = route ? route.name : NO_ROUTE;
    let counts = this.routes.get(name);
    if (!counts) this.routes.set(name, (counts = new RequestCounts()));
    counts.add(outcome);
  }

  /** Lets go of routes that are gone; any number of reloads must not add up. */
  reloaded({ routes }: GatewayConfig): void {
    this.reloads++;
    const kept = new Set([NO_ROUTE, HEALTH_ROUTE, ...routes.map(({ name }) => name)]);
    for (const name of this.routes.keys()) if (!kept.has(name)) this.routes.delete(name);
  }
}
