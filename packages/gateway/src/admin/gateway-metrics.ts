/** The metrics of a gateway, as families of figures. */
import type { Clock } from '@interpose/kernel';
import { type RequestCounts, STATUS_CLASSES } from '../statistics/request-counts.ts';
import type { AdminTarget } from './admin-target.ts';
import type { DictionaryShown } from './dictionary-routes.ts';
import type { MetricFamily, Sample } from './metrics-text.ts';
import type { MirrorStats } from '../streams/mirror.ts';
import type { TargetStatus } from '../upstream/upstream-status.ts';
import { isOpen, isWell, type UpstreamShown } from './upstream-status.ts';

/** What is shown besides what the gateway has counted. */
export interface MetricFacts {
  readonly clock: Clock;
  readonly startedAtMs: number;
  readonly memoryBytes: number;
  readonly dictionaries: readonly DictionaryShown[];
  readonly upstreams: readonly UpstreamShown[];
}

type Counted = readonly (readonly [string, RequestCounts])[];

/** All families, in the order in which they are shown. */
export function gatewayMetrics(gateway: AdminTarget, facts: MetricFacts): MetricFamily[] {
  const { statistics, registry } = gateway;
  const routes: Counted = [...statistics.routes];
  const plugins = new Map<string, boolean>();
  for (const { name, state } of registry.getRegistry()) {
    plugins.set(name, (plugins.get(name) ?? false) || state === 'active');
  }
  return [
    ...requestFamilies(routes),
    gauge('active_requests', 'Requests that have begun and not ended.', [
      { value: statistics.active },
    ]),
    counter('reloads', 'Configs that were put in the place of others.', [
      { value: statistics.reloads },
    ]),
    gauge('ready', '1 while it takes requests, 0 before that and while it drains.', [
      { value: Number(gateway.state === 'ready') },
    ]),
    gauge('start_time_seconds', 'When it was started, in seconds since 1970.', [
      { value: facts.startedAtMs / 1000 },
    ]),
    gauge('memory_bytes', 'Memory of the process.', [{ value: facts.memoryBytes }]),
    gauge(
      'plugin_active',
      '1 while the plugin is on in any phase.',
      [...plugins].map(([plugin, isOn]) => ({ labels: { plugin }, value: Number(isOn) })),
    ),
    ...dictionaryFamilies(facts.dictionaries),
    ...upstreamFamilies(facts.upstreams),
    ...mirrorFamilies([...gateway.mirrors]),
  ];
}

function requestFamilies(routes: Counted): MetricFamily[] {
  const each = (figure: (counts: RequestCounts) => number): Sample[] =>
    routes.map(([route, counts]) => ({ labels: { route }, value: figure(counts) }));
  return [
    counter(
      'requests',
      'Requests that have ended, by route and class of status.',
      routes.flatMap(([route, { statuses }]) =>
        STATUS_CLASSES.map((status, at) => ({
          labels: { route, status },
          value: statuses[at] as number,
        })),
      ),
    ),
    counter(
      'errors',
      'Requests that failed on this side: a status of 500 and more, or a cut answer.',
      each(({ errors }) => errors),
    ),
    counter(
      'response_bytes',
      'Bytes of bodies that were sent.',
      each(({ bytes }) => bytes),
    ),
    {
      name: named('request_duration_seconds'),
      kind: 'histogram',
      description: 'From the head of the request to the last byte of the answer.',
      samples: routes.flatMap(histogram),
    },
  ];
}

function histogram([route, { durationsMs }]: Counted[number]): Sample[] {
  const { bounds, counts, sum, count } = durationsMs;
  let below = 0;
  const buckets = Array.from(counts, (own, at): Sample => {
    below += own;
    const le = at < bounds.length ? String((bounds[at] as number) / 1000) : '+Inf';
    return { part: 'bucket', labels: { route, le }, value: below };
  });
  return [
    ...buckets,
    { part: 'sum', labels: { route }, value: sum / 1000 },
    { part: 'count', labels: { route }, value: count },
  ];
}

function dictionaryFamilies(dictionaries: readonly DictionaryShown[]): MetricFamily[] {
  const each = (figure: (one: DictionaryShown) => number): Sample[] =>
    dictionaries.map((one) => ({ labels: { dictionary: one.name }, value: figure(one) }));
  return [
    gauge(
      'dictionary_capacity_bytes',
      'How much it may hold.',
      each((one) => one.capacityBytes),
    ),
    gauge(
      'dictionary_free_bytes',
      'How much of that is free.',
      each((one) => one.freeBytes),
    ),
    gauge(
      'dictionary_entries',
      'How many entries it has.',
      each((one) => one.entries),
    ),
  ];
}

function upstreamFamilies(upstreams: readonly UpstreamShown[]): MetricFamily[] {
  const each = (figure: (target: TargetStatus) => number): Sample[] =>
    upstreams.flatMap(({ name: upstream, targets }) =>
      targets.map((target) => ({
        labels: { upstream, target: target.name },
        value: figure(target),
      })),
    );
  return [
    gauge(
      'upstream_target_up',
      '1 while it is well and in use.',
      each((one) => Number(isWell(one))),
    ),
    gauge(
      'upstream_target_active_requests',
      'Requests that it works on.',
      each((one) => one.inFlight),
    ),
    counter(
      'upstream_target_requests',
      'Requests that it was sent.',
      each((one) => one.requests),
    ),
    counter(
      'upstream_target_failures',
      'Those of them that failed or got a status of 500 and more.',
      each((one) => one.failures),
    ),
    gauge(
      'upstream_breaker_open',
      '1 while the breaker lets nothing pass.',
      upstreams
        .filter(({ breaker }) => breaker !== null)
        .map((one) => ({ labels: { upstream: one.name }, value: Number(isOpen(one)) })),
    ),
  ];
}

function mirrorFamilies(mirrors: readonly (readonly [string, MirrorStats])[]): MetricFamily[] {
  const each = (figure: (stats: MirrorStats) => number): Sample[] =>
    mirrors.map(([route, stats]) => ({ labels: { route }, value: figure(stats) }));
  return [
    counter(
      'mirror_copied',
      'Copies of requests that were sent.',
      each(({ copied }) => copied),
    ),
    counter(
      'mirror_failed',
      'Those of them that failed.',
      each(({ failed }) => failed),
    ),
    counter(
      'mirror_skipped',
      'Copies that were not sent.',
      each(({ skipped }) => skipped),
    ),
  ];
}

const named = (name: string): string => `interpose_gateway_${name}`;

function gauge(name: string, description: string, samples: readonly Sample[]): MetricFamily {
  return { name: named(name), kind: 'gauge', description, samples };
}

function counter(name: string, description: string, samples: readonly Sample[]): MetricFamily {
  return { name: named(name), kind: 'counter', description, samples };
}
