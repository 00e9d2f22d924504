/** formatResponse: one form for all answers, whether the call has succeeded or failed. */
import { answer, type Awaitable, type Clock, createMiddleware } from '@interpose/kernel';
import { systemClock } from '@interpose/kernel/clock';
import { checkNames } from '@interpose/kernel/options';
import type { FieldError } from '../boundary/errors.ts';
import { goesOutward } from '../boundary/goes-outward.ts';
import { BARE_PROBLEM, problemOf, problemRules, type ProblemTable } from '../boundary/problem.ts';

/** The answer to a call that has succeeded. */
export interface SuccessResponse<T> {
  readonly success: true;
  readonly data: T;
  /** When it was answered, as in `2026-01-31T12:00:00.000Z`. */
  readonly timestamp: string;
  readonly request_id?: string;
}

/** The answer to a call that has failed. */
export interface FailureResponse {
  readonly success: false;
  readonly error: {
    /** The name of the error; `InternalError` where nothing may be told. */
    readonly type: string;
    readonly message: string;
    readonly code: string;
    /** What is wrong with the input, field by field. */
    readonly details?: readonly FieldError[];
  };
  readonly timestamp: string;
  readonly request_id?: string;
}

/** Options of `formatResponse`. */
export interface FormatResponseOptions {
  /** What may be told of errors, by their code, beside or in place of what `exceptionBoundary` tells. @default none */
  readonly table?: ProblemTable;
  /** @default systemClock */
  readonly clock?: Clock;
}

/**
 * Puts every answer into one form. An error becomes an answer, too; what is not meant for callers is not told. Only when the caller has
 * given up does the reason for that go on outward.
 *
 * @throws TypeError or RangeError for options out of range
 * @example
 * pipeline<Call, unknown>().use(requestId()).use(formatResponse()).handle((ctx) => orders.find(ctx.id));
 */
export function formatResponse(
  options: FormatResponseOptions = {},
): <C, R>(
  ctx: C,
  next: (ctx?: C) => Awaitable<R>,
) => Awaitable<R | SuccessResponse<R> | FailureResponse> {
  checkNames('formatResponse()', options, ['table', 'clock']);
  const { table, clock = systemClock } = options;
  const rules = problemRules(table);
  const about = (ctx: unknown): { timestamp: string; request_id?: string } => {
    const { requestId } = (ctx ?? {}) as { readonly requestId?: unknown };
    return {
      timestamp: new Date(clock.wall()).toISOString(),
      ...(typeof requestId === 'string' && { request_id: requestId }),
    };
  };
  return createMiddleware<unknown, unknown>({
    name: 'formatResponse',
    description: 'Puts every answer into one form.',
    after: (ctx, data) => answer({ success: true, data, ...about(ctx) }),
    onError(ctx, error) {
      if (goesOutward(ctx, error)) return;
      const { code, title, detail, errors } = problemOf(error, rules);
      const type = code === BARE_PROBLEM.code ? 'InternalError' : (error as Error).name;
      const told = { type, message: detail ?? title, code, ...(errors && { details: errors }) };
      return answer({ success: false, error: told, ...about(ctx) });
    },
  }) as never;
}
