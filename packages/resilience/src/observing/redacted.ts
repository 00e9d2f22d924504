/** redacted: data for logs and traces, without what is secret and with no more of it than anybody reads. */
import { isSecret, REDACTED, redactedText } from '@interpose/kernel/redact';
import { errorFacts } from '../boundary/error-facts.ts';
import { safeText } from '../boundary/safe-text.ts';

/** How many items of a list, and fields of an object, are shown. */
const MOST = 50;

/** A copy that is fit to be written down: plain data, at most a few levels deep. */
export function redacted(value: unknown, depth = 4): unknown {
  if (typeof value === 'string') return safeText(value);
  if (typeof value === 'number' || typeof value === 'boolean' || value == null) return value;
  if (value instanceof Error) return errorFacts(value);
  const list = Array.isArray(value);
  if (depth === 0 || (!list && !isPlain(value))) return redactedText(value, 0);
  if (list) return value.slice(0, MOST).map((_, index) => part(value, String(index), depth - 1));
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value as object).slice(0, MOST)) {
    Object.defineProperty(copy, key, {
      value: isSecret(key) ? REDACTED : part(value as object, key, depth - 1),
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  return copy;
}

/** Fields of a log entry, fit to be written down. */
export function redactedFields(fields: object): Record<string, unknown> {
  return redacted(isPlain(fields) ? fields : { ...fields }) as Record<string, unknown>;
}

// oxlint-disable-next-line no-control-regex -- those are what is looked for
const BREAKING = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

/** A text on one line, which nobody can break to make it look like two entries. */
export function oneLine(text: string): string {
  return text.replaceAll(BREAKING, (letter) =>
    letter < ' '
      ? JSON.stringify(letter).slice(1, -1)
      : `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** What an error says of itself, in one line without secrets. */
export function errorWord(error: unknown): string {
  const { message } = errorFacts(error);
  return oneLine(typeof error === 'string' ? safeText(error) : message);
}

function part(whole: object, key: string, depth: number): unknown {
  try {
    return redacted(whole[key as never], depth);
  } catch {
    return '[unreadable]';
  }
}

function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
