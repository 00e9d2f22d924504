/** Keeps secrets out of texts: a value whose name tells that it is secret is never shown. */

/** Names of what must not be seen, wherever the name has them as a part. */
const SECRET =
  /auth(?!or(?!i[sz]))|bearer|cookie|credential|[cx]srf|jwt|keys?$|otp$|pass(code|phrase|w|$)|pin$|private|pwd|secret|session|signature|token/i;

/** Secrets that give themselves away under any name: the user of an address, and the credentials of an HTTP scheme. */
const TELLING = /(?<=\/\/)[^\s/?#]+(?=@)|(?<=\b(basic|bearer) )\S+/gi;

/** What stands in the place of a secret. */
export const REDACTED = '[redacted]';

/** True for the name of something that must not be shown. */
export function isSecret(name: string): boolean {
  return SECRET.test(name.replaceAll(/[^a-z]/gi, ''));
}

/** A value as one line of text, with secrets hidden at every depth and nothing longer than it needs to be. */
export function redactedText(value: unknown, depth = 3): string {
  return textAt([value], 0, depth);
}

/** The text of one part of a whole. Whatever throws when it is read does so at its own place. */
function textAt(whole: object, part: PropertyKey, depth: number): string {
  try {
    return textOf(whole[part as never], depth);
  } catch {
    return '[unreadable]';
  }
}

function textOf(value: unknown, depth: number): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'function') return `[function ${nameOf(value.name)}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  if (value instanceof Error) return `${value.name}: ${quoted(value.message).slice(1, -1)}`;
  if (value instanceof Date) return value.toJSON() ?? String(value);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  const list = Array.isArray(value);
  if (depth === 0) return list ? '[…]' : '{…}';
  const keys = Object.keys(value);
  const shown = keys.slice(0, list ? 10 : 30).map((key) => {
    if (list) return textAt(value, key, depth - 1);
    return `${nameOf(key)}: ${isSecret(key) ? REDACTED : textAt(value, key, depth - 1)}`;
  });
  if (shown.length < keys.length) shown.push('…');
  return list ? `[${shown.join(', ')}]` : `{${shown.join(', ')}}`;
}

const quoted = (text: string): string =>
  JSON.stringify(cut(text.replaceAll(TELLING, REDACTED)));

const cut = (text: string): string => (text.length > 100 ? `${text.slice(0, 100)}…` : text);

/** A name may come from outside, and could break the line. */
const nameOf = (name: string): string => (/^[\w$#-]+$/.test(name) ? name : quoted(name));
