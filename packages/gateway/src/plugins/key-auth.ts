/** Lets in who has an API key, and says who that is. */
import { HttpError } from '@interpose/http';
import { outOfRange } from '@interpose/kernel/options';
import { hash } from 'node:crypto';
import { BANDS } from '../definition/bands.ts';
import { ConsumerBook } from '../consumer-book.ts';
import { definePlugin, type PluginDefinition } from '../definition/plugin.ts';

/** How a key is written that is already a digest. */
const DIGEST = /^sha256:([0-9a-f]{64})$/i;

/** The plugin `key-auth`. */
export const keyAuth: PluginDefinition = definePlugin({
  name: 'key-auth',
  description: 'Lets in only requests with an API key, and tells the others plugins whose it is.',
  options: {
    keys: {
      type: 'record',
      required: true,
      min: 1,
      secret: true,
      description:
        'The key of each consumer, as it is or as sha256: and the hexadecimal digest of it.',
    },
    header: {
      type: 'string',
      default: 'X-API-Key',
      description: 'The header that has the key.',
    },
    groups: {
      type: 'record',
      description: 'The groups of each consumer, with commas between them.',
    },
    hideKey: {
      type: 'boolean',
      default: true,
      description: 'Whether the key is kept from the upstream.',
    },
  },
  create({ keys, header, groups, hideKey }) {
    const book = new ConsumerBook({ plugin: 'key-auth', names: Object.keys(keys), groups });
    // Found by its digest, of which nobody can choose a part: the time it takes says nothing of other keys, and is the same for any number.
    const consumers = new Map(
      Object.entries(keys).map(([name, key]) => [digestOf(name, key), book.of(name)]),
    );
    return {
      access: {
        priority: BANDS.auth,
        handle(ctx) {
          const key = ctx.headers.get(header);
          if (!key) {
            throw refusal(
              'API_KEY_MISSING',
              `This needs an API key in the header ${header}`,
              header,
            );
          }
          const found = consumers.get(sha256(key));
          if (!found) throw refusal('API_KEY_INVALID', 'The API key is not valid', header);
          ctx.consumer = found;
          if (hideKey) ctx.headers.delete(header);
        },
      },
    };
  },
});

const sha256 = (text: string): string => hash('sha256', text, 'hex');

function digestOf(name: string, key: string): string {
  if (key.trim() === '') throw outOfRange(`key-auth.keys.${name}`, 'a key that is not empty', '');
  const hex = DIGEST.exec(key)?.[1];
  return hex === undefined ? sha256(key) : hex.toLowerCase();
}

function refusal(code: string, detail: string, header: string): HttpError {
  return new HttpError(401, detail, {
    code,
    headers: { 'WWW-Authenticate': `ApiKey header="${header}"` },
  });
}
