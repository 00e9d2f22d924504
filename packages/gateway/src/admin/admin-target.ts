/** AdminTarget: what the admin API needs of a gateway. */
import type { Dictionaries } from '../dictionaries/dictionaries.ts';
import type { Explanation } from '../explain.ts';
import type { GatewayConfig } from '../gateway-config.ts';
import type { GatewayObserver } from '../observer.ts';
import type { PluginRegistry } from '../registry/registry.ts';
import type { Statistics } from '../statistics/statistics.ts';
import type { MirrorStats } from '../streams/mirror.ts';
import type { Upstream } from '../upstream/upstream.ts';

/** A gateway, as the admin API sees it. */
export interface AdminTarget {
  readonly config: GatewayConfig;
  readonly registry: PluginRegistry;
  readonly upstreams: ReadonlyMap<string, Upstream>;
  readonly dictionaries: Dictionaries;
  readonly statistics: Statistics;
  /** What has become of copies of requests, by the names of routes. */
  readonly mirrors: ReadonlyMap<string, MirrorStats>;
  /** Whether it takes requests: `ready` if it does. */
  readonly state: string;
  /** Rejects if another config than `instead` holds by the time that it is its turn. */
  reload(config: GatewayConfig, options?: { readonly instead?: GatewayConfig }): Promise<object>;
  explain(): Explanation;
  /** Tells an observer of requests, until what it gives is called. */
  observe(observer: GatewayObserver): () => void;
}
