/** Lets in who has a user's password, and says who that is. */
import {
  basicAuth as basicAuthMiddleware,
  type BasicUser,
} from '@interpose/http/middleware/basic-auth';
import { BANDS } from '../definition/bands.ts';
import { ConsumerBook } from '../consumer-book.ts';
import { guarding } from '../mounting/guarding.ts';
import { definePlugin, type PluginDefinition } from '../definition/plugin.ts';

/** The plugin `basic-auth`. */
export const basicAuth: PluginDefinition = definePlugin({
  name: 'basic-auth',
  description:
    'Lets in only requests with a user and the right password; the user is the consumer.',
  options: {
    users: {
      type: 'record',
      required: true,
      min: 1,
      secret: true,
      description: 'The password of each user.',
    },
    realm: { type: 'string', description: 'What is protected; browsers show it.' },
    groups: {
      type: 'record',
      description: 'The groups of each user, with commas between them.',
    },
    hideCredentials: {
      type: 'boolean',
      default: true,
      description: 'Whether user and password are kept from the upstream.',
    },
  },
  create({ users, realm, groups, hideCredentials }) {
    const book = new ConsumerBook({ plugin: 'basic-auth', names: Object.keys(users), groups });
    const middleware = basicAuthMiddleware({ users, ...(realm !== undefined && { realm }) });
    return guarding(middleware, {
      priority: BANDS.auth + 10,
      passed(ctx) {
        ctx.consumer = book.of((ctx as unknown as BasicUser).user);
        if (hideCredentials) ctx.headers.delete('Authorization');
      },
    });
  },
});
