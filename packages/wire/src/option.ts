/** Checks of options, each with a sentence that says what was expected and what came. */

/** The error for a value of the wrong kind. */
export function unexpected(name: string, expected: string, got: unknown): TypeError {
  return new TypeError(`Expected \`${name}\` to be ${expected}, got ${shown(got)}.`);
}

/** The error for a value of the right kind that is out of range. */
export function outOfRange(name: string, expected: string, got: unknown): RangeError {
  return new RangeError(`Expected \`${name}\` to be ${expected}, got ${shown(got)}.`);
}

/** Gives a whole number back if it is one, and is not less than `least`. */
export function checkWhole(name: string, value: number, least = 0): number {
  const expected = `a whole number, ${least} or more`;
  if (typeof value !== 'number') throw unexpected(name, expected, value);
  if (!Number.isSafeInteger(value) || value < least) throw outOfRange(name, expected, value);
  return value;
}

/** Gives a duration back if it is one, and is not less than `leastMs`; `Infinity` is none that ends. */
export function checkMs(name: string, value: number, leastMs = 0): number {
  const expected = `a number of milliseconds, ${leastMs} or more`;
  if (typeof value !== 'number' || Number.isNaN(value)) throw unexpected(name, expected, value);
  if (value < leastMs) throw outOfRange(name, expected, value);
  return value;
}

function shown(value: unknown): string {
  if (typeof value === 'string') return `${JSON.stringify(value.slice(0, 60))} (string)`;
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'object') return Array.isArray(value) ? 'an array' : 'an object';
  return typeof value === 'function' ? 'a function' : `\`${String(value)}\` (${typeof value})`;
}
