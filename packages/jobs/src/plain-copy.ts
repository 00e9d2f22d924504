/** plainCopy: what a queue would keep of a value, apart from the value itself. */
import { redactedText } from '@interpose/kernel/redact';

/** A copy as JSON would carry it, or, where JSON cannot, a text of one line. */
export function plainCopy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) {
    return typeof value === 'bigint' || typeof value === 'symbol' || typeof value === 'function'
      ? redactedText(value)
      : value;
  }
  try {
    return JSON.parse(JSON.stringify(value));
  } catch {
    return redactedText(value);
  }
}
