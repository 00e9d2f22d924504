/** What a middleware says of itself beside what it does: its name, its place, and what it may do. */

/** Where a middleware wants to stand. A pipeline may say otherwise when it uses it. */
export interface Placement {
  /** Shown in errors, in `explain()` and to observers. @default the function's name */
  readonly name?: string;
  /** The phase it belongs to. @default the pipeline's last phase */
  readonly phase?: string;
  /** A smaller number stands further out within the phase. @default 0 */
  readonly priority?: number;
  /** Names of middleware that must stand further in. */
  readonly before?: string | readonly string[];
  /** Names of middleware that must stand further out. */
  readonly after?: string | readonly string[];
  /** What somebody further out must provide, or the names of who must stand there. */
  readonly requires?: readonly string[];
  /** What it provides to those further in. */
  readonly provides?: readonly string[];
  /** A disabled middleware is left out until it is enabled. @default 'active' */
  readonly state?: 'active' | 'disabled';
}

/** What the author of a middleware declares. */
export interface Traits extends Placement {
  /** The version of the middleware, for reports. */
  readonly version?: string;
  /** One sentence, for reports. */
  readonly description?: string;
  /** May answer while `next` is still running. @default false */
  readonly detached?: boolean;
  /** May answer `undefined` of its own accord. @default false */
  readonly answersNothing?: boolean;
}
