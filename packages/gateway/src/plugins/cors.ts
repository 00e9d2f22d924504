/** Lets pages of other origins call, those that are named and no others. */
import { CorsPolicy } from '@interpose/http';
import { BANDS } from '../definition/bands.ts';
import { definePlugin, type PluginDefinition } from '../definition/plugin.ts';

const PRIORITY = BANDS.browser;

/** The plugin `cors`. */
export const cors: PluginDefinition = definePlugin({
  name: 'cors',
  description: 'Lets pages of the named origins call, and answers their preflights.',
  options: {
    origins: {
      type: 'string[]',
      required: true,
      min: 1,
      description: 'The origins that may call, such as https://app.example.com, or * alone.',
    },
    methods: {
      type: 'string[]',
      default: ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS'],
      min: 1,
      description: 'The methods that they may use.',
    },
    headers: {
      type: 'string[]',
      default: ['Content-Type', 'Authorization', 'X-Request-ID'],
      description: 'The request headers that they may send.',
    },
    exposeHeaders: {
      type: 'string[]',
      default: ['X-Request-ID'],
      description: 'The response headers that they may read.',
    },
    credentials: {
      type: 'boolean',
      default: false,
      description: 'Whether cookies and the like may come along; not possible with the origin *.',
    },
    maxAgeMs: {
      type: 'number',
      default: 3_600_000,
      min: 0,
      description: 'How long a browser may remember the answer to a preflight.',
    },
  },
  create(options) {
    const policy = new CorsPolicy(options);
    return {
      access: {
        priority: PRIORITY,
        handle(ctx) {
          const refused = policy.refusalOf(ctx);
          if (refused) throw refused;
          if (policy.answersPreflight(ctx)) ctx.exit(204);
        },
      },
      headerFilter: {
        priority: PRIORITY,
        handle(ctx) {
          policy.tell(ctx, ctx.response.headers, ctx.response.status === 204);
        },
      },
    };
  },
});
