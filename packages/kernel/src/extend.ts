/** Extends a context without touching it: the way to hand on more than one was given. */

/** Where an object keeps its own way of being copied; for contexts with private fields. */
export const COPY: unique symbol = Symbol.for('interpose.copy');

/**
 * A shallow copy of a context, of the same kind, with more on it. The original does not change; nested objects are
 * shared, and a getter among its own properties is read once.
 *
 * @example
 * next(extend(ctx, { user }));
 */
export function extend<C extends object, A extends object>(ctx: C, adds: A): C & A {
  const own = (ctx as { [COPY]?: () => C })[COPY];
  if (!own) return copied(ctx, adds);
  const copy = own.call(ctx);
  for (const key of Reflect.ownKeys(adds)) {
    const value: unknown = adds[key as never];
    // The prototype may have a getter of that name and no setter, or one that does more than to set.
    if (!(key in copy)) copy[key as never] = value as never;
    else
      Object.defineProperty(copy, key, {
        value,
        writable: true,
        enumerable: true,
        configurable: true,
      });
  }
  return copy as C & A;
}

/** A literal defines its properties, so no setter runs; with a prototype it is also much faster than a bare spread. */
export function copied<C extends object, A extends object>(ctx: C, adds: A): C & A {
  return { __proto__: Object.getPrototypeOf(ctx) as object, ...ctx, ...adds };
}
