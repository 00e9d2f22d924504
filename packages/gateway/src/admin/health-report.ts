/** What a gateway says of its health: a little to everybody, more to those who may ask. */
import type { Clock } from '@interpose/kernel';
import { workersSeen, type WorkerSeen } from '../statistics/worker-heartbeat.ts';
import type { AdminTarget } from './admin-target.ts';
import { dictionariesShown, type DictionaryShown } from './dictionary-routes.ts';
import { processMemory, type ProcessMemory } from './process-memory.ts';
import { type UpstreamShown, upstreamsShown } from './upstream-status.ts';

/** What everybody may know. */
export interface HealthReport {
  /** `healthy`, or why it takes no requests. */
  readonly status: string;
  /** ISO 8601. */
  readonly timestamp: string;
  readonly version: string;
  readonly system: {
    readonly memory: ProcessMemory;
    /** Requests that are under way. */
    readonly connections: number;
  };
  readonly performance: {
    /** Seconds that this request has taken so far. */
    readonly request_time: number;
  };
}

/** The rest. */
export interface HealthDetails extends HealthReport {
  readonly workers: readonly WorkerSeen[];
  readonly dictionaries: readonly DictionaryShown[];
  readonly upstreams: readonly Pick<UpstreamShown, 'name' | 'status'>[];
}

/** Of whose health is told. */
export type HealthSource = Pick<AdminTarget, 'state' | 'statistics' | 'dictionaries' | 'upstreams'>;

/** What it is told with. */
export interface HealthFacts {
  readonly clock: Clock;
  readonly version: string;
  /** `clock.now()` when the request came. */
  readonly startedAtMs: number;
}

/** The version that is told if nobody says another. */
export const HEALTH_VERSION = '1.0.0';

/** What everybody may know. */
export function healthReport(
  { state, statistics }: Pick<HealthSource, 'state' | 'statistics'>,
  { clock, version, startedAtMs }: HealthFacts,
): HealthReport {
  return {
    status: state === 'ready' ? 'healthy' : state,
    timestamp: new Date(clock.wall()).toISOString(),
    version,
    system: { memory: processMemory(), connections: statistics.active },
    performance: { request_time: Math.round(clock.now() - startedAtMs) / 1000 },
  };
}

/** All of it. @throws what a dictionary throws */
export async function healthDetails(
  gateway: HealthSource,
  facts: HealthFacts,
): Promise<HealthDetails> {
  const upstreams = upstreamsShown(gateway.upstreams);
  return {
    ...healthReport(gateway, facts),
    workers: await workersSeen(gateway.dictionaries.stats),
    dictionaries: await dictionariesShown(gateway.dictionaries),
    upstreams: upstreams.map(({ name, status }) => ({ name, status })),
  };
}
