/** Lets some addresses in, or keeps some out. */
import { ipRestriction as ipRestrictionMiddleware } from '@interpose/http/middleware/ip-restriction';
import { BANDS } from '../definition/bands.ts';
import { mountMiddleware } from '../mounting/mount-middleware.ts';
import { definePlugin, type PluginDefinition } from '../definition/plugin.ts';

/** The plugin `ip-restriction`. */
export const ipRestriction: PluginDefinition = definePlugin({
  name: 'ip-restriction',
  description: 'Refuses clients by their address.',
  options: {
    allow: {
      type: 'string[]',
      description: 'Addresses, ranges, loopback, private and unix that may come in; no others may.',
    },
    deny: { type: 'string[]', description: 'Those that may not, also where they are allowed.' },
  },
  create: (options) =>
    mountMiddleware(ipRestrictionMiddleware(options), {
      spans: 'access',
      priority: BANDS.edge + 1,
    }),
});
