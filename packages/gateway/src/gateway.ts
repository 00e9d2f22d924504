/** createGateway: reads a config into plans, listens, and leads every request through the plan of its route. */
import type { Clock } from '@interpose/kernel';
import { RouteTable } from '@interpose/http';
import { systemClock } from '@interpose/kernel/clock';
import { memoryStore, type Store } from '@interpose/kernel/store';
import {
  type CloseOptions,
  createServer,
  type Exchange,
  RefusedMessageError,
  type Refusal,
  type Server,
  type ServerOptions,
} from '@interpose/wire';
import { GatewayRequest } from './context.ts';
import { configFaults, Faults } from './config-faults.ts';
import { addConfigured } from './configured-plugins.ts';
import {
  type Dictionaries,
  memoryDictionaries,
  startDictionaries,
} from './dictionaries/dictionaries.ts';
import { messageOf, StartFailedError } from './errors.ts';
import { type ExplainedRoute, type Explanation, explainRoute } from './explain.ts';
import type { GatewayConfig, RouteConfig } from './gateway-config.ts';
import { jsonLogger, type Logger, safeLogger } from './logger.ts';
import type { PluginDefinition, PluginServices } from './plugin.ts';
import { standardPlugins } from './plugins/standard.ts';
import { refusedExchange } from './refused-exchange.ts';
import { createRegistry, type PluginRegistry } from './registry.ts';
import {
  answerNotFound,
  answerOf,
  type ContentMiddleware,
  planRoute,
  type RoutePlan,
} from './route-plan.ts';
import { findRoute } from './find-route.ts';
import { runPhase } from './run-phase.ts';
import { serve } from './serve.ts';
import { createProxy, type Proxy } from './upstream/proxy.ts';

/** What a gateway is given in code. */
export interface GatewayOptions {
  /** The kinds of plugins that a config can use. @default standardPlugins */
  readonly definitions?: readonly PluginDefinition[];
  /** A registry with plugins of your own; those of the config are added to it. @default an empty one */
  readonly registry?: PluginRegistry;
  /** Middleware around the content phase of every route, outermost first. @default none */
  readonly onion?: readonly ContentMiddleware[];
  /** Middleware around the content phase of single routes, by the name of the route; inside of `onion`. @default none */
  readonly routes?: Readonly<Record<string, { readonly onion?: readonly ContentMiddleware[] }>>;
  /** Limits and times of the connections of clients. @default those of the server */
  readonly server?: Omit<ServerOptions, 'clock'>;
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
}

/** Where a gateway listens, with the port that it has. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** A gateway. */
export interface Gateway {
  /** Its plugins; what is switched here holds from the next request on. */
  readonly registry: PluginRegistry;
  /**
   * Initialises the plugins, then listens where the config says.
   *
   * @throws RequiredDictionaryError if a dictionary is missing, StartFailedError if a plugin cannot be initialised, ListenFailedError if the address cannot be had
   */
  listen(): Promise<ListenAddress>;
  /** Takes no more connections and lets requests under way end. Tells how many connections had to be cut. */
  close(options?: CloseOptions): Promise<number>;
  /** What happens to requests, route by route and phase by phase, as things stand. */
  explain(): Explanation;
}

/** How long handlers may take to notice that their clients have been cut off. */
const AFTER_CUT_MS = 1000;

interface Snapshot {
  readonly version: number;
  readonly table: RouteTable<RoutePlan>;
  readonly otherwise: RoutePlan;
}

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
  readonly #config: GatewayConfig;
  readonly #options: GatewayOptions;
  readonly #services: PluginServices;
  readonly #proxies: ReadonlyMap<string, Proxy>;
  readonly #underWay = new Set<Promise<void>>();
  #snapshot: Snapshot;
  readonly #server: Server;
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
    this.#config = config;
    this.#options = options;
    this.#services = { clock, random, newId, store, dictionaries, logger };
    this.#server = this.#createServer(options.server);
    this.registry = options.registry ?? createRegistry({ logger });
    const faults = new Faults();
    this.#proxies = new Map(
      Object.entries(config.upstreams).flatMap(([name, upstream]) => {
        const proxy = faults.try(() => createProxy(name, upstream, clock));
        return proxy ? [[name, proxy] as const] : [];
      }),
    );
    for (const fault of configFaults(config, Object.keys(options.routes ?? {}))) faults.add(fault);
    const { definitions = standardPlugins } = options;
    addConfigured(this.registry, config, { definitions, services: this.#services, faults });
    const snapshot = faults.try(() => this.#plan());
    if (!snapshot || faults.errors.length) {
      for (const proxy of this.#proxies.values()) proxy.close();
      throw new StartFailedError(faults.errors);
    }
    this.#snapshot = snapshot;
  }

  async listen(): Promise<ListenAddress> {
    if (!this.#server.address) {
      await startDictionaries(this.#services.dictionaries, this.#services);
      await this.registry.start();
      await this.#server.listen(this.#config.listen);
    }
    return this.#server.address as ListenAddress;
  }

  close({ graceMs = 30_000 }: CloseOptions = {}): Promise<number> {
    const cut = this.#server.close({ graceMs });
    this.#closing ??= this.#end(cut);
    const { clock } = this.#services;
    const cancel = clock.setTimer(() => this.#giveUp(), graceMs + AFTER_CUT_MS);
    return this.#closing.finally(cancel);
  }

  async #end(closed: Promise<number>): Promise<number> {
    const cut = await closed;
    await Promise.race([Promise.all(this.#underWay), this.#givenUp]);
    for (const proxy of this.#proxies.values()) proxy.close();
    await this.registry.close();
    if (this.#underWay.size) {
      const message = `Handlers of ${this.#underWay.size} requests had not ended when the gateway closed`;
      this.#services.logger.warn({ message });
    }
    return cut;
  }

  explain(): Explanation {
    const { upstreams, routes } = this.#config;
    const explain = (route: RouteConfig | undefined): ExplainedRoute =>
      explainRoute({
        route,
        upstreams,
        onion: this.#onionOf(route),
        chain: (phase) => this.registry.planned(route, phase),
      });
    return {
      routes: routes.map(explain),
      otherwise: explain(undefined),
      disabled: this.registry.getRegistry().filter(({ state }) => state === 'disabled'),
    };
  }

  #createServer(options: GatewayOptions['server'] = {}): Server {
    const { clock, logger } = this.#services;
    return createServer((exchange) => this.#take(exchange), {
      ...options,
      clock,
      onRefused: (refusal) => {
        const { code, status, peer, wasHandedOn } = refusal;
        logger.warn({ message: `Refused a request: ${code}`, status, client: peer.address });
        if (!wasHandedOn) this.#logRefused(refusal);
        options.onRefused?.(refusal);
      },
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
    const { table, otherwise } = this.#current();
    const found = findRoute(table, ctx);
    const plan = found?.route ?? otherwise;
    ctx.route = plan.route;
    if (found) ctx.params = found.params;
    await serve(ctx, { plan, allow: found?.allow, clock });
  }

  #current(): Snapshot {
    if (this.#snapshot.version !== this.registry.version) this.#snapshot = this.#plan();
    return this.#snapshot;
  }

  #plan(): Snapshot {
    const { registry } = this;
    const plan = (route: RouteConfig | undefined): RoutePlan =>
      planRoute(route, {
        registry,
        onion: this.#onionOf(route),
        answer: route ? answerOf(route, this.#proxies) : answerNotFound,
      });
    return {
      version: registry.version,
      table: new RouteTable(this.#config.routes.map(plan)),
      otherwise: plan(undefined),
    };
  }

  #onionOf(route: RouteConfig | undefined): readonly ContentMiddleware[] {
    const { onion = [], routes = {} } = this.#options;
    return [...onion, ...((route && routes[route.name]?.onion) ?? [])];
  }
}
