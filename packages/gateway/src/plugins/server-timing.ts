/** Tells browsers how long the gateway and what stands behind it took. */
import { serverTiming as serverTimingMiddleware } from '@interpose/http/middleware/server-timing';
import { BANDS } from '../definition/bands.ts';
import { mountMiddleware } from '../mounting/mount-middleware.ts';
import { definePlugin, type PluginDefinition } from '../definition/plugin.ts';

/** The plugin `server-timing`. */
export const serverTiming: PluginDefinition = definePlugin({
  name: 'server-timing',
  description:
    'Tells in Server-Timing how long a request took; in code, ctx.timings takes more down.',
  options: {
    total: { type: 'string', default: 'total', description: 'What the whole is called.' },
  },
  create: (options, { clock }) =>
    mountMiddleware(serverTimingMiddleware({ ...options, clock }), { priority: BANDS.trace + 2 }),
});
