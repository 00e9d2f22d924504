/** What a guard may be told, and what holds where it is told nothing. */
import type { Awaitable, Clock } from '@interpose/kernel';
import { systemClock } from '@interpose/kernel/clock';
import { checkMs, checkNames, outOfRange, suggestion, unexpected } from '@interpose/kernel/options';
import type { ExceptionBoundaryOptions } from '../boundary/exception-boundary.ts';
import type { Problem } from '../boundary/problem.ts';
import type { Logger } from '../logger.ts';
import { checkFunction } from '../policy.ts';
import type { CircuitBreakerConfig } from './circuit-breaker-config.ts';
import type { IsFailure } from './desk.ts';
import { notOptional } from './guarded.ts';

/** Variables of an environment, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Turns an error that nobody has caught into an answer. */
// oxlint-disable-next-line typescript/no-explicit-any -- a guard fits pipelines of every context
export type BoundaryAnswer = (problem: Problem, error: unknown, ctx: any) => Awaitable<unknown>;

/**
 * Options of a guard.
 *
 * @typeParam O the names of those that are optional
 * @typeParam S the names of those on which security rests
 */
export interface GuardOptions<O extends string = string, S extends string = string> {
  /** How long a middleware may be at work, in milliseconds; 0: as long as it likes. @default `MIDDLEWARE_TIMEOUT` of `env`, which is in seconds */
  readonly timeoutMs?: number;
  /** Where `MIDDLEWARE_TIMEOUT` is looked up: seconds, where 0 means no limit and nothing means 5. Hand in `process.env`. @default {} */
  readonly env?: Environment;
  /** How long single middleware may be at work, by name, in SECONDS as in `MIDDLEWARE_TIMEOUT`; 0: as long as it likes. @default none */
  readonly middlewareTimeouts?: Readonly<Record<string, number>>;
  /** Lets the time in the rest count against the limit, too; then those further out are ended when something further in is slow. @default false */
  readonly inclusive?: boolean;
  /** Names of middleware that calls can do without: while its circuit is open, they go past it. @default none */
  readonly optional?: readonly O[];
  /** Names of middleware on which security rests: none of them can be optional. @default none */
  readonly security?: readonly S[];
  /** When circuits open and close; `false`: there are none. @default 5 failures in a row, 60 s, one trial */
  readonly circuitBreaker?: CircuitBreakerConfig | false;
  /** Whether an error that arose in a middleware is a failure; `undefined` leaves it to the default. What it throws counts as yes. @default all but refusals on purpose (by policies, or with a status of 400 to 499) and what comes once the caller has given up */
  readonly isFailure?: IsFailure;
  /** Turns what nobody has caught into an answer, outermost of all: a function, or the options of `exceptionBoundary`. @default none: errors reach the caller */
  // oxlint-disable-next-line typescript/no-explicit-any -- as above
  readonly boundary?: BoundaryAnswer | ExceptionBoundaryOptions<any, unknown>;
  /** Is told of beginnings and ends (debug), errors (error) and changes of state (warn). @default none */
  readonly logger?: Logger;
  /** Tells the time. @default systemClock */
  readonly clock?: Clock;
  /** Is given what a listener or the logger throws. @default writes to the console */
  readonly onListenerError?: (error: unknown) => void;
}

/** An option that cannot be had where one and the same middleware is named as optional and as security. */
export type NoneIsBoth<O extends string, S extends string> = string extends O
  ? unknown
  : Extract<O, S> extends never
    ? unknown
    : { readonly optional: never };

const NAMES = [
  'timeoutMs',
  'env',
  'middlewareTimeouts',
  'inclusive',
  'optional',
  'security',
  'circuitBreaker',
  'isFailure',
  'boundary',
  'logger',
  'clock',
  'onListenerError',
];

/** What a guard goes by. */
export interface GuardSettings extends GuardOptions {
  /** For how long those may be at work of whom nothing else is said. */
  readonly limitMs: number;
  /** The limits of single ones. */
  readonly limitsMs: ReadonlyMap<string, number>;
  readonly isOptional: ReadonlySet<string>;
  readonly isSecurity: ReadonlySet<string>;
  readonly clock: Clock;
  readonly inclusive: boolean;
}

/**
 * Checks the options of a guard and adds what they leave out.
 *
 * @throws TypeError or RangeError for options out of range
 */
export function guardSettings(options: GuardOptions): GuardSettings {
  checkNames('guard()', options, NAMES);
  const { env = {}, middlewareTimeouts = {}, inclusive = false, clock = systemClock } = options;
  if (typeof inclusive !== 'boolean') throw unexpected('inclusive', 'a boolean', inclusive);
  for (const name of ['isFailure', 'onListenerError'] as const) checkFunction(name, options[name]);
  checkLogger(options.logger);
  const isOptional = names('optional', options.optional);
  const isSecurity = names('security', options.security);
  for (const name of isOptional) if (isSecurity.has(name)) throw notOptional(name);
  const { timeoutMs = fromEnvironment(env) } = options;
  return {
    ...options,
    limitMs: checkMs('timeoutMs', timeoutMs) || Infinity,
    limitsMs: limits(middlewareTimeouts),
    isOptional,
    isSecurity,
    clock,
    inclusive,
  };
}

/**
 * Checks that all names that a guard was told of are those of middleware.
 *
 * @throws TypeError that names the unknown one and the known one that is nearest to it
 */
export function checkMiddlewareNames(
  { limitsMs, isOptional, isSecurity }: GuardSettings,
  known: ReadonlySet<string>,
): void {
  const told: readonly (readonly [string, Iterable<string>])[] = [
    ['middlewareTimeouts', limitsMs.keys()],
    ['optional', isOptional],
    ['security', isSecurity],
  ];
  for (const [option, list] of told) {
    for (const name of list) {
      if (known.has(name)) continue;
      throw new TypeError(
        `\`${option}\` names a middleware "${name}"; there is none. ${suggestion(name, known)}`,
      );
    }
  }
}

const DEFAULT_SECONDS = 5;

function fromEnvironment(env: Environment): number {
  if (typeof env !== 'object' || env === null) throw unexpected('env', 'an object', env);
  const text = env['MIDDLEWARE_TIMEOUT']?.trim();
  if (text === undefined || text === '') return DEFAULT_SECONDS * 1000;
  const seconds = Number(text);
  if (seconds >= 0 && seconds < Infinity) return seconds * 1000;
  throw outOfRange('MIDDLEWARE_TIMEOUT', SECONDS, text);
}

const SECONDS = 'a number of seconds, 0 or more';

function limits(middlewareTimeouts: Readonly<Record<string, number>>): Map<string, number> {
  if (typeof middlewareTimeouts !== 'object' || middlewareTimeouts === null) {
    throw unexpected('middlewareTimeouts', 'an object', middlewareTimeouts);
  }
  const entries = Object.entries(middlewareTimeouts).map(([name, seconds]): [string, number] => {
    const option = `middlewareTimeouts.${name}`;
    if (typeof seconds !== 'number') throw unexpected(option, SECONDS, seconds);
    if (!(seconds >= 0 && seconds < Infinity)) throw outOfRange(option, SECONDS, seconds);
    return [name, seconds * 1000 || Infinity];
  });
  return new Map(entries);
}

function names(option: string, list: readonly string[] = []): Set<string> {
  if (!Array.isArray(list) || list.some((name) => typeof name !== 'string')) {
    throw unexpected(option, 'a list of names', list);
  }
  return new Set(list);
}

function checkLogger(logger: Logger | undefined): void {
  if (logger === undefined) return;
  for (const level of ['debug', 'info', 'warn', 'error'] as const) {
    if (typeof logger?.[level] !== 'function') throw unexpected('logger', 'a Logger', logger);
  }
}
