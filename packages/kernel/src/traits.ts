/** What a middleware says of itself beside what it does: its name, its place, and what it may do. */
import type { Layer, Link } from './compose.ts';
import type { Hooks } from './hooks.ts';

/** Where a middleware keeps its traits; one symbol for all copies of the package. */
export const TRAITS: unique symbol = Symbol.for('interpose.traits');

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

/** Traits that only the kernel's own makers set. */
export interface OwnTraits extends Traits {
  /** The layers of a composed middleware, so that nested stacks flatten. */
  readonly layers?: readonly Layer[];
  /** How it is joined to the rest, where that is not by calling it with `next`. */
  readonly link?: Link;
  /** What `linkHooks` runs. */
  // oxlint-disable-next-line typescript/no-explicit-any -- hooks of unlike contexts stand in one list
  readonly hooks?: Hooks<any, any>;
  /** The layers inside a conditional one, for `describe()`. */
  readonly children?: readonly Layer[];
}

/**
 * Declares the traits of a middleware: its name and version, its place, what it may do. Gives the same function back.
 *
 * @example
 * export const audit = define({ name: 'audit', version: '1.2.0', after: 'authenticate' }, (ctx, next) => next(ctx));
 */
export function define<M extends object>(traits: Traits, middleware: M): M {
  const old = (middleware as { [TRAITS]?: OwnTraits })[TRAITS];
  return Object.defineProperty(middleware, TRAITS, { value: { ...old, ...traits }, configurable: true });
}
