/** Registries: middleware by name, and functions that all get the same middleware. */
import { type Composable, layersOf } from './compose.ts';
import { UnknownMiddlewareError } from './errors.ts';
import { suggestion, unexpected } from './option.ts';
import type { Traits } from './traits.ts';
import { type OwnTraits, TRAITS } from './layer.ts';
import { type AnyFunction, layersAround, wrap, type Wrapped } from './wrap.ts';

/** Middleware by name. A value: there may be as many as you like. */
export interface Registry {
  /** @throws TypeError for a name that is taken, or for something that is no middleware */
  register<M extends Composable>(name: string, middleware: M): M;
  /** @throws UnknownMiddlewareError if nobody bears the name */
  get(name: string): Composable;
  has(name: string): boolean;
  /** Tells whether there was something to remove. */
  remove(name: string): boolean;
  /** Everyone's name, in the order of registration, with what each says of itself. */
  list(): { readonly name: string; readonly version?: string; readonly description?: string }[];
}

/** Makes an empty registry. */
export function createRegistry(): Registry {
  const entries = new Map<string, Composable>();
  return {
    register(name, middleware) {
      if (typeof name !== 'string' || name === '')
        throw unexpected('name', 'a text that is not empty', name);
      if (entries.has(name)) throw new TypeError(`The name "${name}" is taken; remove it first.`);
      const { handle } = (middleware ?? {}) as { readonly handle?: unknown };
      if (typeof middleware !== 'function' && typeof handle !== 'function') {
        throw unexpected(name, 'a middleware', middleware);
      }
      entries.set(name, middleware);
      return middleware;
    },
    get(name) {
      const found = entries.get(name);
      if (found) return found;
      throw new UnknownMiddlewareError(
        `No middleware is registered as "${name}". ${suggestion(name, [...entries.keys()])}`,
      );
    },
    has: (name) => entries.has(name),
    remove: (name) => entries.delete(name),
    list: () =>
      [...entries].map(([name, middleware]) => {
        const { version, description }: Traits =
          (middleware as { [TRAITS]?: OwnTraits })[TRAITS] ?? {};
        return {
          name,
          ...(version !== undefined && { version }),
          ...(description !== undefined && { description }),
        };
      }),
  };
}

/**
 * Functions that all get the same middleware.
 *
 * @typeParam D the middleware that all of them get
 */
export interface FunctionRegistry<D = Composable> {
  /**
   * Wraps a function in the defaults, and in what is given for it alone, which stands further in.
   *
   * @throws TypeError for a function without a name, or with one that is taken
   */
  register<F extends AnyFunction, M extends readonly Composable[]>(
    fn: F,
    ...middleware: M
  ): Wrapped<F, D | M[number]>;
  /** The wrapped function of that name, if there is one. */
  get(name: string): AnyFunction | undefined;
  /** Every function's name and the names of the middleware round it, outermost first. */
  list(): { readonly name: string; readonly middleware: readonly string[] }[];
}

/**
 * Makes a registry whose defaults apply to every function registered with it.
 *
 * @throws TypeError if something among the defaults is no middleware
 * @example
 * const functions = createFunctionRegistry([timing, logging]);
 * export const chargeCard = functions.register(async function chargeCard(order: Order) { … }, idempotent);
 */
export function createFunctionRegistry<D extends readonly Composable[]>(
  defaults: D,
): FunctionRegistry<D[number]> {
  const functions = new Map<string, AnyFunction>();
  const shared = [...defaults];
  // What is wrong with a default is found when the registry is made, not at the first function.
  shared.forEach(layersOf);
  return {
    register(fn, ...middleware) {
      if (typeof fn !== 'function') throw unexpected('fn', 'a function', fn);
      if (!fn.name)
        throw new TypeError('Expected a function with a name to register, got one without.');
      if (functions.has(fn.name)) throw new TypeError(`The name "${fn.name}" is taken.`);
      const wrapped = wrap(fn, ...shared, ...middleware);
      functions.set(fn.name, wrapped);
      return wrapped as never;
    },
    get: (name) => functions.get(name),
    list: () =>
      [...functions].map(([name, fn]) => ({
        name,
        middleware: layersAround(fn).map((layer) => layer.name),
      })),
  };
}
