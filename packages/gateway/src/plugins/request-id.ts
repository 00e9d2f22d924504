/** Gives every request an id: taken over if it is harmless, sent back, sent on, and logged. */
import { BANDS } from '../definition/bands.ts';
import type { GatewayContext } from '../context.ts';
import { definePlugin, type PluginDefinition } from '../definition/plugin.ts';

/** Long enough to be an id, short enough to be logged, and nothing that could mean something to a log or a shell. */
const SAFE = /^[A-Za-z0-9._=-]{8,128}$/;
const PRIORITY = BANDS.trace;

/** The plugin `request-id`. */
export const requestId: PluginDefinition = definePlugin({
  name: 'request-id',
  description: 'Gives every request an id, and shows it to the client, the upstream and the log.',
  options: {
    header: {
      type: 'string',
      default: 'X-Request-ID',
      description: 'The header with the id, in and out.',
    },
    acceptInbound: {
      type: 'boolean',
      default: true,
      description: 'Whether an id that the client sends is kept, if it is of a safe form.',
    },
    log: {
      type: 'boolean',
      default: true,
      description: 'Whether the end of each request is logged with its id.',
    },
  },
  create: ({ header, acceptInbound, log }, { newId }) => ({
    access: {
      priority: PRIORITY,
      handle(ctx) {
        const sent = acceptInbound ? ctx.headers.get(header) : undefined;
        ctx.requestId = sent !== undefined && SAFE.test(sent) ? sent : newId();
        ctx.headers.set(header, ctx.requestId);
        return true;
      },
    },
    headerFilter: {
      priority: PRIORITY,
      handle(ctx) {
        ctx.response.headers.set(header, ctx.requestId);
        return true;
      },
    },
    ...(log && { log: { priority: PRIORITY, handle: logEnd } }),
  }),
});

function logEnd({ logger, requestId }: GatewayContext): boolean {
  logger.info({ message: `Request completed: ${requestId}`, requestId });
  return true;
}
