/** MirrorConfig: what a route says of copies of its requests. */

/** Which requests of a route are sent to another upstream as well, whose answers nobody sees. */
export interface MirrorConfig {
  /** The name of the upstream that gets the copies. */
  readonly upstream: string;
  /** How many of a hundred requests are copied; fractions count. @default 100 */
  readonly percent?: number;
  /** @default every method */
  readonly methods?: readonly string[];
  /** Requests with a larger body are not copied. @default 65_536 */
  readonly maxBodyBytes?: number;
  /** How many copies may be under way at once; requests beyond are not copied. @default 64 */
  readonly maxConcurrent?: number;
}
