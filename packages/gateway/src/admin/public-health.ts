/** healthOf: a path at which everybody can ask the gateway itself whether it takes requests. */
import type { Clock } from '@interpose/kernel';
import { checkNames, unexpected } from '@interpose/kernel/options';
import { normalPath } from '@interpose/http';
import type { GatewayRequest } from '../context.ts';
import type { PublicHealth } from './admin-config.ts';
import { HEALTH_ROUTE } from '../statistics/statistics.ts';
import { HEALTH_VERSION, healthReport, type HealthSource } from './health-report.ts';

/** Answers requests for the health. */
export type AnswerHealth = (ctx: GatewayRequest) => void;

const PATH = '/health';

/** True for a path that can be asked for: one that is written as it would be read. */
export function isHealthPath(path: string): boolean {
  return normalPath(path) === path && !/[?#*:{]/.test(path);
}

/** @throws TypeError for what is none */
export function checkHealth(health: PublicHealth): void {
  checkNames('health', health, ['path', 'version']);
  const { path = PATH, version = '' } = health;
  const isPath = typeof path === 'string' && isHealthPath(path);
  if (!isPath) throw unexpected('health.path', 'a path in normal form, such as /health', path);
  if (typeof version !== 'string') throw unexpected('health.version', 'a text', version);
}

/**
 * What answers a request for the health, or nothing if it asks for something else. It is answered before any route is looked for, and
 * nobody has to be let in: those who ask are load balancers, which have no key.
 */
export function healthOf(
  { path = PATH, version = HEALTH_VERSION }: PublicHealth,
  gateway: Pick<HealthSource, 'state' | 'statistics'>,
  clock: Clock,
): (ctx: GatewayRequest) => AnswerHealth | undefined {
  const route = { name: HEALTH_ROUTE, path, plugins: [] };
  const answer: AnswerHealth = (ctx) => {
    ctx.route = route;
    const report = healthReport(gateway, { clock, version, startedAtMs: ctx.startedAtMs });
    ctx.answer(gateway.state === 'ready' ? 200 : 503, report);
    ctx.response.headers.set('Cache-Control', 'no-store');
  };
  return (ctx) =>
    ctx.path === path && (ctx.method === 'GET' || ctx.method === 'HEAD') ? answer : undefined;
}
