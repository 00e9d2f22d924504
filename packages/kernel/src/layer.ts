/** Layer: a middleware in its place, with what it says of itself and how it is joined to the rest. */
import type { AnyMiddleware } from './middleware.ts';
import type { Traits } from './traits.ts';

/** Where a middleware keeps its traits; one symbol for all copies of the package. */
export const TRAITS: unique symbol = Symbol.for('interpose.traits');

/** One stretch of a pipeline, from somewhere to the end. It is always given a context. */
// oxlint-disable-next-line typescript/no-explicit-any -- contexts of every kind pass through here
export type Run = (ctx: any) => any;

/** Joins neighbouring layers of one kind to the rest of the pipeline. */
export type Link = (layers: readonly Layer[], rest: Run) => Run;

/** A middleware in its place, with all that folding needs to know of it. */
export interface Layer {
  readonly name: string;
  readonly run: AnyMiddleware;
  readonly traits: OwnTraits;
}

/** Traits that only the kernel's own makers set. */
export interface OwnTraits extends Traits {
  /** The layers of a composed middleware, so that nested stacks flatten. */
  readonly layers?: readonly Layer[];
  /** How it is joined to the rest, where that is not by calling it with `next`. */
  readonly link?: Link;
  /** What `linkHooks` runs. */
  readonly hooks?: object;
  /** The layers inside a conditional one, for `describe()`. */
  readonly children?: readonly Layer[];
}

/**
 * Declares the traits of a middleware: its name and version, its place, what it may do. Gives the same function back.
 *
 * @example
 * export const audit = define({ name: 'audit', version: '1.2.0', after: 'authenticate' }, (ctx, next) => next(ctx));
 */
export function define<M extends object>(traits: Traits, middleware: M): M {
  const old = (middleware as { [TRAITS]?: OwnTraits })[TRAITS];
  return Object.defineProperty(middleware, TRAITS, {
    value: { ...old, ...traits },
    configurable: true,
  });
}

/** A middleware that is joined to the rest in its own way instead of being called with `next`. */
export function linked<M>(traits: OwnTraits & { readonly link: Link }): M {
  const middleware = (ctx: unknown, next: Run): unknown => traits.link([layer], next)(ctx);
  const layer: Layer = { name: traits.name ?? 'middleware', run: middleware, traits };
  Object.defineProperty(middleware, 'name', { value: layer.name });
  return Object.defineProperty(middleware, TRAITS, { value: traits, configurable: true }) as M;
}
