/** Extends a context without touching it: the way to hand on more than one was given. */

/** Where an object keeps its own way of being copied; for contexts with private fields. */
export const COPY: unique symbol = Symbol.for('interpose.copy');

/**
 * A shallow copy of a context, of the same kind, with more on it. The original does not change; nested objects are shared.
 *
 * @example
 * next(extend(ctx, { user }));
 */
export function extend<C extends object, A extends object>(ctx: C, adds: A): C & A {
  const prototype: unknown = Object.getPrototypeOf(ctx);
  if (prototype === Object.prototype || prototype === null) return { ...ctx, ...adds };
  const own = (ctx as { [COPY]?: () => C })[COPY];
  const copy = own ? own.call(ctx) : (Object.create(prototype as object, Object.getOwnPropertyDescriptors(ctx)) as C);
  // Defined, not assigned: the prototype may have a getter of that name and no setter.
  for (const key of Reflect.ownKeys(adds)) {
    const value: unknown = (adds as Record<PropertyKey, unknown>)[key];
    Object.defineProperty(copy, key, { value, writable: true, enumerable: true, configurable: true });
  }
  return copy as C & A;
}
