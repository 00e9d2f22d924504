/** Tells other plugins when the client has left, and can end what nobody waits for. */
import { detectDisconnect as detectDisconnectMiddleware } from '@interpose/http/middleware/detect-disconnect';
import { BANDS } from '../definition/bands.ts';
import { mountMiddleware } from '../mounting/mount-middleware.ts';
import { definePlugin, type PluginDefinition } from '../definition/plugin.ts';

/** The plugin `detect-disconnect`. */
export const detectDisconnect: PluginDefinition = definePlugin({
  name: 'detect-disconnect',
  description: 'Sets ctx.state.isDisconnected when the client leaves.',
  options: {
    skipAbandoned: {
      type: 'boolean',
      default: false,
      description: 'Whether a request whose client has left goes no further.',
    },
  },
  create: (options) =>
    mountMiddleware(detectDisconnectMiddleware(options), {
      spans: 'access',
      priority: BANDS.trace + 4,
    }),
});
