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

/**
 * A value as one line of text, with secrets hidden at every depth and nothing longer than it needs to be. What lies
 * deeper than `depth` is told by the names of its fields, or by how many items there are.
 */
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
  if (list && depth === 0) return `[${value.length} items]`;
  const most = list ? 10 : 30;
  const whole: object = list ? value.slice(0, most + 1) : value;
  const keys = Object.keys(whole);
  const shown = keys.slice(0, most).map((key) => {
    if (depth === 0) return nameOf(key);
    const text = isSecret(key) ? REDACTED : textAt(whole, key, depth - 1);
    return list ? text : `${nameOf(key)}: ${text}`;
  });
  if (keys.length > most) shown.push('…');
  const text = shown.join(', ');
  return list ? `[${text}]` : `{${text}}`;
}

function quoted(text: string): string {
  const safe = text.replaceAll(TELLING, REDACTED);
  return JSON.stringify(safe.length > 100 ? `${safe.slice(0, 100)}…` : safe);
}

/** A name may come from outside, and could break the line. */
const nameOf = (name: string): string => (/^[\w$#-]+$/.test(name) ? name : quoted(name));
