/** Lets in who has an API key, and says who that is. */
import { HttpError } from '@interpose/http';
import { outOfRange } from '@interpose/kernel/options';
import { createHash, timingSafeEqual } from 'node:crypto';
import { BANDS } from '../bands.ts';
import { ConsumerBook } from '../consumer-book.ts';
import type { Consumer } from '../context.ts';
import { definePlugin, type PluginDefinition } from '../plugin.ts';

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
    const consumers = Object.entries(keys).map(([name, key]) => ({
      consumer: book.of(name),
      digest: digestOf(name, key),
    }));
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
          const digest = sha256(key);
          let found: Consumer | undefined;
          // Every key is compared, so that the time it takes says nothing of which one fits.
          for (const { consumer, digest: own } of consumers) {
            if (timingSafeEqual(own, digest)) found = consumer;
          }
          if (!found) throw refusal('API_KEY_INVALID', 'The API key is not valid', header);
          ctx.consumer = found;
          if (hideKey) ctx.headers.delete(header);
        },
      },
    };
  },
});

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

function digestOf(name: string, key: string): Buffer {
  if (key.trim() === '') throw outOfRange(`key-auth.keys.${name}`, 'a key that is not empty', '');
  const hex = DIGEST.exec(key)?.[1];
  return hex === undefined ? sha256(key) : Buffer.from(hex, 'hex');
}

function refusal(code: string, detail: string, header: string): HttpError {
  return new HttpError(401, detail, {
    code,
    headers: { 'WWW-Authenticate': `ApiKey header="${header}"` },
  });
}
