/** Refuses requests that another site made in a visitor's name. */
import { csrf as csrfMiddleware } from '@interpose/http/middleware/csrf';
import { BANDS } from '../definition/bands.ts';
import { mountMiddleware } from '../mounting/mount-middleware.ts';
import { definePlugin, type PluginDefinition } from '../definition/plugin.ts';

/** The plugin `csrf`. */
export const csrf: PluginDefinition = definePlugin({
  name: 'csrf',
  description: 'Refuses changes that pages of other sites ask for.',
  options: {
    allow: {
      type: 'string[]',
      description: 'Other origins that may, such as https://admin.example.',
    },
    safeMethods: {
      type: 'string[]',
      description: 'Methods that change nothing; GET, HEAD and OPTIONS if not said.',
    },
    allowUnknown: {
      type: 'boolean',
      default: false,
      description:
        'Whether requests pass that do not say where they come from, as programs make them.',
    },
  },
  create: (options) =>
    mountMiddleware(csrfMiddleware(options), { spans: 'access', priority: BANDS.browser + 10 }),
});
