/** compose in under a kilobyte: keeps to the same rules as the main entry's, but watches every middleware while it runs. */
import { type Composable, layersOf, stack } from './compose.ts';
import type { Middleware } from './middleware.ts';

/**
 * Makes one middleware of many; the first listed is the outermost. None at all passes everything through.
 *
 * @throws TypeError if something in the list is not a middleware
 */
export function compose<C, R>(...middleware: readonly Composable[]): Middleware<C, R> {
  return stack(middleware.flatMap(layersOf));
}
