/** Lets clients that can only POST say which method they mean. */
import { HttpError, HttpResponse, type RequestContext } from '@interpose/http';
import { methodOverride as methodOverrideMiddleware } from '@interpose/http/middleware/method-override';
import { BANDS } from '../definition/bands.ts';
import type { GatewayContext } from '../context.ts';
import { definePlugin, type PluginDefinition } from '../definition/plugin.ts';

/** The plugin `method-override`. */
export const methodOverride: PluginDefinition = definePlugin({
  name: 'method-override',
  description: 'Takes a POST for the method that it means, if that is one of the route, too.',
  options: {
    methods: {
      type: 'string[]',
      description: 'Methods that may be meant; PUT, PATCH and DELETE if not said.',
    },
    header: { type: 'string', description: 'The header that says it.' },
    query: { type: 'string', description: 'A parameter of the query that says it, for forms.' },
  },
  create(options) {
    const over = new HttpResponse();
    const override = methodOverrideMiddleware({ run: (ctx) => checked(ctx) ?? over }, options);
    return {
      access: {
        priority: BANDS.form + 5,
        handle: (ctx) => override(ctx, (() => over) as never) === over,
      },
    };
  },
});

/** The route was found for a POST; what it does not have for itself must not be had through it. */
function checked(ctx: RequestContext): undefined {
  const { route, method } = ctx as unknown as GatewayContext;
  const methods = route?.methods;
  if (!methods?.length || methods.includes(method)) return undefined;
  throw new HttpError(405, `${method} is not one of the methods of this path`, {
    headers: { Allow: methods.join(', ') },
  });
}
