/** Answers 304 to those who have the answer already. */
import {
  conditionalRequests as conditionalRequestsMiddleware,
  type ConditionalRequestsOptions,
} from '@interpose/http/middleware/conditional-requests';
import { BANDS } from '../definition/bands.ts';
import { mountMiddleware } from '../mounting/mount-middleware.ts';
import { definePlugin, type PluginDefinition } from '../definition/plugin.ts';

/** The plugin `conditional-requests`. */
export const conditionalRequests: PluginDefinition = definePlugin({
  name: 'conditional-requests',
  description: 'Judges If-None-Match and its like by what the answer says, where upstreams do not.',
  options: {
    etag: {
      type: 'json',
      description: 'The tag of whole answers that have none: strong, weak, or false for none.',
    },
    maxBytes: { type: 'number', min: 0, description: 'Larger bodies get no tag.' },
    ranges: {
      type: 'boolean',
      default: false,
      description: 'Whether parts of whole answers are given to those who ask for them.',
    },
  },
  create: (options) =>
    mountMiddleware(conditionalRequestsMiddleware(options as ConditionalRequestsOptions), {
      spans: 'answer',
      priority: BANDS.browser,
    }),
});
