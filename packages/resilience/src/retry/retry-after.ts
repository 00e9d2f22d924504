/** Retry-After: when a callee says that it is worth trying again. */
import type { Clock } from '@interpose/kernel';

const SECONDS = /^\d+(?:\.\d+)?$/;
/** Some servers send a date and then seconds; the seconds need no clock, so they count. */
const DATE_AND_SECONDS = /GMT\s*,\s*(\d+(?:\.\d+)?)$/;
/** The three forms of RFC 9110, and ISO 8601 with a zone. A date parser alone would take nearly any word with a number for a date. */
const DATES: readonly RegExp[] = [
  /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/,
  /^[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/,
  /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})$/,
];
const ASCTIME = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/;

/**
 * Reads the value of a `Retry-After` header: seconds, a date of HTTP, a date followed by seconds, or an ISO date. Gives milliseconds from
 * now, 0 for what is past, and `undefined` for what is none of these.
 *
 * @example
 * parseRetryAfter('120', systemClock); // 120_000
 */
export function parseRetryAfter(value: string, clock: Pick<Clock, 'wall'>): number | undefined {
  const text = value.trim();
  const seconds = SECONDS.test(text) ? text : DATE_AND_SECONDS.exec(text)?.[1];
  if (seconds !== undefined) return Number(seconds) * 1000;
  const dateMs = dateOf(text);
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - clock.wall());
}

function dateOf(text: string): number {
  if (ASCTIME.test(text)) return Date.parse(`${text} GMT`);
  return DATES.some((form) => form.test(text)) ? Date.parse(text) : Number.NaN;
}

/** Where a wait may be written: on the error itself, in its headers, or in those of the response it carries. */
interface Bearer {
  readonly retryAfterMs?: unknown;
  readonly headers?: unknown;
  readonly response?: { readonly headers?: unknown } | null;
}

/**
 * How long an error or a result asks to be left alone, in milliseconds: by its `retryAfterMs`, by a `Retry-After` among its `headers` (of a
 * `fetch` response, say), or among those of its `response`. `undefined` if it does not ask.
 */
export function retryAfterOf(from: unknown, clock: Pick<Clock, 'wall'>): number | undefined {
  if ((typeof from !== 'object' && typeof from !== 'function') || from === null) return undefined;
  try {
    const { retryAfterMs, headers, response } = from as Bearer;
    if (typeof retryAfterMs === 'number' && !Number.isNaN(retryAfterMs)) {
      return Math.max(0, retryAfterMs);
    }
    const value = headerOf(headers) ?? headerOf(response?.headers);
    return value === undefined ? undefined : parseRetryAfter(value, clock);
  } catch {
    // A getter that throws has nothing to say.
    return undefined;
  }
}

function headerOf(headers: unknown): string | undefined {
  if (typeof headers !== 'object' || headers === null) return undefined;
  const { get } = headers as { readonly get?: unknown };
  const value: unknown =
    typeof get === 'function' ? get.call(headers, 'retry-after') : ownHeader(headers);
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === 'string' || typeof first === 'number' ? String(first) : undefined;
}

/** Names of headers have no case. */
function ownHeader(headers: object): unknown {
  const name = Object.keys(headers).find((key) => key.toLowerCase() === 'retry-after');
  return name === undefined ? undefined : headers[name as never];
}
