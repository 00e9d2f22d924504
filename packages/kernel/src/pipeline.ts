/** The builder: middleware in order, with the types of what each provides; then a handler, and it runs. */
import { type Composable, fold, layersOf, stack } from './compose.ts';
import type { Layer, Run } from './layer.ts';
import { describe, type Description, explain } from './describe.ts';
import { insert, remove, replace } from './edit.ts';
import { UnexpectedPromiseError } from './errors.ts';
import {
  type Awaitable,
  type Handler,
  isThenable,
  type Middleware,
  type MiddlewareObject,
} from './middleware.ts';
import { checkNames } from './option.ts';
import { arrange, type Entry, PHASES, type Placed } from './order.ts';
import { linkProven } from './proof.ts';
import type { Placement } from './traits.ts';
import type { OwnTraits } from './layer.ts';

/** Options of `pipeline`. */
export interface PipelineOptions {
  /** Names of the phases, outermost first. @default observe, guard, limit, recover, execute */
  readonly phases?: readonly string[];
  /** Lets every middleware answer `undefined`; for calls that have no result. @default false */
  readonly answersNothing?: boolean;
}

/** A pipeline with its handler: call it with a context. */
export interface Runner<In, Result> {
  (ctx: In): Result;
  /** The effective order in words, one line a middleware, outermost first. */
  explain(): string;
  /** The effective order as plain data. */
  describe(): Description[];
  /** Enables or disables every middleware of that name from the next call on; running calls are not disturbed. */
  setState(name: string, state: 'active' | 'disabled'): void;
  /** How the layers are joined from the next call on; for `observe()` and its like. Nothing given: as ever. */
  foldWith(join: Join | undefined): void;
}

/** Joins layers and the terminal handler to one run. */
export type Join = (layers: readonly Layer[], terminal: Run) => Run;

/** An edit is asked for by name; by default it is an error if nobody has it. */
export interface EditOptions {
  /** Let a name that is not there pass. @default false */
  readonly optional?: boolean;
}

/**
 * A list of middleware that knows what each provides to those after it. Immutable: every method gives a new one.
 *
 * @typeParam In the context that callers bring
 * @typeParam Ctx the context that the next middleware gets
 * @typeParam R what the pipeline answers
 */
export class Pipeline<In, Ctx, R> {
  readonly #entries: readonly Entry[];
  readonly #options: PipelineOptions;

  /** Use `pipeline()`. */
  constructor(entries: readonly Entry[], options: PipelineOptions) {
    this.#entries = entries;
    this.#options = options;
  }

  /** Adds a middleware further in than those before it, unless its placement says otherwise. */
  use<Out = Ctx>(
    middleware: Middleware<Ctx, R, Out> | MiddlewareObject<Ctx, R, Out>,
    placement: Placement = {},
  ): Pipeline<In, Ctx & Out, R> {
    const added = this.#entriesOf(middleware, placement, `use() ${this.#entries.length + 1}`);
    return new Pipeline([...this.#entries, ...added], this.#options);
  }

  /** The pipeline without those of that name. */
  without(name: string, options?: EditOptions): Pipeline<In, Ctx, R> {
    return new Pipeline(remove(this.#entries, name, options), this.#options);
  }

  /** The pipeline with another middleware in the place of the one of that name, under the same name. */
  replace(
    name: string,
    middleware: Middleware<Ctx, R>,
    options?: EditOptions,
  ): Pipeline<In, Ctx, R> {
    const added = this.#entriesOf(middleware, { name }, `replace("${name}")`);
    return new Pipeline(replace(this.#entries, name, added, options), this.#options);
  }

  /** The pipeline with a middleware directly outside the one of that name. */
  insertBefore(
    name: string,
    middleware: Middleware<Ctx, R>,
    options?: EditOptions,
  ): Pipeline<In, Ctx, R> {
    const added = this.#entriesOf(middleware, {}, `insertBefore("${name}")`);
    return new Pipeline(insert(this.#entries, name, added, { ...options, side: 0 }), this.#options);
  }

  /** The pipeline with a middleware directly inside the one of that name. */
  insertAfter(
    name: string,
    middleware: Middleware<Ctx, R>,
    options?: EditOptions,
  ): Pipeline<In, Ctx, R> {
    const added = this.#entriesOf(middleware, {}, `insertAfter("${name}")`);
    return new Pipeline(insert(this.#entries, name, added, { ...options, side: 1 }), this.#options);
  }

  /** The whole pipeline as one middleware, to be used in another. */
  middleware(): Middleware<In, R, Ctx> {
    // In the pipeline that uses them they stay together: their order is decided here.
    const layers = active(this.#arranged()).map(({ layer }) => ({
      ...layer,
      traits: unplaced(layer.traits),
    }));
    return stack(layers, linkProven) as unknown as Middleware<In, R, Ctx>;
  }

  /**
   * Makes it ready to run. A call gives a plain value if nothing in it was asynchronous, else a promise.
   *
   * @throws OrderError or UnknownMiddlewareError if the middleware cannot be put in order
   */
  handle(handler: Handler<Ctx, R>): Runner<In, Awaitable<R>> {
    return this.#runner<Awaitable<R>>(handler);
  }

  /**
   * Makes it ready to run where nothing is asynchronous: a call gives the plain value.
   *
   * @throws UnexpectedPromiseError when called, if something was asynchronous after all
   */
  handleSync(handler: (ctx: Ctx) => R): Runner<In, R> {
    return this.#runner(handler, (result) => {
      if (!isThenable(result)) return result as R;
      result.then(undefined, () => {});
      throw new UnexpectedPromiseError();
    });
  }

  /** The effective order in words. */
  explain(): string {
    return explain(this.#arranged(), 'handler');
  }

  /** The effective order as plain data. */
  describe(): Description[] {
    return describe(this.#arranged());
  }

  #arranged(entries = this.#entries): Placed[] {
    return arrange(entries, this.#options.phases ?? PHASES);
  }

  #entriesOf(item: unknown, placement: Placement, origin: string): Entry[] {
    checkNames('a placement', placement, PLACEMENT);
    const layers = layersOf(item as Composable, this.#entries.length);
    const { phases = PHASES, answersNothing } = this.#options;
    return layers.map((layer, index) => {
      const wish = { ...layer.traits, ...placement };
      const grouped = layers.length > 1;
      const name = (grouped ? undefined : placement.name) ?? layer.name;
      const traits =
        answersNothing === undefined ? layer.traits : { answersNothing, ...layer.traits };
      return {
        layer: { ...layer, name, traits },
        phase: wish.phase ?? (phases.at(-1) as string),
        priority: wish.priority ?? 0,
        before: list(wish.before),
        after: list(wish.after),
        requires: wish.requires ?? [],
        provides: wish.provides ?? [],
        state: wish.state ?? 'active',
        origin: grouped
          ? `${origin}, ${placement.name ?? 'stack'} ${index + 1} of ${layers.length}`
          : origin,
      };
    });
  }

  #runner<Result>(
    handler: Handler<Ctx, R>,
    finish?: (result: unknown) => Result,
  ): Runner<In, Result> {
    let placed = this.#arranged();
    let entries = this.#entries;
    let join: Join | undefined;
    let run: Run;
    const build = (): void => {
      const layers = active(placed).map(({ layer }) => layer);
      run = join ? join(layers, handler) : fold(layers, handler, linkProven);
    };
    build();
    const call = finish ? (ctx: In) => finish(run(ctx)) : (ctx: In) => run(ctx) as Result;
    return Object.assign(call, {
      explain: () => explain(placed, handler.name || 'handler'),
      describe: () => describe(placed),
      foldWith: (other: Join | undefined) => {
        join = other;
        build();
      },
      setState: (name: string, state: 'active' | 'disabled') => {
        const changed = replace(entries, name, (entry) => ({ ...entry, state }));
        placed = this.#arranged(changed);
        entries = changed;
        build();
      },
    });
  }
}

const PLACEMENT = ['name', 'phase', 'priority', 'before', 'after', 'requires', 'provides', 'state'];

const list = (names: string | readonly string[] = []): readonly string[] =>
  typeof names === 'string' ? [names] : names;

const unplaced = (traits: OwnTraits): OwnTraits =>
  Object.fromEntries(
    Object.entries(traits).filter(([key]) => key === 'name' || !PLACEMENT.includes(key)),
  );

const active = (placed: readonly Placed[]): Entry[] =>
  placed.map(({ entry }) => entry).filter(({ state }) => state === 'active');

/**
 * Starts a pipeline. The first middleware used is the outermost.
 *
 * @example
 * const serve = pipeline<Http, Response>().use(requestId).use(authenticate).handle((ctx) => greet(ctx.user));
 * const response = await serve({ headers });
 */
export function pipeline<In, R>(options: PipelineOptions = {}): Pipeline<In, In, R> {
  checkNames('pipeline()', options, ['phases', 'answersNothing']);
  return new Pipeline([], options);
}
