/** compose as the main entry has it: reads each middleware first, and watches only those it cannot vouch for. */
import { type Composable, layersOf, stack } from './compose.ts';
import type { Middleware } from './middleware.ts';
import { linkProven } from './proof.ts';

/**
 * Makes one middleware of many; the first listed is the outermost. None at all passes everything through.
 *
 * The entry `@interpose/kernel/compose` has the same function in under a kilobyte. It keeps to the same rules, but
 * watches every middleware while it runs, which costs more a call.
 *
 * @throws TypeError if something in the list is not a middleware
 * @example
 * const stack = compose(timing, logging, authenticate);
 * const answer = await stack(ctx, (ctx) => handler(ctx));
 */
export function compose<C, R>(...middleware: readonly Composable[]): Middleware<C, R> {
  return stack(middleware.flatMap(layersOf), linkProven);
}
