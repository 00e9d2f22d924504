/** testMiddleware: runs one middleware alone and reports what it did. */
import {
  type Composable,
  compose,
  type Handler,
  isThenable,
  type Middleware,
  type MiddlewareObject,
} from '@interpose/kernel';

/** How a run of one middleware went. */
export type MiddlewareReport<Seen, R> = MiddlewareFacts<Seen> &
  (
    | { readonly ok: true; readonly result: R; readonly error: undefined }
    | { readonly ok: false; readonly result: undefined; readonly error: unknown }
  );

/** What is known of a run, however it ended. */
export interface MiddlewareFacts<Seen> {
  /** How often the rest was run; 0 if the middleware answered itself or refused. */
  readonly nextCalls: number;
  /** The context that the last run of the rest was given; `undefined` if there was none. */
  readonly contextSeen: Seen | undefined;
  /** The contexts of all runs of the rest. */
  readonly contextsSeen: readonly Seen[];
  /** Whether the middleware ended at once, without a promise. */
  readonly sync: boolean;
}

/**
 * Runs one middleware round a handler, under the same rules as in a pipeline: an undeclared second `next()` fails here
 * as it would there. Never rejects; an error is part of the report.
 *
 * @throws TypeError if it is no middleware
 * @example
 * const report = await testMiddleware(authenticate, () => 'secret', { headers: {} });
 * expect(report).toMatchObject({ ok: false, nextCalls: 0 });
 */
export async function testMiddleware<In, R, Out = In>(
  middleware: Middleware<In, R, Out> | MiddlewareObject<In, R, Out>,
  handler: Handler<Out, R>,
  ctx: In,
): Promise<MiddlewareReport<Out, R>> {
  const contextsSeen: Out[] = [];
  const run = compose<In, R>(middleware as Composable) as unknown as (
    ctx: In,
    next: Handler<Out, R>,
  ) => unknown;
  const facts = (sync: boolean): MiddlewareFacts<Out> => ({
    nextCalls: contextsSeen.length,
    contextSeen: contextsSeen.at(-1),
    contextsSeen,
    sync,
  });

  let sync = true;
  try {
    const returned = run(ctx, (seen) => {
      contextsSeen.push(seen);
      return handler(seen);
    });
    sync = !isThenable(returned);
    const result = (await returned) as R;
    return { ok: true, result, error: undefined, ...facts(sync) };
  } catch (error) {
    return { ok: false, result: undefined, error, ...facts(sync) };
  }
}
