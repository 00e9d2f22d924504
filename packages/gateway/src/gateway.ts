/** createGateway: listens, leads every request through the plan of its route, and takes another config while it does. */
import type { Clock } from '@interpose/kernel';
import { systemClock } from '@interpose/kernel/clock';
import { memoryStore, type Store } from '@interpose/kernel/store';
import { unharmed } from '@interpose/kernel/unharmed';
import {
  type CloseOptions,
  type Exchange,
  RefusedMessageError,
  type Refusal,
} from '@interpose/wire';
import { GatewayRequest } from './context.ts';
import {
  type Dictionaries,
  memoryDictionaries,
  startDictionaries,
} from './dictionaries/dictionaries.ts';
import { messageOf } from './errors.ts';
import { type ExplainedRoute, type Explanation, explainRoute } from './explain.ts';
import { findRoute } from './find-route.ts';
import type { GatewayConfig, RouteConfig } from './gateway-config.ts';
import { type ConnectionOptions, type ListenAddress, Listeners } from './listeners.ts';
import { jsonLogger, type Logger, safeLogger } from './logger.ts';
import type { GatewayObserver } from './observer.ts';
import type { PluginDefinition, PluginServices } from './plugin.ts';
import { standardPlugins } from './plugins/standard.ts';
import { refusedExchange } from './refused-exchange.ts';
import { createRegistry, type PluginRegistry } from './registry.ts';
import { runPhase } from './run-phase.ts';
import { serve } from './serve.ts';
import {
  type AroundContent,
  makePlans,
  makeSnapshot,
  newUpstreams,
  onionOf,
  type Plans,
  type Snapshot,
} from './snapshot.ts';
import type { Upstream } from './upstream/upstream.ts';

/** What a gateway is given in code. */
export interface GatewayOptions extends AroundContent {
  /** The kinds of plugins that a config can use. @default standardPlugins */
  readonly definitions?: readonly PluginDefinition[];
  /** A registry with plugins of your own; those of the config are added to it. @default an empty one */
  readonly registry?: PluginRegistry;
  /** Limits and times of the connections of clients. @default those of the server */
  readonly server?: ConnectionOptions;
  /** @default systemClock */
  readonly clock?: Clock;
  /** @default Math.random */
  readonly random?: () => number;
  /** Makes ids that nobody can guess. @default crypto.randomUUID */
  readonly newId?: () => string;
  /** Where plugins keep what outlives a request. @default memoryStore() */
  readonly store?: Store;
  /** What requests keep together, by name; those that there must be are verified before the gateway listens. @default in memory */
  readonly dictionaries?: Dictionaries;
  /** @default jsonLogger() */
  readonly logger?: Logger;
  /** Who is told of requests and of configs. @default nobody */
  readonly observers?: readonly GatewayObserver[];
}

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
  /** Where it listens; empty unless it does. */
  readonly addresses: readonly ListenAddress[];
  /**
   * Initialises the plugins, then listens where the config says. Gives the first address.
   *
   * @throws RequiredDictionaryError if a dictionary is missing, StartFailedError if a plugin cannot be initialised, ListenFailedError if an address cannot be had
   */
  listen(): Promise<ListenAddress>;
  /**
   * Puts another config in the place of the one that holds. Requests under way keep the old one to their end; upstreams and plugins whose
   * words stay the same live on with all that they know. One that is not sound changes nothing. Reloads come one after the other.
   *
   * @throws StartFailedError that lists everything that does not fit
   */
  reload(config: GatewayConfig): Promise<ReloadReport>;
  /** Takes no more connections and lets requests under way end. Tells how many connections had to be cut. */
  close(options?: CloseOptions): Promise<number>;
  /** What happens to requests, route by route and phase by phase, as things stand. */
  explain(): Explanation;
}

/** How long handlers may take to notice that their clients have been cut off. */
const AFTER_CUT_MS = 1000;

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
  readonly #observers: readonly GatewayObserver[];
  readonly #underWay = new Set<Promise<void>>();
  #snapshot: Snapshot;
  #plans: Plans;
  #reloading: Promise<unknown> = Promise.resolve();
  /** What earlier configs had and requests under way still need. */
  readonly #retiring = new Set<Promise<void>>();
  #closing: Promise<number> | undefined;
  #giveUp: () => void = () => {};
  readonly #givenUp = new Promise<void>((resolve) => (this.#giveUp = resolve));

  constructor(config: GatewayConfig, options: GatewayOptions) {
    const {
      clock = systemClock,
      random = Math.random,
      newId = () => crypto.randomUUID(),
    } = options;
    const logger = safeLogger(options.logger ?? jsonLogger({ clock }));
    const store = options.store ?? memoryStore({ clock });
    const dictionaries = options.dictionaries ?? memoryDictionaries(clock);
    this.#options = options;
    this.#observers = options.observers ?? [];
    this.#services = { clock, random, newId, store, dictionaries, logger };
    this.registry = options.registry ?? createRegistry({ logger });
    this.#snapshot = this.#make(config, undefined);
    this.registry.replaceConfigured(this.#snapshot.plugins);
    this.#plans = makePlans(this.#snapshot, this.registry, options);
    this.#listeners = new Listeners({
      take: (exchange) => this.#take(exchange),
      refused: (refusal) => this.#logRefused(refusal),
      connections: options.server,
      clock,
      logger,
    });
  }

  get config(): GatewayConfig {
    return this.#snapshot.config;
  }

  get upstreams(): ReadonlyMap<string, Upstream> {
    return this.#snapshot.upstreams;
  }

  get dictionaries(): Dictionaries {
    return this.#services.dictionaries;
  }

  get addresses(): readonly ListenAddress[] {
    return this.#listeners.addresses;
  }

  async listen(): Promise<ListenAddress> {
    if (!this.addresses.length) {
      await startDictionaries(this.#services.dictionaries, this.#services);
      await this.registry.start();
      await this.#listeners.open(this.config);
    }
    return this.addresses[0] as ListenAddress;
  }

  reload(config: GatewayConfig): Promise<ReloadReport> {
    const reloaded = this.#reloading.then(() => this.#reload(config));
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
    // From here on nothing waits, so that no request sees a half of it.
    const units = this.registry.replaceConfigured(snapshot.plugins);
    this.#snapshot = snapshot;
    this.#plans = makePlans(snapshot, this.registry, this.#options);
    const gone = newUpstreams(before, snapshot);
    const retiring = Promise.race([Promise.all(this.#underWay), this.#givenUp])
      .then(() => {
        for (const upstream of gone) upstream.close();
        return this.registry.retire(units);
      })
      .finally(() => this.#retiring.delete(retiring));
    this.#retiring.add(retiring);
    this.#tell((observer) => observer.reloaded?.(config));
    return {
      newUpstreams: fresh.map(({ name }) => name),
      oldUpstreams: gone.map(({ name }) => name),
      newPlugins: snapshot.plugins
        .filter(({ unit }) => !known.has(unit))
        .map(({ placement }) => placement.name),
      oldPlugins: units.map(({ name }) => name),
    };
  }

  close({ graceMs = 30_000 }: CloseOptions = {}): Promise<number> {
    const cut = this.#listeners.close({ graceMs });
    this.#closing ??= this.#end(cut);
    const { clock } = this.#services;
    const cancel = clock.setTimer(() => this.#giveUp(), graceMs + AFTER_CUT_MS);
    return this.#closing.finally(cancel);
  }

  async #end(closed: Promise<number>): Promise<number> {
    const cut = await closed;
    await this.#reloading;
    await Promise.race([Promise.all(this.#underWay), this.#givenUp]);
    await Promise.race([Promise.all(this.#retiring), this.#givenUp]);
    for (const upstream of this.upstreams.values()) upstream.close();
    await this.registry.close();
    if (this.#underWay.size) {
      const message = `Handlers of ${this.#underWay.size} requests had not ended when the gateway closed`;
      this.#services.logger.warn({ message });
    }
    return cut;
  }

  explain(): Explanation {
    const { upstreams, routes } = this.config;
    const explain = (route: RouteConfig | undefined): ExplainedRoute =>
      explainRoute({
        route,
        upstreams,
        onion: onionOf(route, this.#options),
        chain: (phase) => this.registry.planned(route, phase),
      });
    return {
      routes: routes.map(explain),
      otherwise: explain(undefined),
      disabled: this.registry.getRegistry().filter(({ state }) => state === 'disabled'),
    };
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

  #take(exchange: Exchange): void {
    this.#run(exchange, (ctx) => this.#serve(ctx));
  }

  /** What the server has refused meets the log phase like any other request. */
  #logRefused(refusal: Refusal): void {
    this.#run(refusedExchange(refusal), async (ctx) => {
      ctx.failure = new RefusedMessageError(refusal.code);
      ctx.response.status = refusal.status;
      ctx.outcome = { status: refusal.status, bytes: 0, durationMs: 0 };
      await runPhase(this.#current().otherwise.phases.log, ctx);
      this.#tell((observer) => observer.requestEnded?.(ctx));
    });
  }

  #run(exchange: Exchange, run: (ctx: GatewayRequest) => Promise<void>): void {
    const ctx = new GatewayRequest(exchange, this.#services);
    const running = run(ctx)
      .catch((error: unknown) => {
        exchange.destroy();
        this.#services.logger.error({ message: `Gateway error: ${messageOf(error)}` });
      })
      .finally(() => this.#underWay.delete(running));
    this.#underWay.add(running);
  }

  async #serve(ctx: GatewayRequest): Promise<void> {
    const { clock } = this.#services;
    this.#tell((observer) => observer.requestStarted?.(ctx));
    const { table, otherwise } = this.#current();
    const found = findRoute(table, ctx);
    const plan = found?.route ?? otherwise;
    ctx.route = plan.route;
    if (found) ctx.params = found.params;
    await serve(ctx, { plan, allow: found?.allow, clock });
    this.#tell((observer) => observer.requestEnded?.(ctx));
  }

  #current(): Plans {
    if (this.#plans.version !== this.registry.version) {
      this.#plans = makePlans(this.#snapshot, this.registry, this.#options);
    }
    return this.#plans;
  }

  #tell(say: (observer: GatewayObserver) => void): void {
    for (const observer of this.#observers) {
      unharmed(
        () => say(observer),
        (error) =>
          this.#services.logger.error({ message: `An observer failed: ${messageOf(error)}` }),
      );
    }
  }
}
