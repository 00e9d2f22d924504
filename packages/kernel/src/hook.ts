/** What a hook is told, what it may say, and what a middleware made of hooks consists of. */
import type { Awaitable } from './middleware.ts';

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

/** Hooks of any context and result, for lists whose types have been checked already. */
// oxlint-disable-next-line typescript/no-explicit-any -- hooks of unlike contexts stand in one list
export type AnyHooks = Hooks<any, any>;
