/** UpgradeConfig: what a route says of other protocols than HTTP. */

/** What a route says of other protocols. */
export interface UpgradeConfig {
  /** The protocols to which a client and the upstream may change, in lower case; none if it is empty. @default ['websocket'] */
  readonly upgrades?: readonly string[];
  /** How long nothing may come from either end once they have. @default 300_000 */
  readonly upgradeIdleMs?: number;
}
