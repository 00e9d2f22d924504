/** Problem: what may be told of an error to whoever called, by a table from codes to statuses. */
import { checkNames, checkWhole, outOfRange, unexpected } from '@interpose/kernel/options';
import { type ErrorFacts, errorFacts, ownCodeOf } from './error-facts.ts';
import { type FieldError, ValidationError } from './errors.ts';
import { fieldErrorsOf } from './field-errors.ts';
import { publicText } from './safe-text.ts';

/** An error as plain data for whoever called. Hosts turn it into their kind of answer. */
export interface Problem {
  /** The status of HTTP that fits. */
  readonly status: number;
  /** Tells programs what happened. */
  readonly code: string;
  /** Tells people what happened, in the same words for the same status. */
  readonly title: string;
  /** More, where the message of the error is for the caller. */
  readonly detail?: string;
  /** What is wrong with the input, field by field. */
  readonly errors?: readonly FieldError[];
  /** When it is worth trying again, in whole seconds from now. */
  readonly retryAfterS?: number;
  /** The methods that there are, for 405. */
  readonly allow?: readonly string[];
  readonly requestId?: string;
  /** What happened inside, with secrets hidden; only where `debug` is on. */
  readonly debug?: ErrorFacts;
}

/** How an error with a code is told. */
export interface ProblemRule {
  /** From 400 to 599. */
  readonly status: number;
  /** @default the words of the status */
  readonly title?: string;
  /** Whether the error's message is for the caller to read. @default false */
  readonly expose?: boolean;
}

/** Errors by their code: a status, or all that there is to say. */
export type ProblemTable = Readonly<Record<string, number | ProblemRule>>;

/** The table that holds unless another says otherwise. */
export const PROBLEMS: ProblemTable = {
  TIMEOUT: 504,
  MIDDLEWARE_TIMEOUT: 504,
  CIRCUIT_OPEN: 503,
  CIRCUIT_ISOLATED: 503,
  BULKHEAD_FULL: 503,
  QUEUE_TIMEOUT: 503,
  LOAD_SHED: 503,
  LIMIT_STORE_FAILED: 503,
  DISPOSED: 503,
  DATABASE: 503,
  RATE_LIMITED: 429,
  VALIDATION: { status: 422, expose: true },
  BUSINESS_RULE: { status: 422, expose: true },
  UNAUTHENTICATED: 401,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  CONTENT_TOO_LARGE: 413,
  PAYLOAD_TOO_LARGE: 413,
};

/** What is told of an error of which nothing may be told. */
export const BARE_PROBLEM: Problem = {
  status: 500,
  code: 'INTERNAL_ERROR',
  title: 'Internal Server Error',
};

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  409: 'Conflict',
  410: 'Gone',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

/** Rules by code, with nothing left to look up. */
export type ProblemRules = ReadonlyMap<string, Required<ProblemRule>>;

/** The default table with another laid over it. @throws TypeError or RangeError for an entry that is no rule */
export function problemRules(table: ProblemTable = {}): ProblemRules {
  if (typeof table !== 'object' || table === null) throw unexpected('table', 'an object', table);
  const all = Object.entries({ ...PROBLEMS, ...table });
  return new Map(all.map(([code, rule]) => [code, checkedRule(`table.${code}`, rule)]));
}

function checkedRule(name: string, given: number | ProblemRule): Required<ProblemRule> {
  const rule = typeof given === 'number' ? { status: given } : given;
  if (typeof rule !== 'object' || rule === null) {
    throw unexpected(name, 'a status, or an object with `status`', given);
  }
  checkNames(name, rule, ['status', 'title', 'expose']);
  const status = checkWhole(name, rule.status);
  if (status < 400 || status > 599) throw outOfRange(name, 'a status from 400 to 599', status);
  const { title = titleOf(status), expose = false } = rule;
  return { status, title, expose };
}

/** What may be told of an error. Only what is in the rules, or was thrown as an answer, says more than "500". */
export function problemOf(error: unknown, rules: ProblemRules = DEFAULT_RULES): Problem {
  const answer = thrownAnswer(error);
  if (answer) return answer;
  const code = codeFor(error);
  const rule = code === undefined ? undefined : rules.get(code);
  if (code === undefined || !rule) return BARE_PROBLEM;
  const { status, title, expose } = rule;
  return { status, code, title, ...extrasOf(error as Error, { code, status, expose }) };
}

function codeFor(error: unknown): string | undefined {
  // What the platform throws when an `AbortSignal.timeout()` has ended a `fetch`.
  if (error instanceof Error && error.name === 'TimeoutError') return 'TIMEOUT';
  return ownCodeOf(error);
}

function extrasOf(
  error: Error,
  { code, status, expose }: { code: string; status: number; expose: boolean },
): Partial<Problem> {
  const { retryAfterMs } = error as { readonly retryAfterMs?: unknown };
  const waits = typeof retryAfterMs === 'number' && retryAfterMs >= 0 && retryAfterMs < Infinity;
  return {
    ...(expose && { detail: publicText(error.message) }),
    ...(expose && code === ValidationError.code && { errors: fieldErrorsOf(error) }),
    ...(waits && { retryAfterS: Math.ceil(retryAfterMs / 1000) }),
    ...(status === 405 && allowed(error)),
  };
}

/** The methods that an error names, as a list or as the header would have them. */
function allowed(error: object): { readonly allow?: readonly string[] } {
  const { allow, headers } = error as { allow?: unknown; headers?: Record<string, unknown> };
  const named = allow ?? headers?.['allow'] ?? headers?.['Allow'];
  const list = typeof named === 'string' ? named.split(',').map((one) => one.trim()) : named;
  return Array.isArray(list) ? { allow: list.map(String) } : {};
}

/** An error that a host of HTTP marks as an answer has status, code and message for the caller. */
function thrownAnswer(error: unknown): Problem | undefined {
  if (!(error instanceof Error)) return undefined;
  const { answers, status, code, message } = error as Error & Record<string, unknown>;
  if (answers !== 'http' || typeof status !== 'number' || typeof code !== 'string')
    return undefined;
  if (!(status >= 400 && status <= 599)) return undefined;
  const title = titleOf(status);
  const said = message === title ? {} : { detail: publicText(message) };
  return { status, code, title, ...said, ...(status === 405 && allowed(error)) };
}

/** The words that belong to a status. */
function titleOf(status: number): string {
  return TITLES[status] ?? (status < 500 ? 'Refused' : 'Failed');
}

const DEFAULT_RULES: ProblemRules = problemRules();

/** A problem with what happened inside, for those who look for the fault. */
export function withDebug(problem: Problem, error: unknown): Problem {
  return { ...problem, debug: errorFacts(error) };
}
