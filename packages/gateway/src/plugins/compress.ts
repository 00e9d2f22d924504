/** Packs answers for clients that can unpack them, where it is worth it. */
import {
  compress as compressMiddleware,
  type CompressOptions,
} from '@interpose/http/middleware/compress';
import { BANDS } from '../definition/bands.ts';
import { mountMiddleware } from '../mounting/mount-middleware.ts';
import { definePlugin, type PluginDefinition } from '../definition/plugin.ts';

/** The plugin `compress`. */
export const compress: PluginDefinition = definePlugin({
  name: 'compress',
  description: 'Packs answers with the coding that the client likes best, after all filters.',
  options: {
    encodings: {
      type: 'string[]',
      choices: ['zstd', 'br', 'gzip', 'deflate'],
      description:
        'The codings, the best first; those that the runtime does not have are left out.',
    },
    minBytes: {
      type: 'number',
      default: 1024,
      min: 0,
      description: 'Smaller answers stay as they are.',
    },
    levels: { type: 'json', description: 'How hard each coding tries, by its name.' },
    types: { type: 'string[]', description: 'The types that are packed, such as text/*, +json.' },
  },
  create: (options) =>
    mountMiddleware(compressMiddleware(options as CompressOptions), {
      spans: 'answer',
      priority: BANDS.trace,
    }),
});
