/** Answers requests again with what the upstream has answered before, as far as it allows that. */
import {
  responseCache as responseCacheMiddleware,
  type ResponseCacheOptions,
} from '@interpose/http/middleware/response-cache';
import { BANDS } from '../definition/bands.ts';
import { mountMiddleware } from '../mounting/mount-middleware.ts';
import { definePlugin, type PluginDefinition } from '../definition/plugin.ts';

/** The plugin `response-cache`. */
export const responseCache: PluginDefinition = definePlugin({
  name: 'response-cache',
  description: 'Stores answers that may be stored, and gives them again for as long as they say.',
  options: {
    maxEntryBytes: { type: 'number', min: 0, description: 'The largest body that is kept.' },
    maxVariants: {
      type: 'number',
      min: 1,
      description: 'How many answers of one key Vary may tell apart.',
    },
    targets: { type: 'string[]', description: 'Fields that count in the place of Cache-Control.' },
    requestDirectives: {
      type: 'string',
      choices: ['obey', 'ignore'],
      default: 'obey',
      description: 'Whether Cache-Control and Pragma of requests count.',
    },
    heuristicFraction: {
      type: 'number',
      min: 0,
      description:
        'The share of the time since Last-Modified for which an answer is fresh that does not say.',
    },
    storeCookies: {
      type: 'boolean',
      default: false,
      description: 'Whether answers that set cookies are stored.',
    },
    staleIfErrorMs: {
      type: 'number',
      min: 0,
      description: 'For how long a stale answer is given where the upstream fails.',
    },
    tagHeader: {
      type: 'string',
      description: 'A field of answers with tags by which they can be purged.',
    },
    cacheStatus: {
      type: 'json',
      description: 'What the cache is called in Cache-Status; false for nothing.',
    },
    waitMs: {
      type: 'number',
      min: 0,
      description: 'How long a request waits for another one that asks for the same.',
    },
    unsharedMs: {
      type: 'number',
      min: 0,
      description: 'For how long it is remembered that answers cannot be shared.',
    },
    backgroundMs: {
      type: 'number',
      min: 1,
      description: 'How long a request may last that no client waits for.',
    },
  },
  create: (options, { clock, logger }) =>
    mountMiddleware(
      responseCacheMiddleware({
        ...(options as ResponseCacheOptions),
        clock,
        onStoreError: (error) => logger.error({ message: `response-cache: ${String(error)}` }),
      }),
      { spans: 'content', priority: BANDS.cache + 10 },
    ),
});
