/** Changes requests on their way to the upstream: headers, the query, fields of a JSON body. */
import { BANDS } from '../definition/bands.ts';
import type { GatewayContext } from '../context.ts';
import { HeaderEdits } from '../edits/header-edits.ts';
import { heldBody } from '../edits/held-body.ts';
import { JsonEdits } from '../edits/json-edits.ts';
import { definePlugin, type PluginDefinition } from '../definition/plugin.ts';
import { QueryEdits } from '../edits/query-edits.ts';

const JSON_TYPE = /^[\w.+-]+\/(?:[\w.+-]+\+)?json[ \t]*(?:;|$)/i;

/** The plugin `request-transform`. */
export const requestTransform: PluginDefinition = definePlugin({
  name: 'request-transform',
  description:
    'Changes headers, the query and fields of a JSON body before the upstream sees them.',
  options: {
    removeHeaders: { type: 'string[]', description: 'Headers that are taken out.' },
    renameHeaders: { type: 'record', description: 'New names of headers by the old ones.' },
    setHeaders: { type: 'record', description: 'Headers in the place of those of their names.' },
    addHeaders: { type: 'record', description: 'Headers beside those of their names.' },
    fillHeaders: { type: 'record', description: 'Headers where there are none of their names.' },
    removeQuery: { type: 'string[]', description: 'Parameters that are taken out.' },
    setQuery: { type: 'record', description: 'Parameters in the place of those of their names.' },
    addQuery: { type: 'record', description: 'Parameters beside those of their names.' },
    removeBody: {
      type: 'string[]',
      description: 'Fields of a JSON body that are taken out; a.b for one inside another.',
    },
    setBody: { type: 'json', description: 'Fields of a JSON body, with their values.' },
    maxBodyBytes: {
      type: 'number',
      default: 1024 * 1024,
      min: 0,
      description: 'How large a JSON body may be that is changed; a larger one is a 413.',
    },
  },
  create({ maxBodyBytes, ...options }) {
    const headers = new HeaderEdits('request-transform', {
      remove: options.removeHeaders,
      rename: options.renameHeaders,
      set: options.setHeaders,
      add: options.addHeaders,
      fill: options.fillHeaders,
    });
    const query = new QueryEdits({
      remove: options.removeQuery,
      set: options.setQuery,
      add: options.addQuery,
    });
    const fields = new JsonEdits('request-transform.setBody', {
      remove: options.removeBody,
      set: options.setBody,
    });
    return {
      access: {
        priority: BANDS.transform + 20,
        handle(ctx) {
          headers.apply(ctx.headers);
          if (!query.isEmpty) search(ctx, query.apply(ctx.search));
          if (fields.isEmpty || !ctx.requestBody) return;
          if (!JSON_TYPE.test(ctx.headers.get('content-type') ?? '')) return;
          return ctx.body.json({ maxBytes: maxBodyBytes }).then((value) => {
            const bytes = new TextEncoder().encode(JSON.stringify(fields.apply(value)));
            ctx.requestBody = heldBody(bytes);
            ctx.headers.set('Content-Length', bytes.length);
          });
        },
      },
    };
  },
});

/** Puts another query in place, also for those who have read the one before. */
function search(ctx: GatewayContext, changed: string): void {
  const { query } = ctx;
  (ctx as { search: string }).search = changed;
  for (const name of new Set(query.keys())) query.delete(name);
  for (const [name, value] of new URLSearchParams(changed)) query.append(name, value);
}
