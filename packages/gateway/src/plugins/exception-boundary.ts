/** Says how refusals and failures are shown to clients; without it they are shown all the same, in the plainest way. */
import { definePlugin, type PluginDefinition } from '../plugin.ts';

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
    showMessages: {
      type: 'boolean',
      default: false,
      description: 'Shows clients the messages of unexpected errors; for development only.',
    },
  },
  create: ({ typeBase, formats, showMessages }) => {
    const problems = {
      showMessages,
      ...(typeBase !== undefined && { typeBase }),
      ...(formats === 'json' && { formats: 'json' as const }),
    };
    return {
      access: {
        priority: 0,
        handle(ctx) {
          ctx.problems = problems;
        },
      },
    };
  },
});
