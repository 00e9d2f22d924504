/** Cookies: those that a request brings, and the lines that set new ones (RFC 6265). */
import { checkWhole, outOfRange, unexpected } from '@interpose/kernel/options';
import { InvalidHeaderError } from '@interpose/wire';

/** How a cookie is kept. */
export interface CookieOptions {
  /** How long, in seconds; 0 removes it. @default until the browser closes */
  readonly maxAgeSeconds?: number;
  readonly expires?: Date;
  /** @default '/' */
  readonly path?: string;
  /** @default the host alone */
  readonly domain?: string;
  /** Sent over TLS only. @default true */
  readonly secure?: boolean;
  /** Kept from scripts. @default true */
  readonly httpOnly?: boolean;
  /** @default 'Lax' */
  readonly sameSite?: 'Strict' | 'Lax' | 'None';
}

const TOKEN = /^[!#$%&'*+\-.^_`|~\w]+$/;
const VALUE = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/;
const ATTRIBUTE = /^[\x20-\x3a\x3c-\x7e]*$/;

/** The cookies of a header. Of several with one name the first counts, as it has the longest path. */
export function parseCookies(header: string | undefined): ReadonlyMap<string, string> {
  const cookies = new Map<string, string>();
  for (const pair of (header ?? '').split(';')) {
    const at = pair.indexOf('=');
    if (at < 1) continue;
    const name = trimmed(pair.slice(0, at));
    if (name === '' || cookies.has(name)) continue;
    const value = trimmed(pair.slice(at + 1));
    cookies.set(
      name,
      unescaped(
        value.startsWith('"') && value.endsWith('"') && value.length > 1
          ? value.slice(1, -1)
          : value,
      ),
    );
  }
  return cookies;
}

/**
 * Without the blanks round it. Only those of HTTP: what else looks like one belongs to the name, or somebody could dress up a cookie of his
 * own as one with the prefix `__Host-`.
 */
const trimmed = (text: string): string => text.replace(/^[ \t]+|[ \t]+$/g, '');

/**
 * The value of a `Set-Cookie` header.
 *
 * @throws InvalidHeaderError for a name, a value or an attribute that cannot be sent
 * @throws TypeError or RangeError for options out of range, and for a name whose prefix promises something else
 */
export function cookieText(name: string, value: string, options: CookieOptions = {}): string {
  const { path = '/', domain, maxAgeSeconds, expires, sameSite = 'Lax' } = options;
  const { secure = true, httpOnly = true } = options;
  check(name, { path, domain, sameSite });
  // Without TLS no browser would take a cookie that may go everywhere.
  const isSecure = secure || sameSite === 'None';
  checkPrefix(name, { path, domain, secure: isSecure });
  let text = `${name}=${escaped(name, value)}`;
  if (maxAgeSeconds !== undefined) {
    // What is past is over, however long ago.
    text += `; Max-Age=${checkWhole('maxAgeSeconds', Math.max(0, Math.trunc(maxAgeSeconds)))}`;
  }
  if (expires) {
    if (Number.isNaN(expires.getTime())) throw unexpected('expires', 'a date', expires);
    text += `; Expires=${expires.toUTCString()}`;
  }
  text += `; Path=${path}`;
  if (domain !== undefined) text += `; Domain=${domain}`;
  if (httpOnly) text += '; HttpOnly';
  if (isSecure) text += '; Secure';
  return `${text}; SameSite=${sameSite}`;
}

interface Attributes {
  readonly path: string;
  readonly domain: string | undefined;
  readonly sameSite?: string;
  readonly secure?: boolean;
}

function check(name: string, { path, domain = '', sameSite = '' }: Attributes): void {
  if (!TOKEN.test(name)) throw new InvalidHeaderError('name', name);
  for (const [attribute, text] of Object.entries({ path, domain })) {
    if (!ATTRIBUTE.test(text)) throw new InvalidHeaderError(`${attribute} of cookie ${name}`, text);
  }
  if (!['Strict', 'Lax', 'None'].includes(sameSite)) {
    throw unexpected('sameSite', "'Strict', 'Lax' or 'None'", sameSite);
  }
}

/** A browser drops a cookie whose prefix promises what its attributes do not keep (RFC 6265bis section 4.1.3), in whatever case it is. */
function checkPrefix(name: string, { path, domain, secure }: Attributes): void {
  const [prefix] = /^__(?:host|secure)-/i.exec(name) ?? [];
  if (prefix === undefined) return;
  if (!secure) throw outOfRange('secure', `\`true\` for a cookie named ${name}`, secure);
  if (prefix.toLowerCase() === '__secure-') return;
  if (domain !== undefined)
    throw outOfRange('domain', `nothing for a cookie named ${name}`, domain);
  if (path !== '/') throw outOfRange('path', `\`/\` for a cookie named ${name}`, path);
}

function escaped(name: string, value: string): string {
  if (VALUE.test(value) && !value.includes('%')) return value;
  try {
    return encodeURIComponent(value);
  } catch {
    throw new InvalidHeaderError(`value of cookie ${name}`, value);
  }
}

function unescaped(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
