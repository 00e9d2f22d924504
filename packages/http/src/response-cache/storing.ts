/** Whether an answer may be stored by a cache that many share (RFC 9111, section 3). */
import type { HeaderList } from '../context/headers.ts';
import type { ResponsePolicy } from './response-policy.ts';

/** The head of an answer. */
export interface AnswerHead {
  readonly status: number;
  readonly headers: HeaderList;
}

/** What the operator of a cache has said. */
export interface StoringRules {
  /** Whether answers that set cookies are stored, cookies included. */
  readonly storeCookies: boolean;
}

/** Statuses that a cache may store although the answer does not say for how long. */
const BY_DEFAULT: ReadonlySet<number> = new Set([
  200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501,
]);

/** Statuses whose meaning for a cache is known here: those of RFC 9110 but 206 and 304, which are about other answers. */
const UNDERSTOOD: ReadonlySet<number> = new Set([
  ...BY_DEFAULT,
  201,
  202,
  205,
  302,
  303,
  307,
  400,
  401,
  402,
  403,
  406,
  407,
  408,
  409,
  411,
  412,
  413,
  415,
  416,
  417,
  421,
  422,
  426,
  500,
  502,
  503,
  504,
  505,
]);

/** Whether an answer to a GET that had these headers may be stored. */
export function mayStore(
  { status, headers }: AnswerHead,
  { directives, isTargeted }: ResponsePolicy,
  request: HeaderList,
  { storeCookies }: StoringRules,
): boolean {
  if (directives.isBroken || status === 206 || status === 304) return false;
  const isUnderstood = UNDERSTOOD.has(status);
  const mustUnderstand = directives.has('must-understand');
  if (mustUnderstand && !isUnderstood) return false;
  if (directives.has('no-store') && !directives.permits('must-understand')) return false;
  if (directives.has('private') && !directives.fields('private')) return false;
  const isPublic = directives.permits('public') || directives.permits('s-maxage');
  if (request.has('authorization') && !isPublic && !directives.permits('must-revalidate')) {
    return false;
  }
  const omitted = omittedFields({ directives, isTargeted });
  if (!storeCookies && setsCookies(headers, omitted)) return false;
  const isExplicit =
    isPublic || directives.has('max-age') || (!isTargeted && headers.has('expires'));
  return isExplicit || (BY_DEFAULT.has(status) && status < 400);
}

/** Whether an answer may be taken for fresh by its Last-Modified alone: never what could be meant for one client, nor an error, unless it is public. */
export function mayGuess(
  { status }: AnswerHead,
  { directives }: ResponsePolicy,
  request: HeaderList,
): boolean {
  if (directives.permits('public')) return true;
  return BY_DEFAULT.has(status) && status < 400 && !request.has('cookie');
}

/** The fields that an answer says are not to be kept with it. */
export function omittedFields({ directives }: ResponsePolicy): ReadonlySet<string> {
  return new Set([
    ...(directives.fields('no-cache') ?? []),
    ...(directives.fields('private') ?? []),
  ]);
}

const setsCookies = (headers: HeaderList, omitted: ReadonlySet<string>): boolean =>
  ['set-cookie', 'set-cookie2'].some((name) => headers.has(name) && !omitted.has(name));
