/** provideContext: puts a value on the context of an operation, made once an operation, for everyone further in. */
import { type Awaitable, define, extend, isThenable } from '@interpose/kernel';
import { unexpected } from '@interpose/kernel/options';
import type { FieldContext, FieldMiddleware } from './field-context.ts';
import { perOperation } from './per-operation.ts';

/**
 * Gives middleware further in, and the resolvers, a context with one value more. The value is made when the first field of an operation
 * asks, and all fields of the operation get the same context object. The server's own object does not change.
 *
 * @example
 * const stack = fields<{ request: Request }>()
 *   .use(provideContext('user', ({ context }) => findUser(context.request)))
 *   .use(needsUser);
 */
export function provideContext<K extends string, V, Context extends object>(
  key: K,
  make: (ctx: FieldContext<Context>) => Awaitable<V>,
): FieldMiddleware<Context, Context & Readonly<Record<K, V>>> {
  if (typeof key !== 'string' || key === '') throw unexpected('key', 'a name', key);
  if (typeof make !== 'function') throw unexpected('make', 'a function', make);
  type Provided = Context & Readonly<Record<K, V>>;
  const contextFor = perOperation<Later<Provided>, Context>((ctx) => {
    const put = (value: V): Provided =>
      extend(ctx.context ?? {}, { [key]: value } as Record<K, V>) as Provided;
    let made: Awaitable<V>;
    try {
      made = make(ctx);
    } catch (error) {
      return { failure: { error } };
    }
    if (!isThenable(made)) return { context: put(made) };
    const later: Made<Provided> = { context: made.then((value) => (later.context = put(value))) };
    return later;
  });
  const middleware: FieldMiddleware<Context, Provided> = (ctx, next) => {
    const { context, failure } = contextFor(ctx);
    if (failure) throw failure.error;
    return isThenable(context)
      ? context.then((settled) => next({ ...ctx, context: settled }))
      : next({ ...ctx, context });
  };
  return define({ name: `provideContext(${key})`, provides: [key] }, middleware);
}

/** Once it is there, nobody waits for it any more. */
interface Made<T> {
  context: Awaitable<T>;
  readonly failure?: never;
}

/** What could not be made for one field is not tried again for each other. */
interface Failed {
  readonly context?: never;
  readonly failure: { readonly error: unknown };
}

type Later<T> = Made<T> | Failed;
