/** Lets in who bears a token that is known, and says who that is. */
import {
  type Bearer,
  bearerAuth as bearerAuthMiddleware,
} from '@interpose/http/middleware/bearer-auth';
import { BANDS } from '../definition/bands.ts';
import { ConsumerBook } from '../consumer-book.ts';
import { guarding } from '../mounting/guarding.ts';
import { definePlugin, type PluginDefinition } from '../definition/plugin.ts';

/** The plugin `bearer-auth`. */
export const bearerAuth: PluginDefinition = definePlugin({
  name: 'bearer-auth',
  description: 'Lets in only requests with a token that is known; who bears it is the consumer.',
  options: {
    tokens: {
      type: 'record',
      required: true,
      min: 1,
      secret: true,
      description: 'The token of each consumer.',
    },
    realm: { type: 'string', description: 'What is protected.' },
    groups: {
      type: 'record',
      description: 'The groups of each consumer, with commas between them.',
    },
    hideCredentials: {
      type: 'boolean',
      default: true,
      description: 'Whether the token is kept from the upstream.',
    },
  },
  create({ tokens, realm, groups, hideCredentials }) {
    const book = new ConsumerBook({ plugin: 'bearer-auth', names: Object.keys(tokens), groups });
    const middleware = bearerAuthMiddleware({ tokens, ...(realm !== undefined && { realm }) });
    return guarding(middleware, {
      priority: BANDS.auth + 20,
      passed(ctx) {
        ctx.consumer = book.of((ctx as unknown as Bearer<string>).principal);
        if (hideCredentials) ctx.headers.delete('Authorization');
      },
    });
  },
});
