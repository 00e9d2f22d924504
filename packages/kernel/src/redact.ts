/** Keeps secrets out of texts: a value whose name tells that it is secret is never shown. */

/** Names of what must not be seen, wherever the name has them as a part. */
const SECRET =
  /auth|bearer|cookie|credential|csrf|key$|passphrase|passw|pin$|private|secret|session|signature|token/i;

/** What stands in the place of a secret. */
export const REDACTED = '[redacted]';

/** True for the name of something that must not be shown. */
export function isSecret(name: string): boolean {
  return SECRET.test(name.replaceAll(/[-_]/g, ''));
}

/** A value as one line of text, with secrets hidden at every depth and nothing longer than it needs to be. */
export function redactedText(value: unknown, depth = 3): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : value);
  if (typeof value === 'function') return `[function ${value.name || 'anonymous'}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (depth === 0) return Array.isArray(value) ? '[…]' : '{…}';
  if (Array.isArray(value)) {
    const shown = value.slice(0, 10).map((item) => redactedText(item, depth - 1));
    return `[${[...shown, ...(value.length > 10 ? ['…'] : [])].join(', ')}]`;
  }
  const fields = Object.entries(value).map(
    ([name, field]) => `${name}: ${isSecret(name) ? REDACTED : redactedText(field, depth - 1)}`,
  );
  return `{${fields.join(', ')}}`;
}
