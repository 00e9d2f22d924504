/** Refuses bodies that are too large, before they are read where that is known, else in the middle. */
import { bodyLimit as bodyLimitMiddleware } from '@interpose/http/middleware/body-limit';
import { BANDS } from '../definition/bands.ts';
import { mountMiddleware } from '../mounting/mount-middleware.ts';
import { definePlugin, type PluginDefinition } from '../definition/plugin.ts';

/** The plugin `body-limit`. */
export const bodyLimit: PluginDefinition = definePlugin({
  name: 'body-limit',
  description: 'Refuses requests whose body is too large.',
  options: {
    maxBytes: {
      type: 'number',
      default: 1024 * 1024,
      min: 0,
      description: 'How large a body may be; the limit of the server holds as well.',
    },
  },
  create: (options) =>
    mountMiddleware(bodyLimitMiddleware(options), { spans: 'access', priority: BANDS.limit + 50 }),
});
