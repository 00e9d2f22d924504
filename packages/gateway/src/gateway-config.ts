/** The whole document of a gateway, as the config reader hands it over: checked, with nothing left to guess. */
import type { Phase } from './phases.ts';

/** Everything a gateway is told in its file. */
export interface GatewayConfig {
  /** Where it listens; port 0 takes any free one. */
  readonly listen: { readonly host: string; readonly port: number };
  /** Where requests can go, by name. */
  readonly upstreams: Readonly<Record<string, UpstreamConfig>>;
  /** Plugins that every route has. */
  readonly plugins: readonly PluginUse[];
  readonly routes: readonly RouteConfig[];
}

/** One place to which requests go. */
export interface UpstreamConfig {
  /** Scheme, host, port, and the path that comes before the path of each request. */
  readonly url: string;
  /** How long a connection may take, TLS included. @default 2000 */
  readonly connectTimeoutMs?: number;
  /** How long the first byte of an answer may take once the request is sent. @default 30_000 */
  readonly firstByteTimeoutMs?: number;
  /** How long a body may pause, in either direction. @default 60_000 */
  readonly idleTimeoutMs?: number;
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

/** Which requests go where, and through which plugins of their own. Has either `upstream` or `respond`. */
export interface RouteConfig {
  readonly name: string;
  /** `/exact`, `/users/:id` or `/files/*`, the last also for `/files` itself. */
  readonly path: string;
  /** HEAD comes with GET. @default every method */
  readonly methods?: readonly string[];
  /** A host name, or `*.example.com`. @default every host */
  readonly host?: string;
  /** The name of the upstream. */
  readonly upstream?: string;
  /** The beginning of the path that the upstream does not see. */
  readonly stripPrefix?: string;
  /** An answer without an upstream. */
  readonly respond?: FixedResponse;
  readonly plugins: readonly PluginUse[];
}

/** An answer that is always the same. A body that is no text is sent as JSON. */
export interface FixedResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}
