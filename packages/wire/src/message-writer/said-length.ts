/** The length that the headers of an answer give. */
import { InvalidHeaderError } from '../errors.ts';

/**
 * Reads the value of a `Content-Length`: all lengths that a reader takes, and no second one that says otherwise. `before` is what was said
 * so far, or -1.
 *
 * @throws InvalidHeaderError for anything else
 */
export function saidLength(before: number, name: string, value: string): number {
  const length = /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
  const isOther = before >= 0 && before !== length;
  if (isOther || !Number.isSafeInteger(length)) {
    throw new InvalidHeaderError(`value of ${name}`, value);
  }
  return length;
}
