/** Tells who the client is where proxies stand in between, for the routes that have it; `trustedProxies` of the config is for all. */
import { trustedProxies as trustedProxiesMiddleware } from '@interpose/http/middleware/trusted-proxies';
import { BANDS } from '../definition/bands.ts';
import { mountMiddleware } from '../mounting/mount-middleware.ts';
import { definePlugin, type PluginDefinition } from '../definition/plugin.ts';

/** The plugin `trusted-proxies`. */
export const trustedProxies: PluginDefinition = definePlugin({
  name: 'trusted-proxies',
  description: 'Believes some proxies what they say of the client, and nobody else.',
  options: {
    proxies: {
      type: 'string[]',
      required: true,
      description: 'Addresses and ranges of the proxies, and loopback, private and unix.',
    },
    read: {
      type: 'string',
      choices: ['x-forwarded', 'forwarded'],
      default: 'x-forwarded',
      description: 'The headers that the proxies write.',
    },
    host: {
      type: 'boolean',
      default: false,
      description: 'Whether they are asked for the host as well.',
    },
  },
  create: (options) =>
    mountMiddleware(trustedProxiesMiddleware(options), { spans: 'access', priority: BANDS.client }),
});
