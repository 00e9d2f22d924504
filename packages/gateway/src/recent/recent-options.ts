/** RecentOptions: how many requests are remembered. */

/** How much is remembered. */
export interface RecentOptions {
  /** So many requests, and as many that failed. @default 100 */
  readonly keep?: number;
  /** So many of each second are followed through all phases; of the others only failures are remembered. @default 10 */
  readonly perSecond?: number;
}
