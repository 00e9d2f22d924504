/** Snapshot: what a config has become. Nothing in it changes; another config makes another, which takes over what has stayed the same. */
import { RouteTable } from '@interpose/http';
import { checkAdmin } from './admin/admin-options.ts';
import { checkHealth } from './admin/public-health.ts';
import type { Resolver } from '@interpose/wire';
import { configFaults, Faults } from './config-faults.ts';
import { ClientTrust } from './addresses/client-trust.ts';
import { type ConfiguredPlugin, configuredPlugins } from './registry/configured-plugins.ts';
import { StartFailedError } from './errors.ts';
import type { GatewayConfig, RouteConfig } from './gateway-config.ts';
import type { PluginDefinition, PluginServices } from './definition/plugin.ts';
import {
  answerNotFound,
  type ContentMiddleware,
  planRoute,
  type PlanSource,
  type RoutePlan,
} from './route-plan.ts';
import { checkRoute } from './routing/check-route.ts';
import { routeTable } from './routing/match-routes.ts';
import { answerOf, type RouteHandlers } from './routing/route-answer.ts';
import { type Mirror, mirroredUpstreams } from './streams/mirror.ts';
import { mirrorsOf } from './streams/mirrors.ts';
import { checkSystem } from './statistics/housekeeping.ts';
import { createUpstream, type Upstream } from './upstream/upstream.ts';

/** What code adds to whatever a config says. */
export interface AroundContent {
  /** Middleware around the content phase of every route, outermost first. */
  readonly onion?: readonly ContentMiddleware[];
  /** Middleware around the content phase of single routes, by the name of the route; inside of `onion`. */
  readonly routes?: Readonly<Record<string, { readonly onion?: readonly ContentMiddleware[] }>>;
  /** What answers the routes of the config that name a `handler`, by that name. */
  readonly handlers?: RouteHandlers;
  /** Finds the addresses of upstreams. @default what the system knows */
  readonly resolver?: Resolver;
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
  /** Which proxies are believed; nothing if none are. */
  readonly trust: ClientTrust | undefined;
  /** What sends copies of requests, by the names of the routes. */
  readonly mirrors: ReadonlyMap<string, Mirror>;
  readonly services: PluginServices;
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
    const made = faults.try(() =>
      createUpstream(name, upstream, { services, resolver: around.resolver, earlier }),
    );
    if (made) upstreams.set(name, made);
  }
  for (const fault of configFaults(config, around)) faults.add(fault);
  const parts = { handlers: around.handlers, clock: services.clock };
  for (const route of config.routes) faults.try(() => checkRoute(route, parts));
  for (const check of sectionChecks(config)) faults.try(check);
  const earlier = before?.plugins ?? [];
  const plugins = configuredPlugins(config, { definitions, services, faults, before: earlier });
  faults.try(() => routeTable(config.routes));
  const mirrors = mirrorsOf(config.routes, {
    upstreams,
    services,
    before: before?.mirrors,
    attempt: (make) => faults.try(make),
  });
  const { trustedProxies } = config;
  const trust = trustedProxies && faults.try(() => new ClientTrust(trustedProxies));
  const snapshot = { config, upstreams, plugins, trust, mirrors, services };
  if (faults.errors.length) {
    for (const upstream of newUpstreams(snapshot, before)) upstream.close();
    throw new StartFailedError(faults.errors);
  }
  return snapshot;
}

/** What looks at the sections of a config that are no routes; a config that was made in code has met no reader. */
function sectionChecks({ admin, health, system }: GatewayConfig): readonly (() => void)[] {
  return [
    () => admin && checkAdmin(admin),
    () => health && checkHealth(health),
    () => system && checkSystem(system),
  ];
}

/** The upstreams of a snapshot that another one does not have. */
export function newUpstreams(snapshot: Snapshot, other: Snapshot | undefined): readonly Upstream[] {
  const kept = new Set(other?.upstreams.values());
  return [...snapshot.upstreams.values()].filter((upstream) => !kept.has(upstream));
}

/** Leads each route through the plugins of the registry to its upstream. */
export function makePlans(
  { config, upstreams, mirrors, services: { clock, random } }: Snapshot,
  registry: PlanSource,
  around: AroundContent,
): Plans {
  const { handlers } = around;
  const plan = (route: RouteConfig | undefined): RoutePlan =>
    planRoute(route, {
      registry,
      onion: onionOf(route, around, registry),
      answer: route
        ? answerOf(route, {
            upstreams: mirroredUpstreams(upstreams, mirrors.get(route.name)),
            handlers,
            random,
          })
        : answerNotFound,
      clock,
    });
  return {
    version: registry.version,
    table: new RouteTable(config.routes.map(plan)),
    otherwise: plan(undefined),
  };
}

/** What stands around the content phase of a route: what code says, and inside of that what plugins do. */
export function onionOf(
  route: RouteConfig | undefined,
  { onion = [], routes = {} }: AroundContent,
  registry: PlanSource,
): readonly ContentMiddleware[] {
  const own = (route && routes[route.name]?.onion) ?? [];
  return [...onion, ...own, ...registry.arounds(route)];
}
