/** exceptionBoundary: stands round everything, and turns whatever is thrown into an answer. */
import {
  answer,
  type Awaitable,
  createMiddleware,
  type HookResult,
  isThenable,
} from '@interpose/kernel';
import { checkNames, unexpected } from '@interpose/kernel/options';
import { unharmed } from '@interpose/kernel/unharmed';
import { checkFunction } from '../policy.ts';
import type { ErrorLayer, ErrorTracker } from './error-layers.ts';
import { checkMethod, CONSOLE, type ErrorLog, logError } from './error-log.ts';
import { goesOutward } from './goes-outward.ts';
import { briefly } from './middleware-error.ts';
import {
  BARE_PROBLEM,
  type Problem,
  problemOf,
  problemRules,
  type ProblemTable,
  withDebug,
} from './problem.ts';

/** Options of `exceptionBoundary`. */
export interface ExceptionBoundaryOptions<C, A> {
  /** Statuses of codes beside, or in place of, those that the boundary knows. @default none */
  readonly table?: ProblemTable;
  /** Turns the problem into an answer of the host. @default the problem itself */
  readonly toResult?: (problem: Problem, error: unknown, ctx: C) => Awaitable<A>;
  /** The answer when `toResult` has failed, for a bare 500 too. @default the bare problem itself, which not every host takes for an answer */
  readonly bare?: () => A;
  /** The id by which caller and log can talk of the same call. @default `ctx.requestId` */
  readonly requestId?: (ctx: C) => string | undefined;
  /** Is told every error that becomes a 500 and more. @default writes errors to the console */
  readonly logger?: ErrorLog;
  /** Is told every error that nobody foresaw. @default none */
  readonly tracker?: ErrorTracker;
  /** Tells the caller what happened inside, stack included. @default false */
  readonly debug?: boolean;
}

/**
 * Turns whatever the rest throws into an answer: the status by the error's code, and not a word of what happened inside. To be used first,
 * so that it stands round all others. If something in it fails, the answer is a bare 500. Only when the caller has given up does the
 * reason for that go on outward: nobody is there to be answered.
 *
 * @throws TypeError or RangeError for options out of range
 * @example
 * pipeline<Http, Response>().use(exceptionBoundary({ toResult: (problem) => Response.json(problem, { status: problem.status }) }));
 */
export function exceptionBoundary<C = unknown, A = Problem>(
  options: ExceptionBoundaryOptions<C, A> = {},
): ErrorLayer<A> {
  const boundary = new Boundary(options);
  return createMiddleware<C, A>({
    name: 'exception-boundary',
    description: 'Turns whatever is thrown into an answer.',
    onError(ctx, error): HookResult<A> {
      if (goesOutward(ctx, error)) return;
      const result = boundary.resultOf(error, ctx);
      return isThenable(result) ? result.then(answer) : answer(result);
    },
  }) as never;
}

class Boundary<C, A> {
  readonly #options: ExceptionBoundaryOptions<C, A>;
  readonly #rules: ReturnType<typeof problemRules>;
  readonly #log: ErrorLog;

  constructor(options: ExceptionBoundaryOptions<C, A>) {
    checkNames('exceptionBoundary()', options, NAMES);
    for (const name of ['toResult', 'bare', 'requestId'] as const) {
      checkFunction(name, options[name]);
    }
    const { logger = CONSOLE, tracker, debug = false } = options;
    checkMethod('logger', logger, 'error');
    if (tracker) checkMethod('tracker', tracker, 'captureException');
    if (typeof debug !== 'boolean') throw unexpected('debug', 'a boolean', debug);
    this.#rules = problemRules(options.table);
    this.#log = logger;
    this.#options = options;
  }

  /** Never throws and never rejects. */
  resultOf(error: unknown, ctx: C): Awaitable<A> {
    const problem = this.#problemOf(error, ctx);
    this.#report(error, problem, ctx);
    return this.#turned(problem, error, ctx, (fault) => {
      this.#say(fault, 'The exception boundary failed');
      const { requestId } = problem;
      const bare = { ...BARE_PROBLEM, ...(requestId !== undefined && { requestId }) };
      return this.#turned(bare, error, ctx, () => this.#bare());
    });
  }

  #problemOf(error: unknown, ctx: C): Problem {
    const requestId = this.#requestIdOf(ctx);
    let problem: Problem;
    try {
      problem = problemOf(error, this.#rules);
      if (this.#options.debug) problem = withDebug(problem, error);
    } catch {
      // An error that cannot be read is an error like any other.
      problem = BARE_PROBLEM;
    }
    return requestId === undefined ? problem : { ...problem, requestId };
  }

  #requestIdOf(ctx: C): string | undefined {
    try {
      const { requestId } = this.#options;
      const id: unknown = requestId
        ? requestId(ctx)
        : (ctx as { readonly requestId?: unknown } | undefined)?.requestId;
      return typeof id === 'string' ? id : undefined;
    } catch (fault) {
      this.#say(fault, '`requestId` of the exception boundary failed');
      return undefined;
    }
  }

  #report(error: unknown, { status, code, requestId }: Problem, context: C): void {
    if (status < 500) return;
    const unforeseen = code === BARE_PROBLEM.code;
    const id = requestId === undefined ? {} : { requestId };
    const message = unforeseen ? `Unhandled error: ${brief(error)}` : `${code}: ${brief(error)}`;
    logError(this.#log, error, { message, status, code, ...id });
    if (unforeseen) {
      unharmed(() => this.#options.tracker?.captureException(error, { context }));
    }
  }

  #say(fault: unknown, what: string): void {
    logError(this.#log, fault, { message: `${what}: ${brief(fault)}`, level: 'fatal' });
  }

  #turned(
    problem: Problem,
    error: unknown,
    ctx: C,
    onFault: (fault: unknown) => Awaitable<A>,
  ): Awaitable<A> {
    const { toResult } = this.#options;
    if (!toResult) return problem as A;
    try {
      const result = toResult(problem, error, ctx);
      return isThenable(result) ? result.then(undefined, onFault) : result;
    } catch (fault) {
      return onFault(fault);
    }
  }

  #bare(): A {
    try {
      return (this.#options.bare?.() ?? BARE_PROBLEM) as A;
    } catch {
      return BARE_PROBLEM as A;
    }
  }
}

const NAMES = ['table', 'toResult', 'bare', 'requestId', 'logger', 'tracker', 'debug'];

function brief(error: unknown): string {
  try {
    return briefly(error);
  } catch {
    return '[unreadable]';
  }
}
