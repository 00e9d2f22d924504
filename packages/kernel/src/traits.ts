/** What a middleware says of itself beside what it does. */
import type { Layer, Link } from './compose.ts';

/** Where a middleware keeps its traits; one symbol for all copies of the package. */
export const TRAITS: unique symbol = Symbol.for('interpose.traits');

/** What a middleware says of itself. */
export interface Traits {
  /** Shown in errors, in `explain()` and to observers. @default the function's name */
  readonly name?: string;
  /** May answer while `next` is still running. @default false */
  readonly detached?: boolean;
  /** May answer `undefined` of its own accord. @default false */
  readonly answersNothing?: boolean;
  readonly layers?: readonly Layer[];
  readonly link?: Link;
}
