/** GatewayObserver: who is told what a gateway does; what it does about it changes nothing. */
import type { GatewayContext } from './context.ts';
import type { GatewayConfig } from './gateway-config.ts';

/** Is told of requests and of configs. What it throws is written to the log and ignored. */
export interface GatewayObserver {
  /** A request has been read, before anything is done about it; also one that was refused by the rules of HTTP. */
  requestStarted?(ctx: GatewayContext): void;
  /** A request is over, after its log phase; `ctx.outcome` says how it ended. Comes once for each that was started. */
  requestEnded?(ctx: GatewayContext): void;
  /** Another config is in place. */
  reloaded?(config: GatewayConfig): void;
}
