/** stubHandler: a terminal handler that follows a script and remembers its calls. */
import { type Awaitable, type Handler, isThenable } from '@interpose/kernel';
import { ScriptEndedError } from './errors.ts';

/** A step that stands for all further calls. */
class Always<C, R> {
  readonly step: PlainStep<C, R>;
  constructor(step: PlainStep<C, R>) {
    this.step = step;
  }
}

/** What one call does: answers a value or a promise, throws an error, or does as a function does. */
export type PlainStep<C, R> = R | Error | PromiseLike<R> | ((ctx: C) => Awaitable<R>);

/** A step of a script, or the last one, which `always` has made. */
export type Step<C, R> = PlainStep<C, R> | Always<C, R>;

/** One call of a stub handler. */
export interface StubCall<C> {
  /** The context that it was given, the object itself. */
  readonly ctx: C;
}

/** A handler that tells how it was called. */
export interface StubHandler<C, R> extends Handler<C, R> {
  /** The calls so far. */
  readonly calls: readonly StubCall<C>[];
  /** How many steps are left; `Infinity` behind `always`. */
  readonly left: number;
}

/** Ends a script: the step counts for this call and for every one that follows. */
export function always<C, R>(step: PlainStep<C, R>): Always<C, R> {
  return new Always(step);
}

/**
 * A terminal handler for tests. Call after call it takes the next step of its script:
 *
 * - an `Error` is thrown at once; to reject, give `async () => { throw error; }`, to answer an error, `() => error`
 * - a function is called with the context, and its result or error is the step's
 * - a promise is answered as it is; `pending()` makes one that the test settles
 * - anything else is answered as it is, without a promise
 *
 * One call too many throws ScriptEndedError, since how often the rest is run is mostly what a test is about.
 *
 * @throws TypeError if something follows a step made by `always`
 * @example
 * const upstream = stubHandler<CallContext, string>(new Error('reset'), 'ok');
 * expect(await retry({ clock })(ctx, upstream)).toBe('ok');
 * expect(upstream.calls).toHaveLength(2);
 */
export function stubHandler<C, R>(...script: readonly Step<C, R>[]): StubHandler<C, R> {
  const early = script.slice(0, -1).findIndex((step) => step instanceof Always);
  if (early >= 0) {
    throw new TypeError(
      `Expected always() at the end of the script, got it as step ${early + 1} of ${script.length}.`,
    );
  }
  for (const step of script) quiet(step instanceof Always ? step.step : step);
  const last = script.at(-1);
  const calls: StubCall<C>[] = [];

  const handler = function stubHandler(ctx: C): Awaitable<R> {
    const at = calls.push({ ctx }) - 1;
    if (at < script.length && !(script[at] instanceof Always))
      return play(script[at] as PlainStep<C, R>, ctx);
    if (last instanceof Always) return play(last.step, ctx);
    throw new ScriptEndedError(calls.length, script.length);
  };
  return Object.defineProperties(handler, {
    calls: { value: calls },
    left: {
      get: () => (last instanceof Always ? Infinity : Math.max(0, script.length - calls.length)),
    },
  }) as StubHandler<C, R>;
}

function play<C, R>(step: PlainStep<C, R>, ctx: C): Awaitable<R> {
  if (step instanceof Error) throw step;
  return typeof step === 'function' ? (step as (ctx: C) => Awaitable<R>)(ctx) : step;
}

/** A promise that has been rejected before its turn comes must not end the process meanwhile. */
function quiet(step: unknown): void {
  if (isThenable(step)) step.then(undefined, () => {});
}
