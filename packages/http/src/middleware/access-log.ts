/** accessLog: one line for each request, whatever became of it. */
import type { Clock } from '@interpose/kernel';
import { systemClock } from '@interpose/kernel/clock';
import { checkNames, unexpected } from '@interpose/kernel/options';
import { isSecret, REDACTED } from '@interpose/kernel/redact';
import type { HttpMiddleware } from '../app.ts';
import type { HttpContext } from '../context/context.ts';
import { isTokenName } from '../context/headers.ts';
import { asciiJson, cut, quotable, wordOf } from '../printable.ts';

/** How a line is written. */
export type AccessLogFormat = 'text' | 'json' | 'common' | 'combined';

/** Options of `accessLog`. */
export interface AccessLogOptions {
  /** Words for people, JSON, or the Common or Combined Log Format. @default 'text' */
  readonly format?: AccessLogFormat;
  /** Takes a line, without its end. What it throws changes nothing. @default console.log */
  readonly write?: (line: string) => void;
  /** Whether the query is written; values of names that look secret never are. @default false */
  readonly query?: boolean;
  /** For JSON: request headers that are written; those with names that look secret never are. @default none */
  readonly headers?: readonly string[];
  /** Who is calling, once that is known; a name, never a secret. @default nobody */
  readonly user?: (ctx: HttpContext) => string | undefined;
  /** For JSON: more to write. @default nothing */
  readonly fields?: (ctx: HttpContext) => Readonly<Record<string, unknown>>;
  /** @default systemClock */
  readonly clock?: Clock;
}

/** One request that is over. */
interface Entry {
  readonly ctx: HttpContext;
  readonly atMs: number;
  readonly durationMs: number;
  /** 499 if the client left before its answer was complete. */
  readonly status: number;
  readonly bytes: number;
  readonly target: string;
  readonly user: string | undefined;
}

const OPTIONS = ['format', 'write', 'query', 'headers', 'user', 'fields', 'clock'];
/** Parameters of signed addresses and of sign-ins, which their names do not tell. */
const TELLING = /^(?:sig|code|state)$/i;

/**
 * Writes a line for each request once nothing more of its answer will be sent: also if it failed, or the client left (499). Secrets stay
 * out, and nothing that a client sends can end a line or begin another.
 *
 * @throws TypeError for options that are none
 * @example
 * const app = createApp().use(accessLog({ format: 'json' })).get('/', () => 'Hello');
 */
export function accessLog(options: AccessLogOptions = {}): HttpMiddleware {
  const { clock, query, lineOf, user, write } = checked(options);
  return function accessLog(ctx, next) {
    const atMs = clock.wall();
    const startMs = clock.now();
    const { method, path, search, version } = ctx;
    // Of a connection that is gone nobody can say whose it was, so it is asked for now.
    void ctx.clientAddress;
    ctx.onSettled(() => {
      try {
        const shown = query && search ? `${path}?${redactedQuery(search)}` : path;
        const line = lineOf({
          ctx,
          atMs,
          durationMs: Math.max(0, clock.now() - startMs),
          status: ctx.clientLeft ? 499 : ctx.response.status,
          bytes: ctx.sentBytes,
          target: `${method} ${shown} HTTP/${version}`,
          user: user?.(ctx),
        });
        write(line);
      } catch {
        // An observer does not decide.
      }
    });
    return next();
  };
}

function checked(options: AccessLogOptions) {
  checkNames('accessLog()', options, OPTIONS);
  const { format = 'text', query = false, headers = [], user, fields } = options;
  const { clock = systemClock, write = toConsole } = options;
  const lineOf = FORMATS[format];
  if (!Object.hasOwn(FORMATS, format)) {
    throw unexpected('format', `'text', 'json', 'common' or 'combined'`, format);
  }
  for (const [name, given] of Object.entries({ write, user, fields })) {
    if (given !== undefined && typeof given !== 'function') {
      throw unexpected(name, 'a function', given);
    }
  }
  const odd = headers.find((name) => !isTokenName(name));
  if (odd !== undefined) throw unexpected('headers', 'names of headers', odd);
  return { clock, query, user, write, lineOf: lineOf({ headers, fields }) };
}

const toConsole = (line: string): void => {
  // oxlint-disable-next-line no-console -- where lines go unless somebody takes them
  console.log(line);
};

/** What only some formats have. */
interface Extras {
  readonly headers: readonly string[];
  readonly fields: ((ctx: HttpContext) => Readonly<Record<string, unknown>>) | undefined;
}

const FORMATS: Readonly<Record<AccessLogFormat, (extras: Extras) => (entry: Entry) => string>> = {
  text: () => textLine,
  json: (extras) => (entry) => jsonLine(entry, extras),
  common: () => commonLine,
  combined: () => (entry) => {
    const { headers } = entry.ctx;
    const referrer = quotable(withoutSecrets(headers.get('referer') ?? '-'));
    return `${commonLine(entry)} "${referrer}" "${quotable(headers.get('user-agent') ?? '-')}"`;
  },
};

const rounded = (ms: number): number => Math.round(ms * 1000) / 1000;

function textLine({ ctx, atMs, durationMs, status, bytes, target, user }: Entry): string {
  const asked = target.slice(0, target.lastIndexOf(' '));
  const at = asked.indexOf(' ');
  const [method, path] = [wordOf(asked.slice(0, at)), wordOf(asked.slice(at + 1))];
  const who = `${wordOf(ctx.clientAddress)} ${wordOf(user)}`;
  const ms = rounded(durationMs);
  return `${new Date(atMs).toISOString()} ${who} ${method} ${path} ${status} ${bytes}B ${ms}ms ${wordOf(ctx.requestId)}`;
}

function jsonLine(entry: Entry, { headers, fields }: Extras): string {
  const { ctx, atMs, durationMs, status, bytes, target, user } = entry;
  const path = target.slice(ctx.method.length + 1, target.lastIndexOf(' '));
  return asciiJson({
    ...fields?.(ctx),
    time: new Date(atMs).toISOString(),
    clientAddress: ctx.clientAddress,
    ...(user !== undefined && { user }),
    method: cut(ctx.method),
    path: cut(path),
    version: ctx.version,
    status,
    bytes,
    durationMs: rounded(durationMs),
    requestId: ctx.requestId,
    ...(headers.length > 0 && { headers: shownHeaders(ctx, headers) }),
  });
}

function shownHeaders(ctx: HttpContext, names: readonly string[]): Record<string, string | null> {
  return Object.fromEntries(
    names.map((name) => {
      const value = ctx.headers.get(name);
      if (value === undefined) return [name.toLowerCase(), null];
      const shown = /^refer+er$/i.test(name) ? withoutSecrets(value) : cut(value);
      return [name.toLowerCase(), isSecret(name) ? REDACTED : shown];
    }),
  );
}

/** The host, `-`, the user, when, the request's line, status and bytes; as web servers have written it since NCSA. */
function commonLine({ ctx, atMs, status, bytes, target, user }: Entry): string {
  const who = `${wordOf(ctx.clientAddress)} - ${wordOf(user)}`;
  return `${who} [${commonDate(atMs)}] "${quotable(target)}" ${status} ${bytes || '-'}`;
}

/** `10/Oct/2000:13:55:36 +0000` */
function commonDate(atMs: number): string {
  const [, day, month, year, time] = new Date(atMs).toUTCString().split(' ');
  return `${day}/${month}/${year}:${time} +0000`;
}

/** The address of a page without its user and its query, in which there may be anything. */
function withoutSecrets(address: string): string {
  return cut(address)
    .replace(/[?#].*$/s, '')
    .replace(/^([a-z][\w+.-]*:)?(\/\/)[^/@]*@/i, '$1$2');
}

function redactedQuery(search: string): string {
  const shown = [...new URLSearchParams(search)].map(([name, value]): [string, string] => [
    name,
    isSecret(name) || TELLING.test(name) ? REDACTED : value,
  ]);
  return new URLSearchParams(shown).toString();
}
