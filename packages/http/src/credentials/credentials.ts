/** What clients say to prove who they are in `Authorization`, and what they are told when that is not enough (RFC 9110, 6750, 7617). */
import { outOfRange } from '@interpose/kernel/options';
import { HttpError } from '../errors.ts';

/** A user and a password. */
export interface UserPassword {
  readonly user: string;
  readonly password: string;
}

const SCHEME = /^([!#$%&'*+.^`|~\w-]+) +([A-Za-z0-9._~+/-]+=*)$/;
/** What no user and no password may have (RFC 7617). */
const CONTROLS = /\p{Cc}/u;

/** The text behind a scheme in `Authorization`; `undefined` for another scheme, or something malformed. */
export function credentialsOf(header: string | undefined, scheme: string): string | undefined {
  const [, own, text] = SCHEME.exec(header ?? '') ?? [];
  return own?.toLowerCase() === scheme.toLowerCase() ? text : undefined;
}

/** User and password of the scheme `Basic`, in UTF-8; `undefined` if there are none, or they are malformed. */
export function basicCredentials(header: string | undefined): UserPassword | undefined {
  const encoded = credentialsOf(header, 'Basic');
  if (encoded === undefined) return undefined;
  let text: string;
  try {
    const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
  const colon = text.indexOf(':');
  if (colon < 0 || CONTROLS.test(text)) return undefined;
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

/**
 * Checks the name of what is protected, which is told to clients.
 *
 * @throws RangeError for one that cannot be sent between quotes
 */
export function checkRealm(realm: unknown): string {
  if (typeof realm === 'string' && /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/.test(realm)) return realm;
  throw outOfRange('realm', 'printable ASCII without quotes and backslashes', realm);
}

/** What is wrong with a token, by the words of RFC 6750. */
export type BearerFault = 'invalid_token' | 'insufficient_scope';

/** The refusal of a bearer: 401 without a token or with a wrong one, 403 with one that may not. */
export function bearerRefusal(
  realm: string,
  fault?: BearerFault,
  { detail, scope }: { readonly detail?: string; readonly scope?: string } = {},
): HttpError {
  const parts = [`Bearer realm="${realm}"`];
  if (fault) parts.push(`error="${fault}"`);
  if (fault && detail !== undefined) parts.push(`error_description="${detail}"`);
  if (scope !== undefined) parts.push(`scope="${scope}"`);
  const isScope = fault === 'insufficient_scope';
  return new HttpError(isScope ? 403 : 401, detail ?? 'A bearer token is needed', {
    code: isScope ? 'INSUFFICIENT_SCOPE' : fault ? 'INVALID_TOKEN' : 'UNAUTHENTICATED',
    headers: { 'WWW-Authenticate': parts.join(', ') },
  });
}
