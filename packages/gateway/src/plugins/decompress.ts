/** Unpacks the bodies of requests for the upstream, and stops those that would become too much. */
import {
  decompress as decompressMiddleware,
  type DecompressOptions,
} from '@interpose/http/middleware/decompress';
import { BANDS } from '../definition/bands.ts';
import { mountMiddleware } from '../mounting/mount-middleware.ts';
import { definePlugin, type PluginDefinition } from '../definition/plugin.ts';

/** The plugin `decompress`. */
export const decompress: PluginDefinition = definePlugin({
  name: 'decompress',
  description:
    'Unpacks the bodies of requests; the upstream sees them as if they had never been packed.',
  options: {
    encodings: {
      type: 'string[]',
      choices: ['zstd', 'br', 'gzip', 'deflate'],
      description: 'The codings that are taken; all that the runtime has if not said.',
    },
    maxBytes: { type: 'number', min: 0, description: 'How large a body may become.' },
    maxRatio: { type: 'number', min: 1, description: 'How many bytes may come of one.' },
    maxCodings: {
      type: 'number',
      min: 1,
      description: 'How many codings may lie on top of each other.',
    },
  },
  create: (options) =>
    mountMiddleware(decompressMiddleware(options as DecompressOptions), {
      spans: 'access',
      priority: BANDS.limit + 60,
    }),
});
