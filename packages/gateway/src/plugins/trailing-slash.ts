/** Sends whoever asks for a path with a slash at its end, or without one, to the one that there is. */
import { trailingSlash as trailingSlashMiddleware } from '@interpose/http/middleware/trailing-slash';
import { BANDS } from '../definition/bands.ts';
import { mountMiddleware } from '../mounting/mount-middleware.ts';
import { definePlugin, type PluginDefinition } from '../definition/plugin.ts';

/** The plugin `trailing-slash`. */
export const trailingSlash: PluginDefinition = definePlugin({
  name: 'trailing-slash',
  description: 'Redirects to the path without a slash at its end, or to the one with it.',
  options: {
    style: {
      type: 'string',
      choices: ['trim', 'append'],
      default: 'trim',
      description: 'Whether the slash is taken away or put there.',
    },
    permanent: {
      type: 'boolean',
      default: true,
      description: 'Whether browsers may remember it for good.',
    },
  },
  create: (options) =>
    mountMiddleware(trailingSlashMiddleware(options), { spans: 'access', priority: BANDS.form }),
});
