/** mountMiddleware: a middleware of `@interpose/http`, or one of your own, as a plugin with handlers for phases. */
import { outOfRange } from '@interpose/kernel/options';
import type { PluginParts } from '../definition/plugin.ts';
import { finishing } from './finishing.ts';
import { guarding } from './guarding.ts';
import type { MountedMiddleware } from './mounted-middleware.ts';
import { spanning } from './spanning.ts';

/** What of a request a middleware spans. */
export type MountSpan = 'access' | 'request' | 'content' | 'answer';

/** How a middleware is mounted. */
export interface MountOptions {
  /**
   * `request`: begins in access and ends with the head of the answer, whatever made it. `access`: decides, and gives back just what `next()`
   * gives. `content`: around the content, which it may run late, again or not at all. `answer`: begins when the answer is there and has been
   * through both filters.
   *
   * @default 'request'
   */
  readonly spans?: MountSpan;
  /** A smaller one stands further out. @default 100 */
  readonly priority?: number;
}

/** A middleware on its way back stands where those further in have been before it. */
const LAST = 1000;

/**
 * The plugin that a middleware is.
 *
 * @throws RangeError for a span that there is not
 * @example
 * gateway.registry.add(mountMiddleware(async (ctx, next) => {
 *   const response = await next();
 *   response.headers.set('X-Served-By', 'eu-1');
 *   return response;
 * }), { name: 'served-by' });
 */
export function mountMiddleware(
  middleware: MountedMiddleware,
  { spans = 'request', priority = 100 }: MountOptions = {},
): PluginParts {
  switch (spans) {
    case 'request':
      return spanning(middleware, { priority, backPriority: LAST - priority });
    case 'access':
      return guarding(middleware, { priority });
    case 'content':
      return { around: { priority, handle: middleware } };
    case 'answer':
      return finishing(middleware, LAST - priority);
    default:
      throw outOfRange('spans', 'access, request, content or answer', spans);
  }
}
