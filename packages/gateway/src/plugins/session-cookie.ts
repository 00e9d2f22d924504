/** Gives each request a session that its visitor carries in a cookie, sealed. */
import {
  sessionCookie as sessionCookieMiddleware,
  type SessionCookieOptions,
} from '@interpose/http/middleware/session-cookie';
import { BANDS } from '../definition/bands.ts';
import { mountMiddleware } from '../mounting/mount-middleware.ts';
import { definePlugin, type PluginDefinition } from '../definition/plugin.ts';

/** The plugin `session-cookie`. */
export const sessionCookie: PluginDefinition = definePlugin({
  name: 'session-cookie',
  description:
    'Opens the session of a visitor for plugins in code, as ctx.session, and keeps what they change.',
  options: {
    secrets: {
      type: 'string[]',
      required: true,
      min: 1,
      secret: true,
      description: 'The first seals, all open; 32 characters each or more.',
    },
    name: { type: 'string', default: 'session', description: 'The name of the cookie.' },
    encrypt: { type: 'boolean', default: false, description: 'Whether visitors cannot read it.' },
    maxAgeMs: { type: 'number', min: 1000, description: 'How long a session lasts.' },
    rolling: {
      type: 'boolean',
      default: true,
      description: 'Whether each answer lets it last anew.',
    },
    path: { type: 'string', description: 'Below which path it is sent.' },
    domain: {
      type: 'string',
      description: 'To which domain it is sent; the host alone if not said.',
    },
    secure: { type: 'boolean', default: true, description: 'Whether it is sent over TLS only.' },
    sameSite: {
      type: 'string',
      choices: ['Strict', 'Lax', 'None'],
      default: 'Lax',
      description: 'Whether it is sent when other sites ask.',
    },
  },
  create: (options, { clock }) =>
    mountMiddleware(sessionCookieMiddleware({ ...(options as SessionCookieOptions), clock }), {
      priority: BANDS.session,
    }),
});
