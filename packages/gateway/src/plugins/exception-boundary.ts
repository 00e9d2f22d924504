/** Says how refusals and failures are shown to clients; without it they are shown all the same, in the plainest way. */
import type { Problem } from '@interpose/http';
import { BANDS } from '../definition/bands.ts';
import type { GatewayRequest } from '../context.ts';
import { definePlugin, type PluginDefinition } from '../definition/plugin.ts';

/** The plugin `exception-boundary`: first of all, so that it holds for everything after it. */
export const exceptionBoundary: PluginDefinition = definePlugin({
  name: 'exception-boundary',
  description: 'Turns whatever is thrown into a problem document with a code and the request id.',
  options: {
    typeBase: {
      type: 'string',
      description:
        'Address of your error pages; with the code behind it, it is the type of each problem.',
    },
    formats: {
      type: 'string',
      choices: ['negotiated', 'json'],
      default: 'negotiated',
      description: 'Whether clients that prefer HTML or plain text get it.',
    },
    form: {
      type: 'string',
      choices: ['problem', 'plain'],
      default: 'problem',
      description: 'A problem document, or JSON with status, error, message and request_id alone.',
    },
    showMessages: {
      type: 'boolean',
      default: false,
      description: 'Shows clients the messages of unexpected errors; for development only.',
    },
  },
  create: ({ typeBase, formats, form, showMessages }) => {
    const problems = {
      showMessages,
      ...(typeBase !== undefined && { typeBase }),
      ...((formats === 'json' || form === 'plain') && { formats: 'json' as const }),
    };
    return {
      access: {
        priority: BANDS.boundary,
        handle(ctx) {
          ctx.problems = problems;
        },
      },
      ...(form === 'plain' && {
        headerFilter: {
          priority: BANDS.boundary,
          handle: (ctx) => (ctx as GatewayRequest).finish(showPlainly),
        },
      }),
    };
  },
});

/** The same account in fewer words, unless somebody has put something else in its place. */
function showPlainly({ failure, response, requestId }: GatewayRequest): void {
  const { body, headers } = response;
  if (!failure || !headers.get('content-type')?.startsWith('application/problem+json')) return;
  const text = body instanceof Uint8Array ? new TextDecoder().decode(body) : body;
  if (typeof text !== 'string') return;
  const { status, title, detail = title } = JSON.parse(text) as Problem;
  headers.set('Content-Type', 'application/json');
  headers.delete('Content-Length');
  response.body = JSON.stringify({ status, error: title, message: detail, request_id: requestId });
}
