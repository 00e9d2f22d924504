/** MiddlewareInvoker: runs pipelines with a guard round each of their middleware. */
import type { Runner } from '@interpose/kernel';
import { fold, type Layer, layersOf, type Run } from '@interpose/kernel/layers';
import {
  exceptionBoundary,
  type ExceptionBoundaryOptions,
} from '../boundary/exception-boundary.ts';
import { problemRules } from '../boundary/problem.ts';
import { Events, type Listener } from '../events.ts';
import { Account } from './account.ts';
import { Desk } from './desk.ts';
import { explainGuard, type GuardDescription } from './explain-guard.ts';
import type { GuardEvents } from './guard-events.ts';
import {
  checkMiddlewareNames,
  type GuardOptions,
  guardSettings,
  type GuardSettings,
  type NoneIsBoth,
} from './guard-options.ts';
import { guardedLayer } from './guarded-row.ts';
import { type Marks, marksOf, notOptional } from './guarded.ts';
import { MiddlewareCircuitBreaker } from './middleware-circuit-breaker.ts';
import { MiddlewareMetricsCollector } from './middleware-metrics-collector.ts';
import type { Treatment } from './station.ts';
import { Teller } from './teller.ts';

/** A pipeline with its handler, as a guard needs it. */
export type Guardable = Pick<Runner<never, unknown>, 'describe' | 'foldWith'>;

type Join = NonNullable<Parameters<Guardable['foldWith']>[0]>;

/** Pipelines that are under guard. */
const GUARDED = new WeakSet<object>();

/**
 * Puts a guard round each middleware of pipelines: a limit to its own time, a circuit breaker, and figures. Pipelines under one invoker
 * share limits, circuits and figures of middleware that bear the same name.
 *
 * @typeParam O the names of those that are optional
 * @typeParam S the names of those on which security rests
 * @throws TypeError or RangeError for options out of range
 * @example
 * const invoker = new MiddlewareInvoker({ env: process.env, middlewareTimeouts: { render: 10 } });
 * invoker.guard(serve, serveAdmin);
 */
export class MiddlewareInvoker<const O extends string = never, const S extends string = never> {
  /** The circuits of the middleware. */
  readonly circuitBreaker: MiddlewareCircuitBreaker;
  /** The figures of the middleware. */
  readonly metrics: MiddlewareMetricsCollector;
  readonly #settings: GuardSettings;
  readonly #events: Events<GuardEvents>;
  readonly #desk: Desk;
  readonly #boundary: readonly Layer[];
  readonly #accounts: Map<string, Account> = new Map();
  readonly #treatments: Map<string, Treatment> = new Map();
  readonly #runners: Map<Guardable, Guardable['foldWith']> = new Map();

  constructor(options: GuardOptions<O, S> & NoneIsBoth<O, S> = {} as never) {
    const settings = guardSettings(options);
    const { clock, inclusive, logger, onListenerError, isFailure } = settings;
    this.#settings = settings;
    this.#events = new Events({ policy: 'guard', clock, onListenerError }, EVENTS);
    const teller = new Teller({ logger, events: this.#events, onFailure: onListenerError });
    const boundary = boundaryOptions(settings);
    this.#boundary = boundary ? layersOf(exceptionBoundary(boundary), 0) : [];
    const rules = problemRules(boundary?.table);
    this.#desk = new Desk({ clock, inclusive, teller, isFailure, rules });
    this.metrics = new MiddlewareMetricsCollector({ clock });
    this.circuitBreaker = new MiddlewareCircuitBreaker(settings.circuitBreaker || {}, {
      clock,
      onChange: (...change) => teller.stateChanged(...change),
    });
  }

  /**
   * Puts pipelines under guard, from their next call on.
   *
   * @throws TypeError if an option names a middleware that none of the pipelines has, or if a pipeline is under guard already
   */
  guard(...runners: readonly Guardable[]): this {
    if (runners.some((runner) => GUARDED.has(runner))) {
      throw new TypeError('The pipeline is under guard already; one guard is enough.');
    }
    const all = [...this.#runners.keys(), ...runners];
    const known = all.flatMap((runner) => runner.describe().map(({ name }) => name));
    checkMiddlewareNames(this.#settings, new Set(known));
    for (const runner of runners) this.#take(runner);
    return this;
  }

  /** Listens to one of its events, or with `*` to all; gives back how to stop. @throws TypeError if there is no such event */
  on<K extends keyof GuardEvents & string>(type: K, listener: Listener<GuardEvents, K>): () => void;
  on(type: '*', listener: Listener<GuardEvents, keyof GuardEvents & string>): () => void;
  on(type: string, listener: (event: never) => unknown): () => void {
    return this.#events.on(type, listener);
  }

  /** The middleware in the order in which they run, with how each is guarded. */
  describe(): GuardDescription[] {
    return [...this.#runners.keys()].flatMap((runner) =>
      runner.describe().map(({ name, state, reason }) => {
        const treatment = this.#treatments.get(name) ?? treatmentOf(name, {}, this.#settings);
        return {
          name,
          state,
          reason,
          timeoutMs: treatment.limitMs === Infinity ? 0 : treatment.limitMs,
          circuit: this.circuitBreaker.getState(name),
          whenOpen: treatment.isOptional ? 'skip' : 'refuse',
        };
      }),
    );
  }

  /** The same in words, one line a middleware, outermost first. */
  explain(): string {
    return explainGuard(this.describe(), this.#boundary.length > 0);
  }

  /** Lets the pipelines go: from their next call on they run without a guard. */
  [Symbol.dispose](): void {
    for (const [runner, foldWith] of this.#runners) {
      GUARDED.delete(runner);
      Object.assign(runner, { foldWith });
      foldWith(undefined);
    }
    this.#runners.clear();
    this.circuitBreaker[Symbol.dispose]();
  }

  #take(runner: Guardable): void {
    const { foldWith } = runner;
    const join = (other: Join | undefined): void =>
      foldWith((layers, terminal) => this.#join(layers, terminal, other));
    try {
      join(undefined);
    } catch (error) {
      foldWith(undefined);
      throw error;
    }
    GUARDED.add(runner);
    this.#runners.set(runner, foldWith);
    // Whoever joins the layers in another way later, an observer say, gets them with their guards.
    Object.assign(runner, { foldWith: join });
  }

  #join(layers: readonly Layer[], terminal: Run, other: Join = fold): Run {
    const guarded = layers.map((bare) => {
      const treatment = treatmentOf(bare.name, marksOf(bare), this.#settings);
      this.#treatments.set(bare.name, treatment);
      return guardedLayer({
        bare,
        account: this.#accountOf(bare.name),
        treatment,
        desk: this.#desk,
      });
    });
    const run = other(guarded, terminal);
    return this.#boundary.length > 0 ? fold(this.#boundary, run) : run;
  }

  #accountOf(name: string): Account {
    const found = this.#accounts.get(name);
    if (found) return found;
    const record = this.metrics.recordOf(name);
    const breaks = this.#settings.circuitBreaker !== false;
    const circuit = breaks ? this.circuitBreaker.circuitOf(name) : undefined;
    const account = new Account({ name, record, circuit });
    this.#accounts.set(name, account);
    return account;
  }
}

/** How a middleware is treated by its name and its marks: who runs it may say otherwise than who wrote it. */
function treatmentOf(name: string, marks: Marks, settings: GuardSettings): Treatment {
  const isOptional = marks.optional === true || settings.isOptional.has(name);
  if (isOptional && (marks.security || settings.isSecurity.has(name))) throw notOptional(name);
  const marked = marks.timeoutMs === undefined ? settings.limitMs : marks.timeoutMs || Infinity;
  return { limitMs: settings.limitsMs.get(name) ?? marked, isOptional };
}

/** A boundary that is a function gives the answers; the guard's log is told the errors. */
function boundaryOptions({
  boundary,
  logger,
}: GuardSettings): ExceptionBoundaryOptions<never, unknown> | undefined {
  if (boundary === undefined) return undefined;
  const options = typeof boundary === 'function' ? { toResult: boundary } : boundary;
  return logger ? { logger, ...options } : options;
}

const EVENTS: readonly (keyof GuardEvents & string)[] = [
  'failed',
  'timedOut',
  'late',
  'blocked',
  'skipped',
  'rejected',
  'stateChanged',
];
