/** Problem documents (RFC 9457): what a client learns of a refusal or a failure, and nothing else. */
import { problemOf as publicProblem } from '@interpose/resilience/boundary';
import { RefusedMessageError } from '@interpose/wire';
import { parseAccept } from '../context/accept.ts';
import { codeOf, type HttpError, isHttpError, statusOf, titleOf } from '../errors.ts';
import { problemText } from './problem-form.ts';

/** What is said of all errors that have one code. */
export interface ProblemKind {
  /** @default the one that the error has, else 500 */
  readonly status?: number;
  /** An address that identifies the kind of problem. @default by `typeBase` */
  readonly type?: string;
  /** The same words for each problem of the kind. @default the words of the status */
  readonly title?: string;
  /** Whether the message of the error is for the client to read. @default only that of an `HttpError` */
  readonly showMessage?: boolean;
}

/** Words in a language of the client. */
export interface ProblemWords {
  /** The language that they are in, such as `de`. */
  readonly language: string;
  readonly title?: string;
  readonly detail?: string;
}

/** How problems are told. */
export interface ProblemOptions {
  readonly requestId?: string | undefined;
  /** What the client would like to read; JSON unless it prefers HTML or plain text. */
  readonly accept?: string | undefined;
  /** The languages that the client would like to read. */
  readonly acceptLanguage?: string | undefined;
  /** Whether HTML and plain text are given to those who prefer them, or JSON to all. @default 'negotiated' */
  readonly formats?: 'negotiated' | 'json';
  /** Shows the message of unexpected errors as well; for development. @default false */
  readonly showMessages?: boolean;
  /** More members for an unexpected error, which says no more than its status otherwise. @default none */
  readonly unexpected?: (error: unknown) => Readonly<Record<string, unknown>>;
  /** Comes before the code to make the address of the kind of problem. @default none: 'about:blank' */
  readonly typeBase?: string | undefined;
  /** What an error of your own means; `undefined` for those that mean nothing to it. If it throws, it is as if it had said nothing. @default nothing */
  readonly map?: (error: unknown) => HttpError | undefined;
  /** What is said of errors by their code: a status, or more. @default the table of `errors.ts` */
  readonly kinds?: Readonly<Record<string, number | ProblemKind>>;
  /** The address of this very problem. If it throws, there is none. @default none */
  readonly instance?: (problem: Problem) => string | undefined;
  /**
   * Says it in a language of the client, of which the one that it likes best comes first. If it throws, it is as if it had said nothing.
   * @default as it is
   */
  readonly translate?: (problem: Problem, languages: readonly string[]) => ProblemWords | undefined;
}

/** The options that whoever sets up an app may give. */
export const PROBLEM_NAMES: readonly (keyof ProblemOptions)[] = [
  'requestId',
  'accept',
  'acceptLanguage',
  'formats',
  'showMessages',
  'unexpected',
  'typeBase',
  'map',
  'kinds',
  'instance',
  'translate',
];

/** A problem as members of a document. */
export interface Problem extends Readonly<Record<string, unknown>> {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  readonly instance?: string;
  readonly code: string;
  readonly requestId?: string;
}

/** A problem as it is sent. */
export interface ProblemAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** What `map`, `instance` and `translate` have thrown. */
  readonly faults: readonly unknown[];
}

/** The problem that something thrown is. Only an `HttpError`, or a message that was refused, says more than its status. */
export function problemOf(error: unknown, options: ProblemOptions = {}): Problem {
  const faults = new Faults();
  return told(meaningOf(error, options, faults), options, faults);
}

/** Something thrown as an answer, in the form that the client prefers. */
export function problemAnswer(error: unknown, options: ProblemOptions = {}): ProblemAnswer {
  const faults = new Faults();
  const meant = meaningOf(error, options, faults);
  const problem = told(meant, options, faults);
  const words = translated(problem, options, faults);
  const { language, ...said } = words ?? { language: 'en' };
  const { contentType, body } = problemText(
    { ...problem, ...said },
    { accept: options.accept, formats: options.formats ?? 'negotiated', language },
  );
  const headers = {
    'Cache-Control': 'no-store',
    ...(isHttpError(meant) ? meant.headers : waitOf(meant)),
    'Content-Type': contentType,
    ...(words && { 'Content-Language': language }),
  };
  return { status: problem.status, headers, body, faults: faults.all };
}

/** When it is worth trying again, if whoever refused has said so. */
function waitOf(error: unknown): Readonly<Record<string, string>> {
  const { retryAfterS } = publicProblem(error);
  return retryAfterS === undefined ? {} : { 'Retry-After': String(retryAfterS) };
}

/** What those who are asked about a problem have thrown: it must not become another problem. */
class Faults {
  readonly all: unknown[] = [];

  try<T>(ask: () => T): T | undefined {
    try {
      return ask();
    } catch (thrown) {
      this.all.push(thrown);
      return undefined;
    }
  }
}

/** The error, or what `map` says that it is. */
function meaningOf(error: unknown, { map }: ProblemOptions, faults: Faults): unknown {
  if (!map) return error;
  const meant = faults.try(() => {
    const mapped: unknown = map(error);
    if (mapped === undefined || isHttpError(mapped)) return mapped;
    throw new TypeError('Expected `map` to give an HttpError or nothing.');
  });
  return meant ?? error;
}

/** The problem without words of another language. */
function told(error: unknown, options: ProblemOptions, faults: Faults): Problem {
  const meant = isHttpError(error) ? error : undefined;
  const { typeBase } = options;
  const kind = kindOf(error, options.kinds);
  const status = meant?.status ?? kind?.status ?? statusOf(error);
  const isForClient =
    (kind?.showMessage ?? (meant || RefusedMessageError.is(error))) || options.showMessages;
  const title = kind?.title ?? titleOf(status);
  const shown = isForClient && error instanceof Error ? error.message : undefined;
  const isExpected = meant !== undefined || kind !== undefined || status !== 500;
  const code = isExpected ? (codeIn(error) ?? '') : codeOf(500);
  const problem = {
    type: typeOf(meant, kind) ?? (typeBase === undefined ? 'about:blank' : typeBase + code),
    title,
    status,
    ...(shown !== undefined && shown !== title && { detail: shown }),
    ...more(meant?.members),
    ...(!isExpected && more(options.unexpected?.(error))),
    code,
    ...(options.requestId !== undefined && { requestId: options.requestId }),
  };
  const { instance } = options;
  const address = instance && faults.try(() => instance(problem));
  return address === undefined ? problem : { ...problem, instance: address };
}

/** Members that say what only the problem itself may say are left out: the document must not contradict the answer. */
function more(members: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  const { type: _type, status: _status, ...rest } = members;
  return rest;
}

function kindOf(error: unknown, kinds: ProblemOptions['kinds']): ProblemKind | undefined {
  if (!kinds) return undefined;
  const code = codeIn(error);
  if (code === undefined || !Object.hasOwn(kinds, code)) return undefined;
  const kind = kinds[code];
  return typeof kind === 'number' ? { status: kind } : kind;
}

function codeIn(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

function typeOf(meant: HttpError | undefined, kind: ProblemKind | undefined): string | undefined {
  return meant && meant.type !== 'about:blank' ? meant.type : kind?.type;
}

function translated(
  problem: Problem,
  { translate, acceptLanguage }: ProblemOptions,
  faults: Faults,
): ProblemWords | undefined {
  if (!translate) return undefined;
  const languages = parseAccept(acceptLanguage ?? '')
    .filter(({ q }) => q > 0)
    .toSorted((one, other) => other.q - one.q)
    .map(({ name }) => name);
  return faults.try(() => translate(problem, languages));
}
