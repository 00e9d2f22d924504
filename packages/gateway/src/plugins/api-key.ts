/** Lets in only requests that bring one of several keys, in a header or a cookie of the same name; who has which is of no matter. */
import { apiKey as apiKeyMiddleware } from '@interpose/http/middleware/api-key';
import { BANDS } from '../definition/bands.ts';
import { mountMiddleware } from '../mounting/mount-middleware.ts';
import { definePlugin, type PluginDefinition } from '../definition/plugin.ts';

/** The plugin `api-key`. */
export const apiKey: PluginDefinition = definePlugin({
  name: 'api-key',
  description: 'Lets in only requests with one of the keys, in a header or a cookie.',
  options: {
    name: {
      type: 'string',
      description: 'The header and the cookie that have the key; else what the environment says.',
    },
    keys: {
      type: 'string[]',
      secret: true,
      description:
        'The keys, as they are or as sha256: and the hexadecimal digest; else what the environment says.',
    },
    nameVariable: { type: 'string', description: 'The variable that has the name.' },
    valueVariable: { type: 'string', description: 'The variable that has the key.' },
    exclude: {
      type: 'string[]',
      description: 'Paths that need no key; with /* at the end everything below.',
    },
  },
  create: (options) =>
    mountMiddleware(apiKeyMiddleware(options), { spans: 'access', priority: BANDS.auth + 3 }),
});
