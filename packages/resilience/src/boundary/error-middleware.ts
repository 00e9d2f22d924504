/** errorMiddleware: notes on the context that something went wrong, and tells whoever wants to know. */
import {
  answer,
  type Awaitable,
  createMiddleware,
  type HookResult,
  isThenable,
} from '@interpose/kernel';
import { checkNames } from '@interpose/kernel/options';
import { unharmed } from '@interpose/kernel/unharmed';
import { checkFunction } from '../policy.ts';
import type { ErrorLayer } from './error-layers.ts';
import { goesOutward } from './goes-outward.ts';

/** What the middleware notes on a context. */
export interface ErrorNotes {
  /** What was thrown. */
  error?: unknown;
  /** Whether it has been answered. */
  errorHandled?: boolean;
}

/** Options of `errorMiddleware`. */
export interface ErrorMiddlewareOptions<C, A> {
  /** Is told the error; what it throws changes nothing. @default nobody is told */
  readonly onError?: (error: unknown, ctx: C) => unknown;
  /** Gives the answer in place of the error. @default the error goes on outward */
  readonly fallback?: (error: unknown, ctx: C) => Awaitable<A>;
}

/**
 * Notes an error on the context as `error`, with `errorHandled` false, and lets it go on as it is; with a `fallback`, that answers,
 * and `errorHandled` is true. When the caller has given up, there is nothing to answer, and the reason for that goes on.
 *
 * @throws TypeError for options of another kind
 * @example
 * pipeline<Call & ErrorNotes, Reply>().use(errorMiddleware({ onError: (error) => counter.add(error) }));
 */
export function errorMiddleware<C = unknown, A = never>(
  options: ErrorMiddlewareOptions<C, A> = {},
): ErrorLayer<A> {
  checkNames('errorMiddleware()', options, ['onError', 'fallback']);
  const { onError, fallback } = options;
  checkFunction('onError', onError);
  checkFunction('fallback', fallback);
  return createMiddleware<C, A>({
    name: 'error-middleware',
    onError(ctx, error): HookResult<A> {
      note(ctx, { error, errorHandled: false });
      if (onError) unharmed(() => onError(error, ctx));
      if (!fallback || goesOutward(ctx, error)) return;
      const handled = (value: A): ReturnType<typeof answer<A>> => {
        note(ctx, { errorHandled: true });
        return answer(value);
      };
      const said = fallback(error, ctx);
      return isThenable(said) ? said.then(handled) : handled(said);
    },
  }) as never;
}

/** A context that takes no notes must not hide the error. */
function note(ctx: unknown, notes: ErrorNotes): void {
  if (typeof ctx !== 'object' || ctx === null) return;
  for (const [name, value] of Object.entries(notes)) Reflect.set(ctx, name, value);
}
