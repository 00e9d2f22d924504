/** Middleware made of hooks. They need no function round the rest, so neighbours are joined into one loop. */
import type { Layer, Link, Run } from './compose.ts';
import { isThenable, type Awaitable, type Middleware } from './middleware.ts';
import { unexpected } from './option.ts';
import { type OwnTraits, type Traits, TRAITS } from './traits.ts';

/** What a hook returns to give the answer itself. */
export class Answer<R> {
  readonly value: R;
  constructor(value: R) {
    this.value = value;
  }
}

/** Lets a hook answer: `before` in place of the rest, `after` in place of its result, `onError` in place of its error. */
export function answer<R>(value: R): Answer<R> {
  return new Answer(value);
}

/** What a hook may return: nothing, or an answer; at once or later. */
export type HookResult<R> = Awaitable<Answer<R> | void>;

/** How the rest ended. */
export type Outcome<R> =
  | { readonly ok: true; readonly value: R }
  | { readonly ok: false; readonly error: unknown };

/**
 * What to do at each turn; as in `try { before; next; after } catch { onError } finally { finally }`.
 * Whatever a hook returns that is no answer is ignored; a promise is waited for, a plain value costs nothing.
 */
export interface Hooks<C, R> {
  /** Before the rest. An answer stands for the rest, which does not run; neither does this middleware's `after`. */
  before?(ctx: C): HookResult<R>;
  /** When there is a result. */
  after?(ctx: C, result: R): HookResult<R>;
  /** When the rest or one of the hooks above has thrown. Without an answer the error goes on. */
  onError?(ctx: C, error: unknown): HookResult<R>;
  /** At the end, however it came; also when `before` has answered or thrown. */
  finally?(ctx: C, outcome: Outcome<R>): Awaitable<void>;
}

// oxlint-disable-next-line typescript/no-explicit-any -- hooks of unlike contexts stand in one list
type AnyHooks = Hooks<any, any>;

/** Joins neighbouring hooks to the rest. Stays synchronous for as long as the hooks and the rest do. */
export const linkHooks: Link = (layers, rest) => {
  const all = layers.map((layer) => layer.traits.hooks as AnyHooks);
  const innermost = all.length - 1;
  const leaves = all.some((hooks) => hooks.after ?? hooks.onError ?? hooks.finally);

  const enter = (ctx: unknown, from: number): unknown => {
    let at = from;
    let said: unknown;
    let stopped = false;
    try {
      for (; at <= innermost && !stopped; at++) {
        said = (all[at] as AnyHooks).before?.(ctx);
        stopped = said !== undefined && (said instanceof Answer || isThenable(said));
      }
      at--;
      if (!stopped) said = rest(ctx);
    } catch (error) {
      return fail(ctx, at, error);
    }
    if (stopped) return said instanceof Answer ? finish(ctx, at, true, said.value) : wait(said, ctx, at);
    if (!leaves) return said;
    return isThenable(said)
      ? said.then(
          (value) => succeed(ctx, innermost, value),
          (error: unknown) => fail(ctx, innermost, error),
        )
      : succeed(ctx, innermost, said);
  };

  const wait = (said: unknown, ctx: unknown, at: number): unknown =>
    (said as PromiseLike<unknown>).then(
      (late) => (late instanceof Answer ? finish(ctx, at, true, late.value) : enter(ctx, at + 1)),
      (error: unknown) => fail(ctx, at, error),
    );

  const succeed = (ctx: unknown, from: number, result: unknown): unknown => {
    let value = result;
    for (let at = from; at >= 0; at--) {
      const hooks = all[at] as AnyHooks;
      if (hooks.after) {
        let said: unknown;
        try {
          said = hooks.after(ctx, value);
        } catch (error) {
          return fail(ctx, at, error);
        }
        if (said instanceof Answer) value = said.value;
        else if (isThenable(said)) return leaving(said, ctx, at, value);
      }
      if (hooks.finally) return finish(ctx, at, true, value);
    }
    return value;
  };

  const leaving = (said: PromiseLike<unknown>, ctx: unknown, at: number, value: unknown): unknown =>
    said.then(
      (late) => finish(ctx, at, true, late instanceof Answer ? late.value : value),
      (error: unknown) => fail(ctx, at, error),
    );

  const fail = (ctx: unknown, from: number, reason: unknown): unknown => {
    if (!(all[from] as AnyHooks).onError) return finish(ctx, from, false, reason);
    const settle = (said: unknown): unknown =>
      said instanceof Answer ? finish(ctx, from, true, said.value) : finish(ctx, from, false, reason);
    const replace = (error: unknown): unknown => finish(ctx, from, false, causedBy(error, reason));
    let said: unknown;
    try {
      said = (all[from] as AnyHooks).onError?.(ctx, reason);
    } catch (error) {
      return replace(error);
    }
    return isThenable(said) ? said.then(settle, replace) : settle(said);
  };

  /** Runs the `finally` of one layer and hands the outcome to the next layer out. */
  const finish = (ctx: unknown, at: number, ok: boolean, outcome: unknown): unknown => {
    const goOn = (): unknown => {
      if (ok) return succeed(ctx, at - 1, outcome);
      if (at === 0) throw outcome;
      return fail(ctx, at - 1, outcome);
    };
    const hooks = all[at] as AnyHooks;
    if (!hooks.finally) return goOn();
    let said: unknown;
    try {
      said = hooks.finally(ctx, ok ? { ok, value: outcome } : { ok, error: outcome });
    } catch (error) {
      return overrule(error);
    }
    return isThenable(said) ? said.then(goOn, overrule) : goOn();

    function overrule(error: unknown): unknown {
      const reason = ok ? error : causedBy(error, outcome);
      if (at === 0) throw reason;
      return fail(ctx, at - 1, reason);
    }
  };

  return (ctx) => enter(ctx, 0);
};

/** An error that takes the place of another keeps it as its cause. */
function causedBy(error: unknown, cause: unknown): unknown {
  if (error instanceof Error && error !== cause && error.cause === undefined) error.cause = cause;
  return error;
}

/** A middleware that is joined to the rest in its own way instead of being called with `next`. */
export function linked<M>(traits: OwnTraits & { readonly link: Link }): M {
  const middleware = (ctx: unknown, next: Run): unknown => traits.link([layer], next)(ctx);
  const layer: Layer = { name: traits.name ?? 'middleware', run: middleware, traits };
  Object.defineProperty(middleware, 'name', { value: layer.name });
  return Object.defineProperty(middleware, TRAITS, { value: traits, configurable: true }) as M;
}

/**
 * Makes a middleware of hooks, each of which may be synchronous or not.
 *
 * @throws TypeError if a hook is no function, or if there is none
 * @example
 * const timing = createMiddleware<{ startedAt: number }, Response>({
 *   name: 'timing',
 *   before(ctx) { ctx.startedAt = clock.now(); },
 *   finally(ctx) { report(clock.now() - ctx.startedAt); },
 * });
 */
export function createMiddleware<C, R>(parts: Hooks<C, R> & OwnName): Middleware<C, R> {
  for (const turn of TURNS) {
    if (parts[turn] !== undefined && typeof parts[turn] !== 'function') {
      throw unexpected(turn, 'a function', parts[turn]);
    }
  }
  if (!TURNS.some((turn) => parts[turn])) {
    throw new TypeError(`Expected at least one hook of ${TURNS.join(', ')}, got none.`);
  }
  // Two of the hooks bear names that mean something else among traits.
  const { before: _, after: __, onError: ___, finally: ____, ...traits } = parts;
  return linked({ name: 'hooks', ...traits, hooks: parts as AnyHooks, link: linkHooks });
}

/** Traits that do not bear the name of a hook; `before` and `after` as places are said with `use()` or `define()`. */
export type OwnName = Omit<Traits, 'before' | 'after'>;

const TURNS = ['before', 'after', 'onError', 'finally'] as const;

/** A middleware that asks only for a context, whatever the result. */
export type ContextPolicy<C> = <R>(ctx: C, next: (ctx?: C) => Awaitable<R>) => Awaitable<R>;

/** A middleware that acts before the rest. Without an answer of its own it fits every pipeline. */
export function before<C, R = never>(
  hook: (ctx: C) => HookResult<R>,
): [R] extends [never] ? ContextPolicy<C> : Middleware<C, R> {
  return createMiddleware<C, R>({ name: hook.name || 'before', before: hook }) as never;
}

/** A middleware that acts after the rest, when that has a result. */
export function after<C, R>(hook: (ctx: C, result: R) => HookResult<R>): Middleware<C, R> {
  return createMiddleware<C, R>({ name: hook.name || 'after', after: hook });
}

/**
 * A middleware that looks on. It can change neither the result nor its time: what its hooks return is not waited for,
 * and what they throw is handed to `onFailure`.
 */
export function tap<C, R>(
  hooks: Hooks<C, R> & OwnName,
  options: { /** @default writes to the console */ readonly onFailure?: (error: unknown) => void } = {},
): Middleware<C, R> {
  const { onFailure = reportFailure } = options;
  const watching: Record<string, unknown> = { name: 'tap', ...hooks };
  for (const turn of TURNS) {
    const hook = hooks[turn] as ((...args: unknown[]) => unknown) | undefined;
    if (!hook) continue;
    watching[turn] = (...args: unknown[]): void => unharmed(() => hook.apply(hooks, args), onFailure);
  }
  return createMiddleware(watching as Hooks<C, R> & OwnName);
}

/** Runs something that must not disturb its caller, now or later. */
export function unharmed(act: () => unknown, onFailure: (error: unknown) => void = reportFailure): void {
  try {
    const said = act();
    if (isThenable(said)) said.then(undefined, onFailure);
  } catch (error) {
    onFailure(error);
  }
}

/** Where failures of onlookers go when nobody asks for them. */
export function reportFailure(error: unknown): void {
  console.error('An onlooker of a pipeline failed and was ignored:', error);
}
