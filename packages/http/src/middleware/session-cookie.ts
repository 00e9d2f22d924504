/** sessionCookie: keeps a little for each visitor in a cookie that only we can make. */
import { type Clock, isThenable } from '@interpose/kernel';
import { systemClock } from '@interpose/kernel/clock';
import { checkMs, checkNames, outOfRange, unexpected } from '@interpose/kernel/options';
import type { HttpMiddleware } from '../app.ts';
import type { HttpContext } from '../context/context.ts';
import { type CookieOptions, cookieText } from '../context/cookies.ts';
import type { HttpResponse } from '../context/response.ts';
import { encryptedSeal, type Opened, type Seal, signedSeal } from '../credentials/session-seal.ts';

/** Options of `sessionCookie`. */
export interface SessionCookieOptions {
  /** The first seals, all open: put a new one first, and take an old one out once its sessions have ended. 32 characters each or more. */
  readonly secrets: readonly string[];
  /** The name of the cookie. @default 'session' */
  readonly name?: string;
  /** Whether visitors cannot read what is kept for them. @default false: signed only */
  readonly encrypt?: boolean;
  /** How long a session lasts. @default 86_400_000, a day */
  readonly maxAgeMs?: number;
  /** Whether each answer lets it last anew. @default true */
  readonly rolling?: boolean;
  /** @default '/' */
  readonly path?: string;
  /** @default the host alone */
  readonly domain?: string;
  /** Sent over TLS only. @default true */
  readonly secure?: boolean;
  /** @default 'Lax' */
  readonly sameSite?: 'Strict' | 'Lax' | 'None';
  /** @default systemClock */
  readonly clock?: Clock;
}

/** What is kept for one visitor. */
export interface Session<Data extends object> {
  /** May be changed in place, or replaced; `undefined` ends the session. What is JSON comes back. */
  data: Data | undefined;
  /** Whether the visitor came without one. */
  readonly isNew: boolean;
}

/** What `sessionCookie` adds to the context. */
export interface WithSession<Data extends object> {
  readonly session: Session<Data>;
}

/** What no browser must keep is not sent (RFC 6265). */
const MOST_LENGTH = 4096;
const OPTIONS = [
  'secrets',
  'name',
  'encrypt',
  'maxAgeMs',
  'rolling',
  'path',
  'domain',
  'secure',
  'sameSite',
  'clock',
];

/**
 * Gives each request a session. A cookie that was changed, has expired, or is another site's is no session.
 *
 * @throws TypeError or RangeError for options that are none; RangeError, when called, for more than a cookie can hold
 * @example
 * const app = createApp()
 *   .use(sessionCookie<{ visits: number }>({ secrets: [process.env.SESSION_SECRET] }))
 *   .get('/', ({ session }) => (session.data = { visits: (session.data?.visits ?? 0) + 1 }));
 */
export function sessionCookie<Data extends object = Record<string, unknown>>(
  options: SessionCookieOptions,
): HttpMiddleware<HttpContext, HttpContext & WithSession<Data>> {
  const jar = new Jar(options);
  return function sessionCookie(ctx, next) {
    const goOn = (kept: Kept | undefined) => {
      const session: Session<Data> = {
        data: kept?.data as Data | undefined,
        isNew: kept === undefined,
      };
      const close = (response: HttpResponse) => jar.close(session.data, kept, response);
      let result: ReturnType<typeof next>;
      try {
        result = next(Object.assign(ctx, { session }));
      } catch (error) {
        return failed(error, close, ctx);
      }
      return isThenable(result)
        ? result.then(close, (error: unknown) => failed(error, close, ctx))
        : close(result);
    };
    const kept = jar.open(ctx.cookies.get(jar.name));
    return isThenable(kept) ? kept.then(goOn) : goOn(kept);
  };
}

type Close = (response: HttpResponse) => HttpResponse | PromiseLike<HttpResponse>;

/** A failure does not undo what was put into the session before it, such as its end. */
function failed(error: unknown, close: Close, { response }: HttpContext): PromiseLike<never> {
  const rethrow = (): never => {
    throw error;
  };
  try {
    const closed = close(response);
    if (isThenable(closed)) return closed.then(rethrow, rethrow);
  } catch {
    // The failure that came first counts.
  }
  throw error;
}

/** What a cookie had. */
interface Kept {
  readonly data: unknown;
  /** As it was when it came. */
  readonly json: string;
  readonly isOld: boolean;
}

/** Makes cookies and reads them. */
class Jar {
  readonly name: string;
  readonly #seal: Seal;
  readonly #clock: Clock;
  readonly #maxAgeMs: number;
  readonly #rolling: boolean;
  readonly #cookie: CookieOptions;

  constructor(options: SessionCookieOptions) {
    checkNames('sessionCookie()', options, OPTIONS);
    const { secrets, name = 'session', encrypt = false, rolling = true, path, domain } = options;
    const { secure = true, sameSite = 'Lax', clock = systemClock } = options;
    const isStrong = (secret: unknown): boolean =>
      typeof secret === 'string' && secret.length >= 32;
    if (!Array.isArray(secrets) || secrets.length === 0 || !secrets.every(isStrong)) {
      throw unexpected('secrets', 'a list of texts with 32 characters or more', typeof secrets);
    }
    if (!['Strict', 'Lax', 'None'].includes(sameSite)) {
      throw unexpected('sameSite', `'Strict', 'Lax' or 'None'`, sameSite);
    }
    this.name = name;
    this.#seal = (encrypt ? encryptedSeal : signedSeal)(`session:${name}`, secrets);
    this.#clock = clock;
    this.#maxAgeMs = checkMs('maxAgeMs', options.maxAgeMs ?? 86_400_000, 1000);
    this.#rolling = rolling;
    this.#cookie = {
      secure,
      sameSite,
      httpOnly: true,
      ...(path !== undefined && { path }),
      ...(domain !== undefined && { domain }),
    };
    // A name or an attribute that cannot be sent is told now.
    cookieText(name, '', this.#cookie);
  }

  open(sealed: string | undefined): Kept | undefined | PromiseLike<Kept | undefined> {
    if (sealed === undefined || sealed.length > MOST_LENGTH) return undefined;
    const opened = this.#seal.open(sealed);
    return isThenable(opened) ? opened.then((one) => this.#read(one)) : this.#read(opened);
  }

  #read(opened: Opened | undefined): Kept | undefined {
    if (!opened) return undefined;
    const { text, isOld } = opened;
    const [untilMs, data] = JSON.parse(text) as readonly [number, unknown];
    if (untilMs <= this.#clock.wall()) return undefined;
    return { data, json: JSON.stringify(data), isOld };
  }

  /** Lets the answer set the cookie if there is something new to keep. */
  close(
    data: object | undefined,
    kept: Kept | undefined,
    response: HttpResponse,
  ): HttpResponse | PromiseLike<HttpResponse> {
    if (data === undefined || data === null) {
      if (kept) this.#set(response, '', 0);
      return response;
    }
    const json = JSON.stringify(data);
    if (json === kept?.json && !kept.isOld && !this.#rolling) return response;
    const untilMs = this.#clock.wall() + this.#maxAgeMs;
    const sealed = this.#seal.seal(`[${untilMs},${json}]`);
    const set = (text: string): HttpResponse => this.#set(response, text, this.#maxAgeMs);
    return isThenable(sealed) ? sealed.then(set) : set(sealed);
  }

  #set(response: HttpResponse, value: string, maxAgeMs: number): HttpResponse {
    const maxAgeSeconds = Math.floor(maxAgeMs / 1000);
    const text = cookieText(this.name, value, { ...this.#cookie, maxAgeSeconds });
    if (text.length > MOST_LENGTH) {
      throw outOfRange(
        'session.data',
        `small enough for a cookie of ${MOST_LENGTH} bytes`,
        text.length,
      );
    }
    const { headers } = response;
    headers.append('Set-Cookie', text);
    // A cache must not give one visitor's cookie to another.
    if (!headers.has('cache-control')) headers.append('Cache-Control', 'no-store');
    return response;
  }
}
