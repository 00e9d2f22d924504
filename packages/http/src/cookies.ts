/** Cookies: those that a request brings, and the lines that set new ones (RFC 6265). */
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
    const name = pair.slice(0, at).trim();
    if (at < 1 || cookies.has(name)) continue;
    const value = pair.slice(at + 1).trim();
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
 * The value of a `Set-Cookie` header.
 *
 * @throws InvalidHeaderError for a name or an attribute that cannot be sent
 */
export function cookieText(name: string, value: string, options: CookieOptions = {}): string {
  const { path = '/', domain, maxAgeSeconds, expires, sameSite = 'Lax' } = options;
  const { secure = true, httpOnly = true } = options;
  if (!TOKEN.test(name)) throw new InvalidHeaderError('name', name);
  for (const [attribute, text] of Object.entries({ path, domain: domain ?? '' })) {
    if (!ATTRIBUTE.test(text)) throw new InvalidHeaderError(`${attribute} of cookie ${name}`, text);
  }
  let text = `${name}=${VALUE.test(value) && !value.includes('%') ? value : encodeURIComponent(value)}`;
  if (maxAgeSeconds !== undefined) text += `; Max-Age=${Math.trunc(maxAgeSeconds)}`;
  if (expires) text += `; Expires=${expires.toUTCString()}`;
  text += `; Path=${path}`;
  if (domain !== undefined) text += `; Domain=${domain}`;
  if (httpOnly) text += '; HttpOnly';
  // Without TLS no browser would take a cookie that may go everywhere.
  if (secure || sameSite === 'None') text += '; Secure';
  return `${text}; SameSite=${sameSite}`;
}

function unescaped(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
