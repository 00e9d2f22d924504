/** detectDisconnect: tells the rest at once when the client has left. */
import { checkNames, unexpected } from '@interpose/kernel/options';
import { ClientLeftError } from '@interpose/wire';
import type { HttpMiddleware } from '../app.ts';
import type { HttpContext } from '../context/context.ts';

/** Options of `detectDisconnect`. */
export interface DetectDisconnectOptions {
  /**
   * Whether a request whose client has left goes no further than this middleware. It can stand once more further in, behind what takes its
   * time. The status in events and logs is 499. @default false
   */
  readonly skipAbandoned?: boolean;
}

/** What `detectDisconnect` adds to the state. */
export interface DisconnectState {
  /** True once the client has left before its answer was complete. */
  readonly isDisconnected: boolean;
}

/** A context that tells whether its client is still there. */
export type DisconnectContext = HttpContext & { readonly state: DisconnectState };

/**
 * Sets `ctx.state.isDisconnected` when the client leaves; nobody need read for that. `ctx.signal` aborts at the same moment.
 *
 * @throws TypeError for options that are none
 * @example
 * const app = createApp()
 *   .use(detectDisconnect())
 *   .get('/ticks', async function* (ctx) {
 *     while (!ctx.state.isDisconnected) yield await tick();
 *   });
 */
export function detectDisconnect(
  options: DetectDisconnectOptions = {},
): HttpMiddleware<HttpContext, DisconnectContext> {
  checkNames('detectDisconnect', options, ['skipAbandoned']);
  const { skipAbandoned = false } = options;
  if (typeof skipAbandoned !== 'boolean') {
    throw unexpected('skipAbandoned', 'true or false', skipAbandoned);
  }
  return function detectDisconnect(ctx, next) {
    const state = ctx.state as { isDisconnected: boolean };
    state.isDisconnected = ctx.clientLeft;
    if (state.isDisconnected && skipAbandoned) throw new ClientLeftError();
    ctx.onClientLeft(() => {
      state.isDisconnected = true;
    });
    return next(ctx as DisconnectContext);
  };
}
