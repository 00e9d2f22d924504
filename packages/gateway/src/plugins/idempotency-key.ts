/** A request that is sent again under the same key is not sent on again, but answered as it was the first time. */
import { compose, type Middleware } from '@interpose/kernel';
import { memoryStore } from '@interpose/kernel/store';
import type { HttpContext, HttpResponse } from '@interpose/http';
import {
  idempotencyKey as idempotencyKeyMiddleware,
  type IdempotencyRecord,
} from '@interpose/http/middleware/idempotency-key';
import { BANDS } from '../definition/bands.ts';
import type { GatewayContext } from '../context.ts';
import { heldBody } from '../edits/held-body.ts';
import { mountMiddleware } from '../mounting/mount-middleware.ts';
import { definePlugin, type PluginDefinition } from '../definition/plugin.ts';

/** The plugin `idempotency-key`. */
export const idempotencyKey: PluginDefinition = definePlugin({
  name: 'idempotency-key',
  description: 'Sends a request on once for each key of a client, and gives its answer again.',
  options: {
    by: {
      type: 'string',
      choices: ['consumer', 'address', 'everyone'],
      default: 'consumer',
      description:
        'Whose keys are apart: those of each consumer and else each address, of each address, or of nobody.',
    },
    ttlMs: { type: 'number', min: 1, description: 'How long an answer is kept.' },
    lockMs: {
      type: 'number',
      min: 1,
      description: 'How long a request may run before its key is free again.',
    },
    concurrent: {
      type: 'string',
      choices: ['refuse', 'wait'],
      default: 'refuse',
      description: 'What the same request meets while the first one is running.',
    },
    methods: {
      type: 'string[]',
      description: 'Methods for which a key counts; POST and PATCH if not said.',
    },
    required: {
      type: 'boolean',
      default: false,
      description: 'Whether such a request must have a key.',
    },
    maxAnswerBytes: { type: 'number', min: 0, description: 'How large an answer is kept.' },
    header: { type: 'string', description: 'The header that has the key.' },
  },
  create({ by, ...options }, { clock }) {
    const scope = (ctx: HttpContext): string => {
      const { consumer, clientAddress } = ctx as GatewayContext;
      if (by === 'everyone') return '';
      return by === 'consumer' && consumer
        ? `consumer:${consumer.name}`
        : `address:${clientAddress}`;
    };
    const store = memoryStore<IdempotencyRecord>({ clock });
    const once = idempotencyKeyMiddleware({ ...options, scope, store });
    return mountMiddleware(compose(once, giveBodyBack), {
      spans: 'content',
      priority: BANDS.cache + 5,
    });
  },
});

/** The body has been read to compare it, and the upstream wants it as well. */
const giveBodyBack: Middleware<GatewayContext, HttpResponse> = (ctx, next) => {
  if (!ctx.requestBody?.isRead) return next(ctx);
  return ctx.body.bytes().then((bytes) => {
    ctx.requestBody = heldBody(bytes);
    return next(ctx);
  });
};
