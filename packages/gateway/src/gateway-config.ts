/** The whole document of a gateway, as the config reader hands it over: checked, with nothing left to guess. */
import type { AdminConfig, PublicHealth } from './admin/admin-config.ts';
import type { FrontConfig } from './listeners/listener-config.ts';
import type { Phase } from './phases.ts';
import type { RouteOptions } from './routing/route-options.ts';
import type { MirrorConfig } from './streams/mirror-config.ts';
import type { SystemConfig } from './statistics/system-config.ts';
import type { UpgradeConfig } from './streams/upgrade-config.ts';
import type { UpstreamConfig } from './upstream/upstream-config.ts';

/** Everything a gateway is told in its file. */
export interface GatewayConfig extends FrontConfig {
  /** Where it listens; port 0 takes any free one. */
  readonly listen: { readonly host: string; readonly port: number };
  /** Addresses and ranges of the proxies that are believed what they say of clients; also `loopback`, `private` and `unix`. @default none */
  readonly trustedProxies?: readonly string[];
  /** Where requests can go, by name. */
  readonly upstreams: Readonly<Record<string, UpstreamConfig>>;
  /** Plugins that every route has. */
  readonly plugins: readonly PluginUse[];
  readonly routes: readonly RouteConfig[];
  /** Where it can be asked and told what it does. @default nowhere */
  readonly admin?: AdminConfig;
  /** Where everybody can ask whether it takes requests. @default nowhere */
  readonly health?: PublicHealth;
  readonly system?: SystemConfig;
}

/** A plugin, put to use for all routes or for one. */
export interface PluginUse {
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** @default 'active' */
  readonly state?: 'active' | 'disabled';
  /** Replaces the plugin's own priority, in all its phases or phase by phase; a smaller one runs first. */
  readonly priority?: number | Readonly<Partial<Record<Phase, number>>>;
}

/** Which requests go where, and through which plugins of their own. Has one of `upstream`, `split`, `handler`, `redirect` and `respond`. */
export interface RouteConfig extends RouteOptions, UpgradeConfig {
  readonly name: string;
  /** `/exact`, `/users/:id` or `/users/{id}`, or `/files/*`, the last also for `/files` itself. */
  readonly path: string;
  /** HEAD comes with GET. @default every method */
  readonly methods?: readonly string[];
  /** The name of the upstream. */
  readonly upstream?: string;
  /** An answer without an upstream. */
  readonly respond?: FixedResponse;
  /** Sends copies of its requests to another upstream as well. @default no copies */
  readonly mirror?: MirrorConfig;
  readonly plugins: readonly PluginUse[];
}

/** An answer that is always the same. A body that is no text is sent as JSON. */
export interface FixedResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}
