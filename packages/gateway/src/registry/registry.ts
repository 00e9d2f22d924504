/** The registry: the one central list of plugins, in the order of their phases and priorities. */
import { type Awaitable, isThenable } from '@interpose/kernel';
import type { GatewayContext, GatewayRequest } from '../context.ts';
import {
  InvalidConfigError,
  PluginNotFoundError,
  RegistrationFailedError,
  StartFailedError,
} from '../errors.ts';
import { jsonLogger, type Logger, safeLogger } from '../logger.ts';
import {
  checkMiddleware,
  checkState,
  type MiddlewareInput,
  type PluginState,
} from './middleware-object.ts';
import { type Phase, type PhaseName, PHASES, phaseOf } from '../phases.ts';
import type { AroundPart, PluginParts } from '../definition/plugin.ts';
import {
  expandEntry,
  loadModule,
  type LoadModule,
  type RegistryEntries,
  type RegistryEntry,
} from './registry-entry.ts';
import { orderFaults } from './order-faults.ts';
import { type ChainItem, type Item, PluginList } from './plugin-list.ts';
import { closeUnits, initUnit, initUnits, type Unit, unitOf, type Worker } from './plugin-unit.ts';
import type { ConfiguredPlugin } from './configured-plugins.ts';
import { type PlacedHandler, placedPlugin, type PluginPlacement } from './placed-plugin.ts';
import { runPhase, type Step } from '../run-phase.ts';

/** Options of `createRegistry`. */
export interface RegistryOptions {
  /** @default jsonLogger() */
  readonly logger?: Logger;
  /** Loads the modules that entries name. @default import(), for packages and whole addresses */
  readonly load?: LoadModule;
  /** The worker that the registry is in. @default { id: 0 } */
  readonly worker?: Worker;
}

/** What a plan needs to know of a route. */
export interface PlannedRoute {
  readonly name: string;
  readonly path: string;
}

/** Plugins by name, phase and priority. What changes here holds from the next request on. */
export class PluginRegistry {
  readonly #logger: Logger;
  readonly #load: LoadModule;
  readonly #worker: Worker;
  readonly #list: PluginList = new PluginList();
  #configured: readonly ConfiguredPlugin[] = [];
  #started = false;

  constructor(options: RegistryOptions = {}) {
    this.#logger = safeLogger(options.logger ?? jsonLogger());
    this.#load = options.load ?? importModule;
    this.#worker = options.worker ?? { id: 0 };
  }

  /** Grows with every change, so that plans made from the registry know when they are out of date. */
  get version(): number {
    return this.#list.version;
  }

  /**
   * Adds a middleware object for one phase. `name` goes before the object's own.
   *
   * @throws InvalidPluginError, InvalidStateError or InvalidPhaseError if it is none; OrderError, once started, if a need is not met with it
   */
  use(middleware: MiddlewareInput, name?: string): this {
    const checked = checkMiddleware(middleware, name);
    this.#put([checked], unitOf(checked.name, middleware));
    return this;
  }

  /**
   * Adds a plugin with a handler for each of its phases, as `definePlugin` makes it.
   *
   * @throws InvalidPluginError or InvalidStateError if it is none; OrderError, once started, if a need is not met with it
   */
  add(parts: PluginParts, placement: PluginPlacement): this {
    const { handlers, unit } = placedPlugin(parts, placement);
    this.#put(handlers, unit, placement.route);
    return this;
  }

  /**
   * Loads a module and adds it as its entry says. Its `init()` is called if it is active.
   *
   * @throws RegistrationFailedError or InitFailedError, with the reason as cause
   */
  async register(name: string, entry: RegistryEntry): Promise<void> {
    let unit: Unit;
    try {
      const module = await loadModule(entry, this.#load);
      const { parts, unlisted, hooks } = expandEntry(name, entry, module);
      unit = unitOf(name, hooks);
      this.#put(parts, unit);
      for (const phase of unlisted) {
        this.#logger.warn({
          message: `Middleware ${name} exports the phase ${phase}, which the registry does not list`,
        });
      }
    } catch (error) {
      throw new RegistrationFailedError(name, error);
    }
    if (this.#list.isActive(unit)) await initUnit(unit, this.#worker);
  }

  /**
   * Adds many, in the order in which they are listed.
   *
   * @throws StartFailedError with everything that failed; what did not fail is added all the same
   */
  async registerAll<const Name extends string>(entries: RegistryEntries<Name>): Promise<void> {
    const errors: Error[] = [];
    for (const [name, entry] of Object.entries<RegistryEntry>(entries)) {
      await this.register(name, entry).catch((error: Error) => errors.push(error));
    }
    if (errors.length) throw new StartFailedError(errors);
  }

  /**
   * Holds plugins that are to come in against what they need, and calls their `init()`, unless that has been done or the gateway has not
   * started. If one fails, those that had been initialised for it are closed again.
   *
   * @throws StartFailedError with everything that failed
   */
  async prepare(plugins: readonly ConfiguredPlugin[]): Promise<void> {
    if (!this.#started) return;
    const fresh = plugins.filter(
      ({ unit, placement }) => !unit.ready && placement.state !== 'disabled',
    );
    const units = fresh.map(({ unit }) => unit);
    const faults = orderFaults(this.#list.exchanged(this.#configured, plugins));
    if (faults.length) throw new StartFailedError(faults);
    const errors = await initUnits(units, this.#worker);
    if (!errors.length) return;
    await this.retire(units);
    throw new StartFailedError(errors);
  }

  /**
   * Puts the plugins of a config in the place of those of the config before. A plugin that stays keeps the state that it was switched to,
   * unless the configs differ in it. Gives those that are gone; they are still to be closed.
   */
  replaceConfigured(plugins: readonly ConfiguredPlugin[]): readonly Unit[] {
    const before = this.#configured;
    this.#configured = plugins;
    this.#list.exchange(before, plugins);
    const kept = new Set(plugins.map(({ unit }) => unit));
    return before.map(({ unit }) => unit).filter((unit) => !kept.has(unit));
  }

  /** Calls `close()` of plugins that are gone. */
  retire(units: readonly Unit[]): Promise<void> {
    return closeUnits(units, { worker: this.#worker, logger: this.#logger });
  }

  /** The plugins of the config. */
  get configured(): readonly ConfiguredPlugin[] {
    return this.#configured;
  }

  /** Takes out all phases of a name, or one of them as `name:phase`. Tells whether there was anything to take out. */
  remove(name: string): boolean {
    return this.#list.remove(name);
  }

  /**
   * Switches all phases of a name, or one of them as `name:phase`. Holds at once, unless the plugin has still to be
   * initialised and takes its time for it; then it holds when the promise resolves.
   *
   * @throws InvalidStateError, PluginNotFoundError or InitFailedError; OrderError, once started, for a switch after which a need is not met
   */
  setState(name: string, state: PluginState): Awaitable<void> {
    checkState(state);
    const units = this.#list.unitsOf(name);
    if (!units.length) throw new PluginNotFoundError(name);
    const change = (): void => this.#list.setState(name, state);
    if (!this.#started) return change();
    this.#checkChange(this.#list.switched(name, state));
    if (state === 'disabled') return change();
    const due = units.map((unit) => initUnit(unit, this.#worker));
    return due.some(isThenable) ? Promise.all(due.map(async (one) => one)).then(change) : change();
  }

  /** The handlers that run for a path, or for a configured route by its name, in their order. */
  getChain(route: string | undefined, phase: PhaseName): ChainItem[] {
    return this.#list.chain(route, phaseOf(phase)).map((item) => this.#list.describe(item));
  }

  /** Runs one phase for a path or a configured route. True if it came to its end. */
  run(route: string | undefined, phase: PhaseName, ctx: GatewayContext): Awaitable<boolean> {
    return runPhase(this.#list.chain(route, phaseOf(phase)), ctx as GatewayRequest);
  }

  /** Runs one phase for the path of the request. True if it came to its end. */
  runChain(phase: PhaseName, ctx: GatewayContext): Awaitable<boolean> {
    return this.run(ctx.path, phase, ctx);
  }

  /** Takes everything out. */
  reset(): void {
    this.#list.clear();
  }

  /** Every handler that there is, also those that are disabled, in the order in which they were added. */
  getRegistry(): ChainItem[] {
    return this.#list.items.map((item) => this.#list.describe(item));
  }

  /** The phases that there are. */
  getPhases(): readonly Phase[] {
    return PHASES;
  }

  /** The handlers of a phase as the plan of a configured route has them, or of requests that no route matches. */
  steps(route: PlannedRoute | undefined, phase: Phase): readonly Step[] {
    return this.#list.steps(route, phase);
  }

  /** The middleware that plugins have around the content phase of a configured route, outermost first. */
  arounds(route: PlannedRoute | undefined): readonly AroundPart['handle'][] {
    return this.#list.arounds(route?.name);
  }

  /** The same as `steps`, to be shown. */
  planned(route: PlannedRoute | undefined, phase: Phase): ChainItem[] {
    return this.#list.steps(route, phase).map((item) => this.#list.describe(item));
  }

  /**
   * Holds all plugins against what they need, and calls `init()` and `initWorker()` of every active one that has not been initialised.
   *
   * @throws StartFailedError with everything that failed
   */
  async start(): Promise<void> {
    const faults = orderFaults(this.#list.items);
    if (faults.length) throw new StartFailedError(faults);
    this.#started = true;
    const due = this.#list.units().filter((unit) => this.#list.isActive(unit));
    const errors = await initUnits(due, this.#worker);
    if (errors.length) throw new StartFailedError(errors);
  }

  /** Calls `close()` of every plugin that was initialised, the last one first. A failure keeps none of the others open. */
  close(): Promise<void> {
    return this.retire(this.#list.units());
  }

  /** Until the start everything may still come. */
  #put(parts: readonly PlacedHandler[], unit: Unit, route?: string): void {
    if (this.#started) this.#checkChange(this.#list.added(parts, unit, route));
    this.#list.add(parts, unit, route);
  }

  /** What was amiss before keeps nobody from changing something else. */
  #checkChange(items: readonly Item[]): void {
    const faults = orderFaults(items);
    if (!faults.length) return;
    const known = new Set(orderFaults(this.#list.items).map(({ message }) => message));
    const fresh = faults.find(({ message }) => !known.has(message));
    if (fresh) throw fresh;
  }
}

/** `import()`, but for what would be looked for beside this very file. */
async function importModule(specifier: string): Promise<unknown> {
  if (!specifier.startsWith('.')) return import(specifier);
  throw new InvalidConfigError(
    `"${specifier}" is relative to a file that is not known here; give the registry the option \`load: (name) => import(name)\`.`,
  );
}

/** An empty registry. */
export function createRegistry(options: RegistryOptions = {}): PluginRegistry {
  return new PluginRegistry(options);
}
