/** lazy: puts resources on the context that are loaded only when somebody asks for them. */
import { type Awaitable, define } from '@interpose/kernel';
import { checkNames, unexpected } from '@interpose/kernel/options';
import { reportFailure } from '@interpose/kernel/unharmed';
import { checkFunction } from '../policy.ts';
import { untilEnd } from './end-of-call.ts';
import { LazyResource } from './lazy-resource.ts';
import { quietExtend } from './quiet-copy.ts';

/** How one resource is loaded, and for whom. */
export type LazySpec<C, T> = RequestSpec<C, T> | AppSpec<T>;

/** A resource that each call has for itself. */
export interface RequestSpec<C, T> {
  /** @default 'request' */
  readonly scope?: 'request';
  /** Loads it when a call first asks for it. */
  readonly load: (ctx: C) => Awaitable<T>;
  /** Ends it after the call; for a stream, after the stream. @default nothing is done */
  readonly dispose?: (resource: NoInfer<T>) => Awaitable<unknown>;
}

/** A resource that all calls share. It must not know whose call came first, so its loader is given no context. */
export interface AppSpec<T> {
  readonly scope: 'app';
  /** Loads it when a call first asks for it. */
  readonly load: () => Awaitable<T>;
  /** Ends it when the middleware is disposed of. @default nothing is done */
  readonly dispose?: (resource: NoInfer<T>) => Awaitable<unknown>;
}

/** What handlers see: `await ctx.db.get()`. */
export type Lazies<T> = { readonly [K in keyof T]: LazyResource<T[K]> };

/** What the loaders need of the context, all together. */
export type LazyContext<S> = [{ [K in keyof S]: S[K] }[keyof S]] extends [
  { readonly load: (ctx: infer C) => unknown },
]
  ? C
  : object;

/** Options of `lazy`. */
export interface LazyOptions {
  /** Is given what `dispose` throws after a call; the call does not notice. @default writes to the console */
  readonly onFailure?: (error: unknown) => void;
}

/** The middleware; disposing of it disposes of the resources that all calls share. */
export interface LazyMiddleware<C, T> {
  <In extends C, R>(ctx: In, next: (ctx: In & Lazies<T>) => Awaitable<R>): Awaitable<R>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Puts resources on the context that are loaded when somebody asks for them, and not at all if nobody does. What a call
 * has loaded for itself is disposed of after the call, last loaded first; asked then, it throws a DisposedError.
 *
 * @throws TypeError for a resource that is described wrongly
 * @example
 * pipeline<Http, Response>()
 *   .use(lazy({ db: { load: (ctx: Http) => connect(ctx.tenant), dispose: (db) => db.close() }, model: { load: loadModel, scope: 'app' } }))
 *   .handle(async (ctx) => render(await (await ctx.db.get()).users()));
 */
export function lazy<T extends object, S extends object>(
  specs: S & { readonly [K in keyof T]: LazySpec<never, T[K]> },
  options: LazyOptions = {},
): LazyMiddleware<LazyContext<S>, T> {
  checkNames('lazy()', options, ['onFailure']);
  const { onFailure = reportFailure } = options;
  checkFunction('onFailure', onFailure);
  const all = Object.entries(specs) as [string, LazySpec<never, unknown>][];
  for (const [name, spec] of all) checkSpec(name, spec);
  const own = all.filter(([, { scope }]) => scope !== 'app');
  const shared = new Shelf();
  for (const [name, spec] of all) if (spec.scope === 'app') shared.add(name, spec, undefined);

  const provide = (ctx: object, next: (ctx: object) => unknown): unknown => {
    const shelf = new Shelf(onFailure);
    for (const [name, spec] of own) shelf.add(name, spec, ctx);
    return untilEnd(
      ctx,
      () => next(quietExtend(ctx, Object.fromEntries([...shared.entries, ...shelf.entries]))),
      () => shelf.clear(),
    );
  };
  return Object.assign(define({ name: 'lazy', provides: all.map(([name]) => name) }, provide), {
    [Symbol.asyncDispose]: () => shared.dispose(),
  }) as never;
}

function checkSpec(name: string, spec: object): void {
  if (typeof spec !== 'object' || spec === null) {
    throw unexpected(name, 'an object with `load`', spec);
  }
  checkNames(`lazy(), "${name}"`, spec, ['load', 'scope', 'dispose']);
  const { load, scope = 'request', dispose } = spec as LazySpec<object, unknown>;
  if (typeof load !== 'function') throw unexpected(`${name}.load`, 'a function', load);
  if (scope !== 'request' && scope !== 'app') {
    throw unexpected(`${name}.scope`, `'request' or 'app'`, scope);
  }
  checkFunction(`${name}.dispose`, dispose);
}

/** Resources that end together. */
class Shelf {
  readonly entries: [string, LazyResource<unknown>][] = [];
  /** In the order in which they were loaded: a later one may need an earlier one. */
  readonly #loaded: LazyResource<unknown>[] = [];
  readonly #onFailure: (error: unknown) => void;

  constructor(onFailure: (error: unknown) => void = reportFailure) {
    this.#onFailure = onFailure;
  }

  add(name: string, { load, dispose }: LazySpec<never, unknown>, ctx: unknown): void {
    const loadIt = async (): Promise<unknown> => {
      const value = await load(ctx as never);
      this.#loaded.push(resource);
      return value;
    };
    const resource = new LazyResource(loadIt, { name, ...(dispose && { dispose }) });
    this.entries.push([name, resource]);
  }

  /** Ends all; a promise only if there is something to wait for. What is still being loaded ends when it is there. */
  clear(): Promise<void> | undefined {
    const loaded = this.#takeLoaded();
    for (const [, resource] of this.entries) {
      if (!loaded.includes(resource)) resource.dispose().catch(this.#onFailure);
    }
    return loaded.length > 0 ? this.#end(loaded) : undefined;
  }

  /** Ends all, and waits for all; the first failure is thrown when the others have been tried. */
  async dispose(): Promise<void> {
    const failures: unknown[] = [];
    await this.#end(this.#takeLoaded(), (error) => failures.push(error));
    for (const [, resource] of this.entries) {
      await resource.dispose().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }

  #takeLoaded(): LazyResource<unknown>[] {
    return [...new Set(this.#loaded.splice(0).toReversed())];
  }

  async #end(
    loaded: readonly LazyResource<unknown>[],
    onFailure: (error: unknown) => unknown = this.#onFailure,
  ): Promise<void> {
    for (const resource of loaded) {
      await resource.dispose().catch(onFailure);
    }
  }
}
