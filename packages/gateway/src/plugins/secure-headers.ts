/** Tells browsers to be careful with what they get. */
import {
  secureHeaders as secureHeadersMiddleware,
  type SecureHeadersOptions,
} from '@interpose/http/middleware/secure-headers';
import { BANDS } from '../definition/bands.ts';
import { mountMiddleware } from '../mounting/mount-middleware.ts';
import { definePlugin, type PluginDefinition } from '../definition/plugin.ts';

const OR_FALSE = 'false leaves it out.';

/** The plugin `secure-headers`. */
export const secureHeaders: PluginDefinition = definePlugin({
  name: 'secure-headers',
  description:
    'Puts headers on every answer that make browsers careful, unless the upstream sets them.',
  options: {
    contentSecurityPolicy: {
      type: 'json',
      description: `What a page may load, by directive or as it is sent; ${OR_FALSE}`,
    },
    reportOnly: {
      type: 'boolean',
      default: false,
      description: 'Whether violations are only reported.',
    },
    strictTransportSecurity: {
      type: 'json',
      description: `How long browsers come back by TLS only: maxAgeSeconds, includeSubDomains, preload; ${OR_FALSE}`,
    },
    referrerPolicy: { type: 'json', description: `The Referrer-Policy; ${OR_FALSE}` },
    crossOriginOpenerPolicy: {
      type: 'json',
      description: `The Cross-Origin-Opener-Policy; ${OR_FALSE}`,
    },
    crossOriginResourcePolicy: {
      type: 'json',
      description: `The Cross-Origin-Resource-Policy; ${OR_FALSE}`,
    },
    crossOriginEmbedderPolicy: {
      type: 'json',
      description: `The Cross-Origin-Embedder-Policy; ${OR_FALSE}`,
    },
    permissionsPolicy: {
      type: 'json',
      description: `Features of browsers, each with the origins that may use it; ${OR_FALSE}`,
    },
    noSniff: { type: 'boolean', default: true, description: 'Whether types are never guessed.' },
    frameOptions: {
      type: 'json',
      default: 'DENY',
      description: `Who may frame a page, for old browsers: DENY or SAMEORIGIN; ${OR_FALSE}`,
    },
  },
  create: (options) =>
    mountMiddleware(secureHeadersMiddleware(options as SecureHeadersOptions), {
      spans: 'access',
      priority: BANDS.edge - 1,
    }),
});
