/** Health and metrics over the admin API. */
import type { App, HttpContext } from '@interpose/http';
import type { Clock } from '@interpose/kernel';
import type { Logger } from '../logger.ts';
import { messageOf } from '../errors.ts';
import type { AdminTarget } from './admin-target.ts';
import { described, LIST, OBJECT, record, TEXT } from './answer-schemas.ts';
import { dictionariesShown } from './dictionary-routes.ts';
import { gatewayMetrics } from './gateway-metrics.ts';
import { HEALTH_VERSION, healthDetails, type HealthFacts, healthReport } from './health-report.ts';
import { METRICS_TYPES, metricsText } from './metrics-text.ts';
import { processMemory } from './process-memory.ts';
import { upstreamsShown } from './upstream-status.ts';

/** What is needed besides the gateway. */
export interface HealthParts {
  readonly clock: Clock;
  readonly logger: Logger;
}

const TAGS = ['health'] as const;
const REPORT = {
  status: TEXT,
  timestamp: TEXT,
  version: TEXT,
  system: OBJECT,
  performance: OBJECT,
};

/** Adds the route that everybody may ask. */
export function addHealthRoute(app: App, gateway: AdminTarget, parts: HealthParts): void {
  app.get(
    '/health',
    {
      tags: TAGS,
      summary: 'Whether the gateway takes requests',
      security: [],
      responses: { 200: record(REPORT), 503: { description: 'It takes none' } },
    },
    (ctx) => {
      if (gateway.state !== 'ready') ctx.response.status = 503;
      ctx.response.headers.set('Cache-Control', 'no-store');
      return healthReport(gateway, factsOf(gateway, parts));
    },
  );
}

/** Adds those that need the token. */
export function addDetailRoutes(app: App, gateway: AdminTarget, parts: HealthParts): void {
  app.get(
    '/health/details',
    {
      tags: TAGS,
      summary: 'Health with workers, dictionaries and upstreams',
      description: 'Of dictionaries only their sizes.',
      responses: {
        200: record({ ...REPORT, workers: LIST, dictionaries: LIST, upstreams: LIST }),
        500: record({ status: TEXT, error: TEXT }),
      },
    },
    async ({ response }) => {
      response.headers.set('Cache-Control', 'no-store');
      try {
        return await healthDetails(gateway, factsOf(gateway, parts));
      } catch (error) {
        parts.logger.error({ message: `The health could not be told: ${messageOf(error)}` });
        response.status = 500;
        return { status: 'error', error: messageOf(error) };
      }
    },
  );
  const startedAtMs = parts.clock.wall();
  app.get(
    '/metrics',
    {
      tags: ['metrics'],
      summary: 'The metrics, as Prometheus and OpenMetrics read them',
      responses: {
        200: {
          schema: described(TEXT),
          contentType: 'text/plain',
          description: 'Prometheus 0.0.4',
        },
      },
    },
    async (ctx) => {
      const families = gatewayMetrics(gateway, {
        clock: parts.clock,
        startedAtMs,
        memoryBytes: processMemory().rss,
        dictionaries: await dictionariesShown(gateway.dictionaries),
        upstreams: upstreamsShown(gateway.upstreams),
      });
      const form = wantsOpenMetrics(ctx as unknown as HttpContext) ? 'openmetrics' : 'prometheus';
      const { headers } = ctx.response;
      headers.set('Content-Type', METRICS_TYPES[form]);
      headers.set('Cache-Control', 'no-store');
      headers.append('Vary', 'Accept');
      return metricsText(families, form);
    },
  );
}

/** Prometheus lists it first if it can read it; whoever does not name it would not know what to do with it. */
function wantsOpenMetrics({ headers }: HttpContext): boolean {
  return /application\/openmetrics-text/i.test(headers.get('accept') ?? '');
}

function factsOf({ config }: AdminTarget, { clock }: HealthParts): HealthFacts {
  const { version = HEALTH_VERSION } = config.health ?? {};
  return { clock, version, startedAtMs: clock.now() };
}
