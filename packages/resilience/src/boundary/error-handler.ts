/** createErrorHandler: makes of every error one of ours, and perhaps an answer of that. */
import {
  answer,
  type Awaitable,
  CodedError,
  createMiddleware,
  type HookResult,
  isThenable,
} from '@interpose/kernel';
import { checkNames, unexpected } from '@interpose/kernel/options';
import { checkFunction } from '../policy.ts';
import { formatMiddlewareTrace } from './error-facts.ts';
import type { ErrorLayer } from './error-layers.ts';
import { checkMethod, CONSOLE, type ErrorLog, logError } from './error-log.ts';
import { goesOutward } from './goes-outward.ts';
import { briefly, MiddlewareError } from './middleware-error.ts';

/** Options of `createErrorHandler`. */
export interface ErrorHandlerOptions<C, A> {
  /** Gives the answer in place of the error. @default the error goes on outward */
  readonly fallback?: (error: CodedError, ctx: C) => Awaitable<A>;
  /** Whether errors are written to the log. @default true */
  readonly logErrors?: boolean;
  /** Whether an error that nobody foresaw gets its trace among its debug information. @default false */
  readonly includeTrace?: boolean;
  /** @default writes errors to the console */
  readonly logger?: ErrorLog;
}

/**
 * Makes a middleware that wraps errors nobody foresaw in a MiddlewareError, whose `cause` they are; errors with a code of the product go
 * on as they are. With a `fallback`, that answers instead. When the caller has given up, the reason for that goes on as it is.
 *
 * @throws TypeError for options of another kind
 * @example
 * pipeline<Call, Reply>().use(createErrorHandler({ logger, fallback: () => EMPTY }));
 */
export function createErrorHandler<C = unknown, A = never>(
  options: ErrorHandlerOptions<C, A> = {},
): ErrorLayer<A> {
  checkNames('createErrorHandler()', options, ['fallback', 'logErrors', 'includeTrace', 'logger']);
  const { fallback, logErrors = true, includeTrace = false, logger = CONSOLE } = options;
  checkFunction('fallback', fallback);
  checkMethod('logger', logger, 'error');
  for (const [name, value] of Object.entries({ logErrors, includeTrace })) {
    if (typeof value !== 'boolean') throw unexpected(name, 'a boolean', value);
  }
  return createMiddleware<C, A>({
    name: 'error-handler',
    onError(ctx, error): HookResult<A> {
      if (goesOutward(ctx, error)) return;
      const known = error instanceof CodedError ? error : wrapped(error, includeTrace);
      if (logErrors) logError(logger, known, { message: briefly(known) });
      if (!fallback) throw known;
      const said = fallback(known, ctx);
      return isThenable(said) ? said.then(answer) : answer(said);
    },
  }) as never;
}

function wrapped(error: unknown, includeTrace: boolean): MiddlewareError {
  const type = error instanceof Error ? error.name : typeof error;
  const known = new MiddlewareError(
    `Unexpected error in middleware chain: ${type}`,
    {},
    { cause: error },
  );
  return includeTrace ? known.addDebugInfo('trace', formatMiddlewareTrace(error)) : known;
}
