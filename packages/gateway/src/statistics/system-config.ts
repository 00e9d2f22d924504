/** SystemConfig: how often a gateway keeps its own things in order. */

/** How often what is done; the section `system` of a config. */
export interface SystemConfig {
  /** How often dictionaries let go of what has expired. @default 10_000 */
  readonly cleanupIntervalMs?: number;
  /** How often figures are carried to the dictionaries, and the worker tells that it lives. @default 5000 */
  readonly statisticsIntervalMs?: number;
}
