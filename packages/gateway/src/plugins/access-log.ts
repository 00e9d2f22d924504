/** Writes one line a request, whatever became of it. */
import { isSecret, REDACTED } from '@interpose/kernel/redact';
import { definePlugin, type PluginDefinition } from '../plugin.ts';

/** Parameters of signed addresses and of sign-ins, which their names do not tell. */
const TELLING = /^(?:sig|code)$/i;

/** The plugin `access-log`. */
export const accessLog: PluginDefinition = definePlugin({
  name: 'access-log',
  description:
    'Writes one line of JSON for every request, also for those that were refused or left.',
  options: {
    query: {
      type: 'boolean',
      default: false,
      description: 'Whether the query is written; values that look secret never are.',
    },
    headers: {
      type: 'string[]',
      default: [],
      description: 'Request headers that are written; values that look secret never are.',
    },
  },
  create: ({ query, headers }) => ({
    log: {
      priority: 900,
      handle(ctx) {
        const { outcome, route, consumer } = ctx;
        ctx.logger.info({
          event: 'access',
          method: ctx.method,
          path: ctx.path,
          ...(query && ctx.search && { query: redactedQuery(ctx.query) }),
          status: outcome?.status,
          ms: Math.round((outcome?.durationMs ?? 0) * 1000) / 1000,
          bytes: outcome?.bytes,
          requestId: ctx.requestId,
          route: route?.name ?? null,
          clientAddress: ctx.clientAddress,
          ...(consumer && { consumer: consumer.name }),
          ...(headers.length && {
            headers: Object.fromEntries(
              headers.map((name) => [name.toLowerCase(), redacted(name, ctx.headers.get(name))]),
            ),
          }),
        });
      },
    },
  }),
});

function redacted(name: string, value: string | undefined): string | null {
  if (value === undefined) return null;
  return isSecret(name) || TELLING.test(name) ? REDACTED : value;
}

function redactedQuery(query: URLSearchParams): string {
  const shown = [...query].map(([name, value]): [string, string] => [
    name,
    redacted(name, value) ?? '',
  ]);
  return new URLSearchParams(shown).toString();
}
