/** Middleware made of hooks. They need no function round the rest, so neighbours are joined into one loop. */
import type { AnyHooks, HookResult, Hooks } from './hook.ts';
import { linkHooks } from './join.ts';
import { linked } from './layer.ts';
import type { Awaitable, Middleware } from './middleware.ts';
import { unexpected } from './option.ts';
import type { Traits } from './traits.ts';
import { reportFailure, unharmed } from './unharmed.ts';

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
    throw new TypeError(`Expected at least one hook of ${TURNS.join(', ')}.`);
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
  options: {
    /** @default writes to the console */ readonly onFailure?: (error: unknown) => void;
  } = {},
): Middleware<C, R> {
  const { onFailure = reportFailure } = options;
  const watching: Record<string, unknown> = { name: 'tap', ...hooks };
  for (const turn of TURNS) {
    const hook = hooks[turn] as ((...args: unknown[]) => unknown) | undefined;
    if (!hook) continue;
    watching[turn] = (...args: unknown[]): void =>
      unharmed(() => hook.apply(hooks, args), onFailure);
  }
  return createMiddleware(watching as Hooks<C, R> & OwnName);
}
