/** Records one event for every request, whatever happens to it. */
import { httpEvents as httpEventsMiddleware } from '@interpose/http/middleware/http-events';
import { BANDS } from '../definition/bands.ts';
import { mountMiddleware } from '../mounting/mount-middleware.ts';
import { definePlugin, type PluginDefinition } from '../definition/plugin.ts';

/** The plugin `http-events`. */
export const httpEvents: PluginDefinition = definePlugin({
  name: 'http-events',
  description:
    'Records who asked for what and how it was answered; in code, ctx.state.httpEvents has the log.',
  options: {
    name: { type: 'string', description: 'The name of the application in events.' },
    maxRequestsLogged: { type: 'number', min: 1, description: 'How many events are kept.' },
    maxBytes: { type: 'number', min: 1, description: 'About how much memory the events may take.' },
    cleanData: { type: 'boolean', default: true, description: 'Whether secrets are replaced.' },
    secretNames: {
      type: 'string[]',
      description: 'More names of headers and parameters that are secret.',
    },
    header: { type: 'string', description: 'The header that carries the id.' },
  },
  create: (options, { clock }) =>
    mountMiddleware(httpEventsMiddleware({ ...options, clock }), { priority: BANDS.trace + 3 }),
});
