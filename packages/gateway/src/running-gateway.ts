/** Gateway: what can be asked of a gateway, and told to it. */
import type { CloseOptions, Exchange } from '@interpose/wire';
import type { Dictionaries } from './dictionaries/dictionaries.ts';
import type { Explanation } from './explain.ts';
import type { GatewayConfig } from './gateway-config.ts';
import type { GatewayState } from './lifecycle.ts';
import type { ListenAddress } from './listeners/door.ts';
import type { ShutdownConfig } from './listeners/listener-config.ts';
import type { GatewayObserver } from './observer.ts';
import type { PluginRegistry } from './registry/registry.ts';
import type { Statistics } from './statistics/statistics.ts';
import type { WorkerEvents } from './statistics/worker-events.ts';
import type { MirrorStats } from './streams/mirror.ts';
import type { Upstream } from './upstream/upstream.ts';

/** What a reload has done. */
export interface ReloadReport {
  /** The upstreams that the config before had not in these words. */
  readonly newUpstreams: readonly string[];
  /** Those that the config before had, and that this one has not. */
  readonly oldUpstreams: readonly string[];
  /** Plugins, by name, that are made anew, and those that are gone. */
  readonly newPlugins: readonly string[];
  readonly oldPlugins: readonly string[];
}

/** A gateway. */
export interface Gateway {
  /** Its plugins; what is switched here holds from the next request on. */
  readonly registry: PluginRegistry;
  /** The config that holds. */
  readonly config: GatewayConfig;
  /** Where requests go, by name. */
  readonly upstreams: ReadonlyMap<string, Upstream>;
  readonly dictionaries: Dictionaries;
  /** What it has counted of requests. */
  readonly statistics: Statistics;
  /** What has become of the copies that routes with a `mirror` have sent, by the names of the routes. */
  readonly mirrors: ReadonlyMap<string, MirrorStats>;
  /** What workers tell each other. */
  readonly events: WorkerEvents;
  /** Where the admin API of the config can be reached, while there is one. */
  readonly adminUrl: string | undefined;
  /** Where it listens; empty unless it does. */
  readonly addresses: readonly ListenAddress[];
  /** How far it is between its start and its end. */
  readonly state: GatewayState;
  /**
   * Initialises the plugins, then listens where the config says. Gives the first address.
   *
   * @throws RequiredDictionaryError if a dictionary is missing, StartFailedError if a plugin cannot be initialised, ListenFailedError if an address cannot be had, CertificateFailedError if a certificate cannot be used
   */
  listen(): Promise<ListenAddress>;
  /**
   * Puts another config in the place of the one that holds. Requests under way keep the old one to their end; upstreams and plugins whose
   * words stay the same live on with all that they know. One that is not sound changes nothing. Reloads come one after the other.
   *
   * @throws StartFailedError that lists everything that does not fit, or what `listen` throws of an address or a certificate, ConfigReplacedError
   * if another config than `instead` holds by the time that it is its turn
   */
  reload(
    config: GatewayConfig,
    options?: { readonly instead?: GatewayConfig },
  ): Promise<ReloadReport>;
  /** Tells an observer of requests and of configs from now on. Gives what ends it. */
  observe(observer: GatewayObserver): () => void;
  /** Opens its log files anew, which is to be said when they have been moved away; what is missing is noticed after a second all the same. */
  reopenLogs(): void;
  /** Reads all certificates again, as happens of itself every few seconds; those that cannot be used are told to the log, and the old ones stay. */
  renewCertificates(): Promise<void>;
  /**
   * Ends it in the way that the config says, unless it is told otherwise: first it is not ready any more, but goes on; then it closes. Tells
   * how many connections had to be cut.
   */
  shutDown(options?: ShutdownConfig): Promise<number>;
  /** Serves a request that has not come in where the gateway listens. Resolves after its log phase. */
  handle(exchange: Exchange): Promise<void>;
  /** Takes no more connections and lets requests under way end. Tells how many connections had to be cut. */
  close(options?: CloseOptions): Promise<number>;
  /** What happens to requests, route by route and phase by phase, as things stand. */
  explain(): Explanation;
}
