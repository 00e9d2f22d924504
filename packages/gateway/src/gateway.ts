/** createGateway: listens, and takes another config while it serves. */
import { randomId } from '@interpose/http';
import { systemClock } from '@interpose/kernel/clock';
import { memoryStore } from '@interpose/kernel/store';
import type { CloseOptions, Exchange } from '@interpose/wire';
import { type Dictionaries, memoryDictionaries } from './dictionaries/dictionaries.ts';
import { BackOffice } from './back-office.ts';
import { Dispatch } from './dispatch.ts';
import { ConfigReplacedError } from './errors.ts';
import type { Explanation } from './explain.ts';
import { explainGateway } from './explain-gateway.ts';
import type { GatewayConfig } from './gateway-config.ts';
import { type GatewayState, Lifecycle } from './lifecycle.ts';
import type { ListenAddress } from './listeners/door.ts';
import type { ShutdownConfig } from './listeners/listener-config.ts';
import { LogFiles } from './log-files/log-files.ts';
import { Listeners, type PreparedListeners } from './listeners/listeners.ts';
import { jsonLogger, safeLogger } from './logger.ts';
import type { GatewayObserver } from './observer.ts';
import { Observers } from './observers.ts';
import { PhaseCoordinator } from './registry/phase-coordinator.ts';
import type { PluginServices } from './definition/plugin.ts';
import { standardPlugins } from './plugins/standard.ts';
import { createRegistry, type PluginRegistry } from './registry/registry.ts';
import type { Statistics } from './statistics/statistics.ts';
import type { WorkerEvents } from './statistics/worker-events.ts';
import { makeSnapshot, newUpstreams, type Snapshot } from './snapshot.ts';
import type { MirrorStats } from './streams/mirror.ts';
import type { Upstream } from './upstream/upstream.ts';
import type { GatewayOptions } from './gateway-options.ts';
import type { Gateway, ReloadReport } from './running-gateway.ts';

export type { GatewayOptions } from './gateway-options.ts';
export type { Gateway, ReloadReport } from './running-gateway.ts';

/**
 * A gateway for a config.
 *
 * @throws StartFailedError that lists everything in the config that does not fit
 */
export function createGateway(config: GatewayConfig, options: GatewayOptions = {}): Gateway {
  return new PhaseGateway(config, options);
}

class PhaseGateway implements Gateway {
  readonly registry: PluginRegistry;
  readonly #options: GatewayOptions;
  readonly #services: PluginServices;
  readonly #listeners: Listeners;
  readonly #observers: Observers;
  readonly #backOffice: BackOffice;
  readonly #dispatch: Dispatch;
  readonly #lifecycle: Lifecycle;
  #snapshot: Snapshot;
  #reloading: Promise<unknown> = Promise.resolve();
  /** What earlier configs had and requests under way still need. */
  readonly #retiring = new Set<Promise<void>>();

  constructor(config: GatewayConfig, options: GatewayOptions) {
    const { clock = systemClock, random = Math.random, newId = randomId } = options;
    const logger = safeLogger(options.logger ?? jsonLogger({ clock }));
    const store = options.store ?? memoryStore({ clock });
    const dictionaries = options.dictionaries ?? memoryDictionaries(clock);
    this.#options = options;
    this.#backOffice = new BackOffice({
      dictionaries,
      clock,
      logger,
      workerId: options.workerId,
      definitions: options.definitions ?? standardPlugins,
    });
    const { statistics } = this.#backOffice;
    const watching = [statistics, this.#backOffice, ...(options.observers ?? [])];
    this.#observers = new Observers(watching, logger);
    const logFiles = new LogFiles({ clock, logger });
    this.#services = { clock, random, newId, store, dictionaries, logger, logFiles };
    this.registry = options.registry ?? createRegistry({ logger });
    this.#snapshot = this.#make(config, undefined);
    this.registry.replaceConfigured(this.#snapshot.plugins);
    this.#listeners = new Listeners({
      take: (exchange, turnAway) => void this.#dispatch.take(exchange, turnAway),
      refused: (refusal) => void this.#dispatch.refused(refusal),
      connections: options.server,
      clock,
      logger,
    });
    this.#lifecycle = new Lifecycle({
      clock,
      logger,
      closeListeners: (graceMs) => this.#listeners.close({ graceMs }),
      end: () => this.#end(),
    });
    this.#dispatch = new Dispatch(
      {
        gateway: this,
        registry: this.registry,
        services: this.#services,
        observers: this.#observers,
        lifecycle: this.#lifecycle,
        options,
      },
      this.#snapshot,
    );
  }

  get config(): GatewayConfig {
    return this.#snapshot.config;
  }

  get mirrors(): ReadonlyMap<string, MirrorStats> {
    return new Map([...this.#snapshot.mirrors].map(([name, mirror]) => [name, mirror.stats()]));
  }

  get upstreams(): ReadonlyMap<string, Upstream> {
    return this.#snapshot.upstreams;
  }

  get dictionaries(): Dictionaries {
    return this.#services.dictionaries;
  }

  get statistics(): Statistics {
    return this.#backOffice.statistics;
  }

  get events(): WorkerEvents {
    return this.#backOffice.events;
  }

  get adminUrl(): string | undefined {
    return this.#backOffice.adminUrl;
  }

  get addresses(): readonly ListenAddress[] {
    return this.#listeners.addresses;
  }

  observe(observer: GatewayObserver): () => void {
    return this.#observers.add(observer);
  }

  get state(): GatewayState {
    return this.#lifecycle.state;
  }

  listen(): Promise<ListenAddress> {
    // One after the other with reloads: what is opened is what holds.
    const listening = this.#reloading.then(() => this.#listen());
    this.#reloading = listening.catch(() => {});
    return listening;
  }

  async #listen(): Promise<ListenAddress> {
    if (!this.addresses.length) {
      await new PhaseCoordinator({ registry: this.registry, ...this.#services }).start();
      const listeners = await this.#listeners.prepare(this.config);
      await this.#backOffice.open(this).catch(async (error: unknown) => {
        await listeners.discard();
        throw error;
      });
      listeners.commit();
      this.#lifecycle.started();
    }
    return this.addresses[0] as ListenAddress;
  }

  reload(
    config: GatewayConfig,
    { instead }: { readonly instead?: GatewayConfig } = {},
  ): Promise<ReloadReport> {
    const reloaded = this.#reloading.then(() => {
      if (instead && instead !== this.config) throw new ConfigReplacedError();
      return this.#reload(config);
    });
    this.#reloading = reloaded.catch(() => {});
    return reloaded;
  }

  async #reload(config: GatewayConfig): Promise<ReloadReport> {
    const before = this.#snapshot;
    const snapshot = this.#make(config, before);
    const fresh = newUpstreams(snapshot, before);
    const known = new Set(before.plugins.map(({ unit }) => unit));
    await this.registry.prepare(snapshot.plugins).catch((error: unknown) => {
      for (const upstream of fresh) upstream.close();
      throw error;
    });
    const listeners = await this.#prepareListeners(config).catch(async (error: unknown) => {
      for (const upstream of fresh) upstream.close();
      await this.registry.retire(
        snapshot.plugins.map(({ unit }) => unit).filter((unit) => !known.has(unit)),
      );
      throw error;
    });
    // From here on nothing waits, so that no request sees a half of it.
    listeners?.commit();
    const units = this.registry.replaceConfigured(snapshot.plugins);
    this.#snapshot = snapshot;
    this.#dispatch.follow(snapshot);
    const gone = newUpstreams(before, snapshot);
    const retiring = this.#lifecycle
      .settled()
      .then(() => {
        for (const upstream of gone) upstream.close();
        return this.registry.retire(units);
      })
      .finally(() => this.#retiring.delete(retiring));
    this.#retiring.add(retiring);
    this.#observers.reloaded(config);
    return {
      newUpstreams: fresh.map(({ name }) => name),
      oldUpstreams: gone.map(({ name }) => name),
      newPlugins: snapshot.plugins
        .filter(({ unit }) => !known.has(unit))
        .map(({ placement }) => placement.name),
      oldPlugins: units.map(({ name }) => name),
    };
  }

  /** One that does not listen yet will do so where the config says that holds then. */
  async #prepareListeners(config: GatewayConfig): Promise<PreparedListeners | undefined> {
    return this.addresses.length ? this.#listeners.prepare(config) : undefined;
  }

  reopenLogs(): void {
    this.#services.logFiles.reopen();
  }

  renewCertificates(): Promise<void> {
    return this.#listeners.renewCertificates();
  }

  shutDown(options: ShutdownConfig = {}): Promise<number> {
    return this.#lifecycle.shutDown({ ...this.config.shutdown, ...options });
  }

  close({ graceMs = 30_000 }: CloseOptions = {}): Promise<number> {
    return this.#lifecycle.close(graceMs);
  }

  async #end(): Promise<void> {
    await this.#lifecycle.patiently(this.#reloading);
    await this.#lifecycle.settled();
    await this.#lifecycle.patiently(Promise.all(this.#retiring));
    for (const upstream of this.upstreams.values()) upstream.close();
    await this.registry.close();
    await this.#backOffice.close();
    await this.#services.logFiles.close();
  }

  explain(): Explanation {
    return explainGateway(this.config, this.registry, this.#options);
  }

  #make(config: GatewayConfig, before: Snapshot | undefined): Snapshot {
    const { definitions = standardPlugins } = this.#options;
    return makeSnapshot(config, {
      definitions,
      services: this.#services,
      around: this.#options,
      before,
    });
  }

  handle(exchange: Exchange): Promise<void> {
    return this.#dispatch.take(exchange);
  }
}
