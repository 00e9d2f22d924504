/** Snapshot: what a config has become. Nothing in it changes; another config makes another, which takes over what has stayed the same. */
import { RouteTable } from '@interpose/http';
import { configFaults, Faults } from './config-faults.ts';
import { type ConfiguredPlugin, configuredPlugins } from './configured-plugins.ts';
import { contentKey } from './content-key.ts';
import { StartFailedError } from './errors.ts';
import type { GatewayConfig, RouteConfig } from './gateway-config.ts';
import type { PluginDefinition, PluginServices } from './plugin.ts';
import type { PluginRegistry } from './registry.ts';
import {
  answerNotFound,
  answerOf,
  type ContentMiddleware,
  planRoute,
  type RoutePlan,
} from './route-plan.ts';
import { createUpstream, type Upstream } from './upstream/upstream.ts';

/** What code adds to whatever a config says. */
export interface AroundContent {
  /** Middleware around the content phase of every route, outermost first. */
  readonly onion?: readonly ContentMiddleware[];
  /** Middleware around the content phase of single routes, by the name of the route; inside of `onion`. */
  readonly routes?: Readonly<Record<string, { readonly onion?: readonly ContentMiddleware[] }>>;
}

/** What a snapshot is made with. */
export interface SnapshotSource {
  readonly definitions: readonly PluginDefinition[];
  readonly services: PluginServices;
  readonly around: AroundContent;
  /** The snapshot before, whose upstreams and plugins live on where their words stay the same. */
  readonly before: Snapshot | undefined;
}

/** What a config has become. */
export interface Snapshot {
  readonly config: GatewayConfig;
  readonly upstreams: ReadonlyMap<string, Upstream>;
  readonly plugins: readonly ConfiguredPlugin[];
}

/** The ways of requests through a gateway, as its plugins stand. */
export interface Plans {
  /** That of the registry for which they are made. */
  readonly version: number;
  readonly table: RouteTable<RoutePlan>;
  readonly otherwise: RoutePlan;
}

/**
 * Makes of a config what can be used at once. Nothing that is in use is touched.
 *
 * @throws StartFailedError that lists everything in the config that does not fit
 */
export function makeSnapshot(config: GatewayConfig, source: SnapshotSource): Snapshot {
  const { definitions, services, around, before } = source;
  const faults = new Faults();
  const upstreams = new Map<string, Upstream>();
  for (const [name, upstream] of Object.entries(config.upstreams)) {
    const earlier = before?.upstreams.get(name);
    const stays = earlier && contentKey(earlier.config) === contentKey(upstream);
    const made = stays ? earlier : faults.try(() => createUpstream(name, upstream, services));
    if (made) upstreams.set(name, made);
  }
  for (const fault of configFaults(config, Object.keys(around.routes ?? {}))) faults.add(fault);
  const earlier = before?.plugins ?? [];
  const plugins = configuredPlugins(config, { definitions, services, faults, before: earlier });
  faults.try(() => new RouteTable(config.routes));
  const snapshot = { config, upstreams, plugins };
  if (faults.errors.length) {
    for (const upstream of newUpstreams(snapshot, before)) upstream.close();
    throw new StartFailedError(faults.errors);
  }
  return snapshot;
}

/** The upstreams of a snapshot that another one does not have. */
export function newUpstreams(snapshot: Snapshot, other: Snapshot | undefined): readonly Upstream[] {
  const kept = new Set(other?.upstreams.values());
  return [...snapshot.upstreams.values()].filter((upstream) => !kept.has(upstream));
}

/** Leads each route through the plugins of the registry to its upstream. */
export function makePlans(
  { config, upstreams }: Snapshot,
  registry: PluginRegistry,
  around: AroundContent,
): Plans {
  const plan = (route: RouteConfig | undefined): RoutePlan =>
    planRoute(route, {
      registry,
      onion: onionOf(route, around),
      answer: route ? answerOf(route, upstreams) : answerNotFound,
    });
  return {
    version: registry.version,
    table: new RouteTable(config.routes.map(plan)),
    otherwise: plan(undefined),
  };
}

/** What stands around the content phase of a route. */
export function onionOf(
  route: RouteConfig | undefined,
  { onion = [], routes = {} }: AroundContent,
): readonly ContentMiddleware[] {
  return [...onion, ...((route && routes[route.name]?.onion) ?? [])];
}
