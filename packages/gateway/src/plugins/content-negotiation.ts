/** Refuses requests for types that there are not, and says what answers depend on. */
import { contentNegotiation as contentNegotiationMiddleware } from '@interpose/http/middleware/content-negotiation';
import { BANDS } from '../definition/bands.ts';
import { mountMiddleware } from '../mounting/mount-middleware.ts';
import { definePlugin, type PluginDefinition } from '../definition/plugin.ts';

/** The plugin `content-negotiation`. */
export const contentNegotiation: PluginDefinition = definePlugin({
  name: 'content-negotiation',
  description:
    'Refuses who wants none of the types that there are; in code, ctx.negotiated has the choice.',
  options: {
    types: { type: 'string[]', description: 'The types that there are, the best first.' },
    languages: {
      type: 'string[]',
      description: 'The languages that there are; the first is for those who want none of them.',
    },
  },
  create: (options) =>
    mountMiddleware(contentNegotiationMiddleware<string, string>(options), {
      spans: 'access',
      priority: BANDS.transform + 10,
    }),
});
