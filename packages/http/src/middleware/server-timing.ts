/** serverTiming: tells browsers where the time went (the header `Server-Timing`). */
import { type Awaitable, type Clock, isThenable } from '@interpose/kernel';
import { systemClock } from '@interpose/kernel/clock';
import { checkNames, unexpected } from '@interpose/kernel/options';
import type { HttpMiddleware } from '../app.ts';
import type { HttpContext } from '../context/context.ts';
import { isTokenName } from '../context/headers.ts';
import type { HttpResponse } from '../context/response.ts';

/** Options of `serverTiming`. */
export interface ServerTimingOptions {
  /** Who is told. What takes how long can tell an attacker something. @default everybody */
  readonly when?: (ctx: HttpContext) => boolean;
  /** What the whole is called; `false` leaves it out. @default 'total' */
  readonly total?: string | false;
  /** @default systemClock */
  readonly clock?: Clock;
}

/** Takes times down. */
export interface Timings {
  /** Notes something by name, perhaps with its time in milliseconds and a description. */
  add(name: string, ms?: number, description?: string): void;
  /** Starts to measure; call what it gives when it is over. */
  start(name: string, description?: string): () => void;
  /** Measures a function until what it gives is there. */
  measure<T>(name: string, act: () => T): T;
}

/** What `serverTiming` adds to the context. */
export interface WithTimings {
  readonly timings: Timings;
}

type Rest = (ctx: HttpContext) => Awaitable<HttpResponse>;

/** More than these nobody reads, and a header has its limits. */
const MOST_ENTRIES = 50;

/**
 * Adds `ctx.timings`, and tells in the answer what was taken down, and how long the whole took.
 *
 * @throws TypeError for options that are none
 * @example
 * const app = createApp().use(serverTiming()).get('/', ({ timings }) => timings.measure('db', () => findAll()));
 */
export function serverTiming(
  options: ServerTimingOptions = {},
): HttpMiddleware<HttpContext, HttpContext & WithTimings> {
  checkNames('serverTiming()', options, ['when', 'total', 'clock']);
  const { when, total = 'total', clock = systemClock } = options;
  if (when !== undefined && typeof when !== 'function')
    throw unexpected('when', 'a function', when);
  if (total !== false && !isTokenName(total))
    throw unexpected('total', 'a name without spaces', total);
  return function serverTiming(ctx, next) {
    const startMs = clock.now();
    const timings = new Stopwatch(clock);
    const tell = (): void => {
      if (total !== false) timings.add(total, clock.now() - startMs);
      const { text } = timings;
      if (text && (!when || when(ctx))) ctx.response.headers.append('Server-Timing', text);
    };
    const failed = (error: unknown): never => {
      tell();
      throw error;
    };
    let result: ReturnType<typeof next>;
    try {
      result = next(Object.assign(ctx, { timings }));
    } catch (error) {
      return failed(error);
    }
    const told = <R>(response: R): R => {
      tell();
      return response;
    };
    return isThenable(result) ? result.then(told, failed) : told(result);
  };
}

/**
 * Takes down how long a middleware takes by itself, without the rest; for use within `serverTiming`.
 *
 * @throws TypeError for a name that cannot be sent
 * @example
 * const app = createApp().use(serverTiming()).use(timed('auth', basicAuth({ users })));
 */
export function timed<In extends HttpContext, Out extends HttpContext>(
  name: string,
  middleware: HttpMiddleware<In, Out>,
  { clock = systemClock }: { readonly clock?: Clock } = {},
): HttpMiddleware<In, Out> {
  if (!isTokenName(name)) throw unexpected('name', 'a name without spaces', name);
  return function timed(ctx, next) {
    const { timings } = ctx as HttpContext & Partial<WithTimings>;
    if (!timings) return middleware(ctx, next);
    const startMs = clock.now();
    let inRestMs = 0;
    const rest = (seen?: Out): Awaitable<HttpResponse> => {
      const enteredMs = clock.now();
      const leave = (): void => void (inRestMs += clock.now() - enteredMs);
      return whenOver(() => (next as Rest)(seen ?? ctx), leave);
    };
    return whenOver(
      () => middleware(ctx, rest as unknown as typeof next),
      () => timings.add(name, clock.now() - startMs - inRestMs),
    );
  };
}

/** Runs something, and then something else, however it ended; waits only for what has to be waited for. */
function whenOver<T>(act: () => T, over: () => void): T {
  let result: T;
  try {
    result = act();
  } catch (error) {
    over();
    throw error;
  }
  if (!isThenable(result)) {
    over();
    return result;
  }
  return result.then(
    (value) => {
      over();
      return value;
    },
    (error: unknown) => {
      over();
      throw error;
    },
  ) as T;
}

class Stopwatch implements Timings {
  readonly #clock: Clock;
  readonly #entries: string[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get text(): string {
    return this.#entries.join(', ');
  }

  add(name: string, ms?: number, description?: string): void {
    if (!isTokenName(name)) throw unexpected('name', 'a name without spaces', name);
    if (this.#entries.length >= MOST_ENTRIES) return;
    const time = ms === undefined ? '' : `;dur=${Math.round(ms * 1000) / 1000}`;
    // What stands between quotes must not end them.
    const shown = description?.replaceAll(/[^\x20-\x7e]|["\\]/g, '_').slice(0, 200);
    this.#entries.push(`${name}${time}${shown === undefined ? '' : `;desc="${shown}"`}`);
  }

  start(name: string, description?: string): () => void {
    if (!isTokenName(name)) throw unexpected('name', 'a name without spaces', name);
    const startMs = this.#clock.now();
    let isOver = false;
    return () => {
      if (!isOver) this.add(name, this.#clock.now() - startMs, description);
      isOver = true;
    };
  }

  measure<T>(name: string, act: () => T): T {
    return whenOver(act, this.start(name));
  }
}
