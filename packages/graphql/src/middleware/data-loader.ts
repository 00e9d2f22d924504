/** dataLoader: gives resolvers loaders that gather and remember what one operation loads. */
import { define, extend, isThenable } from '@interpose/kernel';
import { checkNames, checkWhole, outOfRange, unexpected } from '@interpose/kernel/options';
import { OperationTypeNode } from 'graphql';
import type { FieldTraits } from '../building/field-entry.ts';
import type { FieldContext, FieldMiddleware } from '../field-context.ts';
import { BatchLoads, type ReadySpec, type Schedule } from '../loaders/batch-loads.ts';
import type { LoadNeeds, Loads, LoadSpec, LoadSpecs } from '../loaders/load.ts';
import { perOperation } from '../per-operation.ts';

/** Options of `dataLoader`. */
export interface DataLoaderOptions<L extends LoadSpecs, N extends string = 'load'> {
  /** Load functions by name. */
  readonly loaders: L;
  /** Under which name resolvers find the loaders on their context. @default 'load' */
  readonly as?: N;
  /** How many keys a load function may be given at once, where it does not say so itself. @default 1000 */
  readonly maxBatchSize?: number;
  /** When a batch that has begun is loaded. @default when everything that needs no time has run */
  readonly schedule?: Schedule;
}

/**
 * Puts a loader for each load function on the context of the operation: `context.load.users(id)`. Loads of one moment go to the function
 * together, each key once; what is loaded stays in memory for the operation, and is forgotten after each field of a mutation.
 *
 * @throws TypeError or RangeError for options out of range
 * @example
 * fields().use(dataLoader({ loaders: { users: (ids: readonly string[]) => db.usersByIds(ids) } }));
 * // a resolver: (post, args, context) => context.load.users(post.authorId)
 */
export function dataLoader<L extends LoadSpecs, N extends string = 'load'>(
  options: DataLoaderOptions<L, N>,
): FieldMiddleware<LoadNeeds<L>, LoadNeeds<L> & { readonly [P in N]: Loads<L> }> {
  const specs = checked(options);
  const { as = 'load' } = options;
  const names = specs.map(({ name }) => name).join(', ');
  const operationOf = perOperation((ctx: FieldContext) => new OperationLoads(specs, ctx, as));
  const traits: FieldTraits = {
    name: 'dataLoader',
    description: `Loads many at once: ${names}.`,
    provides: [as],
    during: 'both',
  };
  return define(traits, (ctx: FieldContext, next: (ctx: FieldContext) => unknown) => {
    const operation = operationOf(ctx);
    const context = operation.contextFor(ctx.context);
    const result = next({ ...ctx, context });
    operation.hasEnded(ctx, result);
    return result;
  }) as never;
}

/** The loaders of one operation, and the contexts that they have been put on. */
class OperationLoads {
  readonly #all: readonly BatchLoads[];
  readonly #as: string;
  readonly #adds: object;
  readonly #contexts = new WeakMap<object, object>();
  readonly #isMutation: boolean;

  constructor(specs: readonly ReadySpec[], { context, info }: FieldContext, as: string) {
    this.#all = specs.map((spec) => new BatchLoads(spec, context));
    const faces = specs.map(({ name }, index) => [name, this.#all[index]?.face()] as const);
    this.#as = as;
    this.#adds = { [as]: Object.freeze(Object.fromEntries(faces)) };
    this.#isMutation = info.operation?.operation === OperationTypeNode.MUTATION;
  }

  /** The same for the same context, so that what is kept by it further in is kept. */
  contextFor(context: unknown): object {
    if (typeof context !== 'object' || context === null) return { ...this.#adds };
    let extended = this.#contexts.get(context);
    if (!extended) {
      if (this.#as in context) {
        throw new TypeError(
          `The context has "${this.#as}" already; give dataLoader() another \`as\`.`,
        );
      }
      extended = extend(context, this.#adds);
      this.#contexts.set(context, extended);
    }
    return extended;
  }

  /** Forgets everything when a field of a mutation is done; whoever waits for its result hears of it later. */
  hasEnded({ info }: FieldContext, result: unknown): void {
    if (!this.#isMutation || info.path?.prev) return;
    if (isThenable(result)) result.then(this.#clear, this.#clear);
    else this.#clear();
  }

  readonly #clear = (): void => {
    for (const loads of this.#all) loads.clearAll();
  };
}

function checked(options: DataLoaderOptions<LoadSpecs, string>): readonly ReadySpec[] {
  checkNames('dataLoader()', options, ['loaders', 'as', 'maxBatchSize', 'schedule']);
  const { loaders, as = 'load', maxBatchSize = 1000, schedule } = options;
  if (typeof as !== 'string' || as === '') throw unexpected('as', 'a name', as);
  if (as in {}) throw outOfRange('as', 'a name that not every object has', as);
  checkWhole('maxBatchSize', maxBatchSize, 1);
  if (schedule !== undefined && typeof schedule !== 'function') {
    throw unexpected('schedule', 'a function', schedule);
  }
  const isTable = typeof loaders === 'object' && loaders !== null && !Array.isArray(loaders);
  if (!isTable || Object.keys(loaders).length === 0) {
    throw unexpected('loaders', 'load functions by name', loaders);
  }
  return Object.entries(loaders).map(([name, given]) => ({
    ...readySpec(name, given, maxBatchSize),
    schedule,
  }));
}

function readySpec(name: string, given: unknown, usualSize: number): Omit<ReadySpec, 'schedule'> {
  const at = `loaders.${name}`;
  const spec = (typeof given === 'function' ? { load: given } : given) as Partial<LoadSpec> | null;
  if (typeof spec !== 'object' || spec === null || typeof spec.load !== 'function') {
    throw unexpected(at, 'a load function, or an object with one as `load`', given);
  }
  checkNames(at, spec, ['load', 'maxBatchSize', 'cacheKey', 'cache']);
  const { load, maxBatchSize = usualSize, cacheKey = (key) => key, cache = true } = spec;
  checkWhole(`${at}.maxBatchSize`, maxBatchSize, 1);
  if (typeof cacheKey !== 'function') throw unexpected(`${at}.cacheKey`, 'a function', cacheKey);
  if (typeof cache !== 'boolean') throw unexpected(`${at}.cache`, 'true or false', cache);
  return { name, load: load as ReadySpec['load'], maxBatchSize, cacheKey, cache };
}
