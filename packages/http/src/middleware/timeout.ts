/** timeout: ends requests that take too long with a 504, and tells whoever works on them to stop. */
import { type Clock, extend, isThenable } from '@interpose/kernel';
import { checkMs, checkNames, outOfRange, unexpected } from '@interpose/kernel/options';
import { timeout as timeoutPolicy, TimeoutError } from '@interpose/resilience';
import type { HttpMiddleware } from '../app.ts';
import type { HttpContext } from '../context/context.ts';
import { isTokenName } from '../context/headers.ts';
import { HttpResponse } from '../context/response.ts';

/** Options of `timeout`. */
export interface TimeoutOptions {
  /** How long the rest may take to answer. @default 30_000 */
  readonly timeoutMs?: number | ((ctx: HttpContext) => number);
  /** A header in which callers say how many milliseconds they will wait; it can only make the time shorter. @default none */
  readonly header?: string;
  /** How long to wait for a handler to heed its signal before the client is told. @default 0 */
  readonly graceMs?: number;
  /** @default systemClock */
  readonly clock?: Clock;
}

/**
 * Answers with a 504 when the time is up and aborts `ctx.signal`. What a handler still answers after that goes nowhere.
 *
 * @throws TypeError or RangeError for options that are none
 * @example
 * const app = createApp().use(timeout({ timeoutMs: 2000 })).get('/', ({ signal }) => fetch('https://slow.example', { signal }));
 */
export function timeout(options: TimeoutOptions = {}): HttpMiddleware {
  checkNames('timeout()', options, ['timeoutMs', 'header', 'graceMs', 'clock']);
  const { graceMs = 0, clock } = options;
  const policy = timeoutPolicy<HttpContext>({
    timeoutMs: durationOf(options),
    graceMs,
    ...(clock && { clock }),
  });
  return function timeout(ctx, next) {
    const { response } = ctx;
    // The rest has an answer of its own, so that one that comes too late cannot get into what the client is told.
    const own = new HttpResponse();
    move(response, own);
    const inTime = (made: HttpResponse): HttpResponse => {
      move(made, response);
      if (made.hasStatus) response.status = made.status;
      response.body = made.takeBody();
      return response;
    };
    const failed = (error: unknown): never => {
      // Of what ran out of time nothing is told, as it may have been changed on the way out.
      if (!TimeoutError.is(error)) move(own, response);
      throw error;
    };
    let result: ReturnType<typeof next>;
    try {
      const inner = extend(ctx, { response: own });
      result = policy(inner, (seen?: HttpContext) => next(seen ?? inner));
    } catch (error) {
      return failed(error);
    }
    return isThenable(result) ? result.then(inTime, failed) : inTime(result);
  };
}

/** Gives one answer the headers of another, and no others. */
function move({ headers: from }: HttpResponse, { headers: to }: HttpResponse): void {
  if (from === to) return;
  to.deleteWhere(() => true);
  const raw = from.toRaw();
  for (let at = 0; at + 1 < raw.length; at += 2)
    to.append(raw[at] as string, raw[at + 1] as string);
}

function durationOf({
  timeoutMs = 30_000,
  header,
}: TimeoutOptions): number | ((ctx: HttpContext) => number) {
  if (typeof timeoutMs !== 'function' && checkMs('timeoutMs', timeoutMs) === 0) {
    throw outOfRange('timeoutMs', 'a number of milliseconds above 0', timeoutMs);
  }
  if (header === undefined) return timeoutMs;
  if (!isTokenName(header)) throw unexpected('header', 'the name of a header', header);
  return (ctx) => {
    const own = typeof timeoutMs === 'function' ? timeoutMs(ctx) : timeoutMs;
    const asked = ctx.headers.get(header)?.trim() ?? '';
    // What is no number asks for nothing; to say 0 is to have given up already.
    if (!/^\d{1,9}$/.test(asked)) return own;
    const askedMs = Math.max(1, Number(asked));
    return own > 0 ? Math.min(own, askedMs) : askedMs;
  };
}
