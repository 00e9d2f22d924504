/** Layers of errors: each kind is answered by the layer that knows it, and nothing internal gets out. */
import {
  answer,
  type Awaitable,
  compose,
  createMiddleware,
  type HookResult,
  isThenable,
} from '@interpose/kernel';
import { checkNames, unexpected } from '@interpose/kernel/options';
import { unharmed } from '@interpose/kernel/unharmed';
import { TimeoutError } from '../errors.ts';
import { checkMethod, CONSOLE, type ErrorLog, logError } from './error-log.ts';
import { answerTo, type ErrorRule } from './error-rule.ts';
import { BusinessRuleError, DatabaseError, type FieldError, ValidationError } from './errors.ts';
import { fieldErrorsOf } from './field-errors.ts';
import { goesOutward } from './goes-outward.ts';
import { briefly } from './middleware-error.ts';
import { publicText, safeText } from './safe-text.ts';

/** What a caller gets from a layer instead of a result. */
export interface LayerFailure {
  readonly error: string;
  readonly message?: string;
  readonly details?: readonly FieldError[];
}

/** A service that collects errors. It is given error and context themselves, so it must hide secrets by itself. */
export interface ErrorTracker {
  captureException(error: unknown, about: { readonly context: unknown }): Awaitable<unknown>;
}

/** A middleware that answers errors in a pipeline whose result may be such an answer. */
export type ErrorLayer<A> = <C, R>(ctx: C, next: (ctx?: C) => Awaitable<R>) => Awaitable<R | A>;

/** Options of a layer that answers some errors. */
export interface LayerOptions<A> {
  /** Asked before the layer's own rules, the first first. @default none */
  readonly rules?: readonly ErrorRule<A>[];
  /** Whether the layer's own rules hold. @default true */
  readonly defaults?: boolean;
  /** @default writes errors to the console */
  readonly logger?: ErrorLog;
}

/** Options of `criticalErrors`. */
export interface CriticalOptions {
  /** @default writes errors to the console */
  readonly logger?: ErrorLog;
  /** @default none */
  readonly tracker?: ErrorTracker;
}

/** Options of `errorLayers`. */
export interface ErrorLayersOptions<A> extends CriticalOptions {
  /** Rules of the layer for business. @default none beside its own */
  readonly business?: readonly ErrorRule<A>[];
  /** Rules of the layer for systems. @default none beside its own */
  readonly system?: readonly ErrorRule<A>[];
}

const BUSINESS: readonly ErrorRule<LayerFailure>[] = [
  answerTo(ValidationError, (error) => ({
    error: 'validation_failed',
    details: fieldErrorsOf(error),
  })),
  answerTo(BusinessRuleError, ({ message }) => ({
    error: 'business_rule_violated',
    message: publicText(message),
  })),
];

const timedOut = (): LayerFailure => ({ error: 'timeout', message: 'Request timed out' });
const logTimeout = ({ message }: Error): string => `Timeout: ${message}`;

const SYSTEM: readonly ErrorRule<LayerFailure>[] = [
  answerTo(
    DatabaseError,
    () => ({ error: 'service_unavailable', message: 'Database unavailable' }),
    ({ message }) => `Database error: ${message}`,
  ),
  answerTo(TimeoutError, timedOut, logTimeout),
  answerTo('MIDDLEWARE_TIMEOUT', timedOut, logTimeout),
  // What the platform throws when an `AbortSignal.timeout()` has ended a `fetch`.
  {
    matches: (error) => error instanceof Error && error.name === 'TimeoutError',
    answer: timedOut,
    log: logTimeout,
  },
];

const SORRY: LayerFailure = {
  error: 'internal_server_error',
  message: 'An unexpected error occurred',
};

/**
 * Answers what the caller can put right: wrong input with its details, a broken rule with its message. Every other error goes
 * on outward.
 *
 * @throws TypeError for options of another kind
 */
export function businessErrors<A = never>(
  options: LayerOptions<A> = {},
): ErrorLayer<A | LayerFailure> {
  return answering('business-errors', options, BUSINESS);
}

/**
 * Answers what the operator has to put right, a database that fails and what takes too long, and writes it down. Every other error
 * goes on outward.
 *
 * @throws TypeError for options of another kind
 */
export function systemErrors<A = never>(
  options: LayerOptions<A> = {},
): ErrorLayer<A | LayerFailure> {
  return answering('system-errors', options, SYSTEM);
}

/**
 * The last resort: writes every error down, tells the tracker, and answers with the same words whatever it was. Log and tracker may
 * fail; the answer stays. Only when the caller has given up does the reason for that go on outward.
 *
 * @throws TypeError for options of another kind
 */
export function criticalErrors(options: CriticalOptions = {}): ErrorLayer<LayerFailure> {
  checkNames('criticalErrors()', options, ['logger', 'tracker']);
  const { logger = CONSOLE, tracker } = options;
  checkMethod('logger', logger, 'error');
  if (tracker) checkMethod('tracker', tracker, 'captureException');
  return createMiddleware<unknown, LayerFailure>({
    name: 'critical-errors',
    onError(ctx, error): HookResult<LayerFailure> {
      if (goesOutward(ctx, error)) return;
      logError(logger, error, { message: `Unhandled error: ${briefly(error)}`, level: 'fatal' });
      unharmed(() => tracker?.captureException(error, { context: ctx }));
      return answer(SORRY);
    },
  }) as never;
}

/**
 * All three, the last resort outermost: each error is answered by the nearest layer that knows it.
 *
 * @throws TypeError for options of another kind
 * @example
 * pipeline<Call, Receipt | LayerFailure>().use(errorLayers({ logger, tracker })).handle(placeOrder);
 */
export function errorLayers<A = never>(
  options: ErrorLayersOptions<A> = {},
): ErrorLayer<A | LayerFailure> {
  checkNames('errorLayers()', options, ['logger', 'tracker', 'business', 'system']);
  const { business = [], system = [], ...critical } = options;
  const { logger = CONSOLE } = critical;
  return compose(
    criticalErrors(critical),
    systemErrors({ rules: system, logger }) as never,
    businessErrors({ rules: business, logger }) as never,
  ) as never;
}

function answering<A>(
  name: string,
  options: LayerOptions<A>,
  own: readonly ErrorRule<LayerFailure>[],
): ErrorLayer<A | LayerFailure> {
  checkNames(name, options, ['rules', 'defaults', 'logger']);
  const { rules = [], defaults = true, logger = CONSOLE } = options;
  if (!Array.isArray(rules)) throw unexpected('rules', 'a list', rules);
  checkMethod('logger', logger, 'error');
  const all: readonly ErrorRule<unknown>[] = defaults ? [...rules, ...own] : rules;
  return createMiddleware<unknown, unknown>({
    name,
    onError(ctx, error): HookResult<unknown> {
      if (goesOutward(ctx, error)) return;
      const rule = all.find(({ matches }) => matches(error));
      if (!rule) return;
      const said = rule.answer(error as never, ctx as never);
      const { log } = rule;
      if (log) {
        unharmed(() => logError(logger, error, { message: safeText(log(error as never)) }));
      }
      return isThenable(said) ? said.then(answer) : answer(said);
    },
  }) as never;
}
