/** Middleware made of hooks. They need no function round the rest, so neighbours are joined into one loop. */
import type { Layer, Link, Run } from './layer.ts';
import { isThenable, type Awaitable, type Middleware } from './middleware.ts';
import { unexpected } from './option.ts';
import type { Traits } from './traits.ts';
import { type OwnTraits, TRAITS } from './layer.ts';

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

/** On the way in, from `before` to `before`. */
const IN = 0;
/** In the rest. */
const REST = 1;
/** On the way out with a result, from `after` to `after`. */
const OUT = 2;
/** With an error, at the `onError` of a layer. */
const ERROR = 3;
/** At the `finally` of a layer. */
const END = 4;

/** How far one call has come in a row of joined hooks. */
interface Position {
  readonly ctx: unknown;
  stage: typeof IN | typeof REST | typeof OUT | typeof ERROR | typeof END;
  /** The layer; on the way in and out, the place among those that have a hook for it. */
  at: number;
  ok: boolean;
  /** The result so far, or the error. */
  value: unknown;
}

/**
 * Joins neighbouring hooks to the rest. One position goes from hook to hook: in a plain loop for as long as nothing is a
 * promise, and from the first promise on in one asynchronous function.
 */
export const linkHooks: Link = (layers, rest) => {
  const all = layers.map((layer) => layer.traits.hooks as AnyHooks);
  const innermost = all.length - 1;
  const befores = [...all.keys()].filter((layer) => all[layer]?.before);
  const afters = [...all.keys()].filter((layer) => all[layer]?.after ?? all[layer]?.finally).toReversed();
  const entering = befores.map((layer) => all[layer] as AnyHooks);
  const leaving = afters.map((layer) => all[layer] as AnyHooks);
  const leaves = all.some((hooks) => hooks.after ?? hooks.onError ?? hooks.finally);

  /** Goes on to the end, or to something that must be waited for. */
  const advance = (position: Position): PromiseLike<unknown> | undefined => {
    const { ctx } = position;
    for (;;) {
      let { at } = position;
      let said: unknown;
      try {
        if (position.stage === IN) {
          for (; at < entering.length; at++) {
            said = entering[at]?.before?.(ctx);
            if (said !== undefined && (said instanceof Answer || isThenable(said))) break;
          }
          if (at === entering.length) {
            position.stage = REST;
            said = rest(ctx);
          }
        } else if (position.stage === OUT) {
          for (; at < leaving.length; at++) {
            const hooks = leaving[at] as AnyHooks;
            said = hooks.after?.(ctx, position.value);
            if (said !== undefined && (said instanceof Answer || isThenable(said))) break;
            if (hooks.finally) break;
          }
          if (at === leaving.length) return;
        } else if (at < 0) return;
        else if (position.stage === ERROR) said = all[at]?.onError?.(ctx, position.value);
        else said = all[at]?.finally?.(ctx, outcomeOf(position));
        position.at = at;
        if (isThenable(said)) return said;
      } catch (error) {
        position.at = at;
        fail(position, error);
        continue;
      }
      take(position, said);
    }
  };

  /** Takes in what a hook or the rest has said. */
  const take = (position: Position, said: unknown): void => {
    const { stage, at } = position;
    if (stage === REST) {
      position.value = said;
      move(position, OUT, 0);
    } else if (stage === END) outward(position);
    else {
      const answered = said instanceof Answer;
      if (answered) {
        position.ok = true;
        position.value = said.value;
      }
      if (stage === ERROR) move(position, END, at);
      else if (stage === OUT) move(position, END, afters[at] as number);
      else if (answered) move(position, END, befores[at] as number);
      else position.at++;
    }
  };

  /** Takes in an error; one that takes the place of another keeps it as its cause. */
  const fail = (position: Position, error: unknown): void => {
    const { stage, at, ok } = position;
    position.value = ok ? error : causedBy(error, position.value);
    position.ok = false;
    if (stage === END) outward(position);
    else if (stage === ERROR) move(position, END, at);
    else move(position, ERROR, (stage === IN ? befores[at] : stage === OUT ? afters[at] : innermost) as number);
  };

  /** Leaves a layer for the next one out: with a result for the next `after`, with an error for its `onError`. */
  const outward = (position: Position): void => {
    const { at, ok } = position;
    if (ok) move(position, OUT, afters.filter((layer) => layer >= at).length);
    else move(position, ERROR, at - 1);
  };

  const drive = async (position: Position, first: PromiseLike<unknown>): Promise<unknown> => {
    for (let said: PromiseLike<unknown> | undefined = first; said; said = advance(position)) {
      let late: unknown;
      try {
        late = await said;
      } catch (error) {
        fail(position, error);
        continue;
      }
      take(position, late);
    }
    return endOf(position);
  };

  const goOn = (position: Position): unknown => {
    const said = advance(position);
    return said ? drive(position, said) : endOf(position);
  };

  return (ctx) => {
    const position: Position = { ctx, stage: IN, at: 0, ok: true, value: undefined };
    const said = advance(position);
    if (!said) return endOf(position);
    if (position.stage !== REST) return drive(position, said);
    if (!leaves) return said;
    // Mostly the rest is all that must be waited for, and then this is cheaper than an asynchronous function.
    return said.then(
      (result) => {
        take(position, result);
        return goOn(position);
      },
      (error: unknown) => {
        fail(position, error);
        return goOn(position);
      },
    );
  };
};

const move = (position: Position, stage: Position['stage'], at: number): void => {
  position.stage = stage;
  position.at = at;
};

const outcomeOf = ({ ok, value }: Position): Outcome<unknown> =>
  ok ? { ok, value } : { ok, error: value };

const endOf = ({ ok, value }: Position): unknown => {
  if (!ok) throw value;
  return value;
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
