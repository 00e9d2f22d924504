/** Ends requests whose content takes too long with a 504. */
import { timeout as timeoutMiddleware } from '@interpose/http/middleware/timeout';
import { BANDS } from '../definition/bands.ts';
import { mountMiddleware } from '../mounting/mount-middleware.ts';
import { definePlugin, type PluginDefinition } from '../definition/plugin.ts';

/** The plugin `timeout`. */
export const timeout: PluginDefinition = definePlugin({
  name: 'timeout',
  description:
    'Answers with a 504 when the content phase has had its time, and ends the request to the upstream.',
  options: {
    timeoutMs: {
      type: 'number',
      default: 30_000,
      min: 1,
      description: 'How long it may take to answer.',
    },
    header: {
      type: 'string',
      description: 'A header in which clients say how many milliseconds they will wait.',
    },
    graceMs: {
      type: 'number',
      default: 0,
      min: 0,
      description: 'How long to wait for it to end by itself.',
    },
  },
  create: (options, { clock }) =>
    mountMiddleware(timeoutMiddleware({ ...options, clock }), {
      spans: 'content',
      priority: BANDS.cache,
    }),
});
