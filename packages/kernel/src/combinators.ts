/** Middleware made of other middleware: on a condition, by choice, side by side. */
import { type Composable, fold, layersOf } from './compose.ts';
import type { Layer, Link, Run } from './layer.ts';
import { UnknownBranchError } from './errors.ts';
import { createMiddleware } from './hooks.ts';
import { linked } from './layer.ts';
import { type Awaitable, isThenable, type Middleware } from './middleware.ts';
import { unexpected } from './option.ts';
import { linkProven } from './proof.ts';

/** What the rest may count on when a middleware that provides something ran only perhaps. */
export type Perhaps<In, Out> = In & Partial<Omit<Out, keyof In>>;

/**
 * Runs a middleware only if a condition holds for the context at that moment, and another one, or none, if it does not.
 * The condition is asked once a call. When it throws, that is an error: a failed question opens no door.
 *
 * A condition that does not hold skips the middleware; it does not refuse the call.
 *
 * @throws TypeError if one of the arguments is of another kind
 * @example
 * pipeline<Http, Response>().use(when((ctx) => ctx.path.startsWith('/admin'), requireAdmin));
 */
export function when<In, R, Out = In>(
  condition: (ctx: In) => Awaitable<boolean>,
  middleware: Middleware<In, R, Out>,
  otherwise?: Middleware<In, R>,
): Middleware<In, R, Perhaps<In, Out>> {
  if (typeof condition !== 'function') throw unexpected('condition', 'a function', condition);
  const yes = layersOf(middleware, 0);
  const no = otherwise ? layersOf(otherwise, 1) : [];
  return choice(`when(${names(yes)})`, [yes, no], ([run, other], ctx) => {
    const held = condition(ctx as In);
    return isThenable(held) ? held.then((late) => (late ? run : other)) : held ? run : other;
  });
}

/**
 * Runs the one of several middleware that a function chooses by name.
 *
 * @throws UnknownBranchError when called, if the name is none of the cases and there is no `otherwise`
 * @example
 * branch((ctx) => ctx.headers['x-api-version'] ?? 'v2', { v1: translateV1, v2: passThrough });
 */
export function branch<In, R>(
  choose: (ctx: In) => Awaitable<string>,
  cases: Readonly<Record<string, Middleware<In, R>>>,
  otherwise?: Middleware<In, R>,
): Middleware<In, R> {
  const keys = Object.keys(cases);
  const branches = keys.map((key, index) => layersOf(cases[key] as Composable, index));
  const fallback = otherwise ? layersOf(otherwise, keys.length) : undefined;
  const all = fallback ? [...branches, fallback] : branches;
  return choice(`branch(${keys.join(', ')})`, all, (runs, ctx) => {
    const pick = (key: string): Run => {
      const run = runs[keys.indexOf(key)] ?? runs[keys.length];
      if (!run) throw new UnknownBranchError(key, keys);
      return run;
    };
    const key = choose(ctx as In);
    return isThenable(key) ? key.then(pick) : pick(key);
  });
}

/**
 * Puts a value on the context for everyone further in.
 *
 * @example
 * pipeline<Http, Response>().use(provide('user', (ctx: Http) => findUser(ctx.headers)));
 */
export function provide<K extends string, V, C extends object>(
  key: K,
  make: (ctx: C) => Awaitable<V>,
): <R>(ctx: C, next: (ctx: C & Record<K, V>) => Awaitable<R>) => Awaitable<R> {
  const put = (ctx: C, value: V): void => void ((ctx as Record<string, unknown>)[key] = value);
  return createMiddleware<C, never>({
    name: `provide(${key})`,
    provides: [key],
    before(ctx) {
      const made = make(ctx);
      return isThenable(made) ? made.then((value) => put(ctx, value as V)) : put(ctx, made as V);
    },
  }) as never;
}

/**
 * Puts values on the context for everyone further in.
 *
 * @example
 * const call = wrap(fetchUser, withContext({ tenant: 'acme' }), audit);
 */
export function withContext<A extends object>(
  values: A,
): <C extends object, R>(ctx: C, next: (ctx: C & A) => Awaitable<R>) => Awaitable<R> {
  return createMiddleware<object, never>({
    name: 'withContext',
    provides: Object.keys(values),
    before(ctx) {
      // Defined, not assigned: a key such as __proto__ is a key like any other.
      for (const [key, value] of Object.entries(values)) {
        Object.defineProperty(ctx, key, {
          value,
          writable: true,
          enumerable: true,
          configurable: true,
        });
      }
    },
  }) as never;
}

type Choose = (runs: readonly Run[], ctx: unknown) => Awaitable<Run | undefined>;

/** A middleware that goes on through one of several folds of the same rest. */
function choice<M>(name: string, options: readonly (readonly Layer[])[], choose: Choose): M {
  const link: Link = ([], rest) => {
    const runs = options.map((layers) => fold(layers, rest, linkProven));
    return (ctx) => {
      const run = choose(runs, ctx) as Awaitable<Run>;
      return isThenable(run) ? run.then((late) => late(ctx) as unknown) : run(ctx);
    };
  };
  return linked({ name, link, children: options.flat() });
}

const names = (layers: readonly Layer[]): string => layers.map(({ name }) => name).join(', ');
