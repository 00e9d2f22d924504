/** Several middleware as one, to be run round the rest of another host. */
import { compose } from '@interpose/kernel';
import { outOfRange, unexpected } from '@interpose/kernel/options';
import type { HttpMiddleware } from '../app.ts';
import type { HttpContext } from '../context/context.ts';
import { isHttpError } from '../errors.ts';
import type { FailureOptions } from '../answer/respond.ts';
import type { HttpResponse } from '../context/response.ts';

/** How middleware runs in another host. */
export interface StackOptions extends FailureOptions {
  /**
   * Which errors that come out of the middleware are answered with a problem document: `own` are those of the middleware, and every
   * `HttpError`; `all` are those of the host's handlers, too; `none` leaves them to the error handling of the host. @default 'own'
   */
  readonly errors?: 'own' | 'all' | 'none';
}

/** What a host's adapter is given: middleware, the outermost first; options may come before them. */
export type StackParts = readonly [StackOptions | HttpMiddleware, ...HttpMiddleware[]];

/** Middleware, ready to run. */
export interface HttpStack {
  readonly options: StackOptions;
  readonly run: (
    ctx: HttpContext,
    rest: (ctx: HttpContext) => HttpResponse | PromiseLike<HttpResponse>,
  ) => HttpResponse | PromiseLike<HttpResponse>;
}

/** @throws TypeError or RangeError for what is no middleware, and options that are none */
export function stackOf([first, ...others]: StackParts): HttpStack {
  const hasOptions = typeof first !== 'function';
  const middleware = hasOptions ? others : [first, ...others];
  const odd = middleware.find((one) => typeof one !== 'function');
  if (odd !== undefined || !middleware.length) {
    throw unexpected('middleware', 'one function or more', odd);
  }
  const options = hasOptions ? first : {};
  const { errors = 'own' } = options;
  if (!['own', 'all', 'none'].includes(errors)) {
    throw outOfRange('errors', "'own', 'all' or 'none'", errors);
  }
  const composed = compose<HttpContext, HttpResponse>(...middleware);
  return { options, run: (ctx, rest) => composed(ctx, rest as never) };
}

/** An error that the host has raised. */
export interface HostError {
  readonly error: unknown;
}

/** Whether an error that comes out of the middleware is left to the host. */
export function isForHost(
  error: unknown,
  raised: HostError | undefined,
  { errors = 'own' }: StackOptions,
): boolean {
  if (errors !== 'own') return errors === 'none';
  return raised?.error === error && !isHttpError(error);
}
