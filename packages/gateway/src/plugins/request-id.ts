/** Gives every request an id: taken over if it is harmless, sent back, sent on, and logged. */
import { BANDS } from '../bands.ts';
import { definePlugin, type PluginDefinition } from '../plugin.ts';

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
  },
  create: ({ header, acceptInbound }, { newId }) => ({
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
    log: {
      priority: PRIORITY,
      handle(ctx) {
        ctx.logger.info({
          message: `Request completed: ${ctx.requestId}`,
          requestId: ctx.requestId,
        });
        return true;
      },
    },
  }),
});
