/** Checks options when a thing is made, and says in one sentence what was expected and what came. */
import { isSecret, REDACTED, redactedText } from './redact.ts';

/** An error for an option: its name, what was wanted, what came and of what type. */
export function unexpected(name: string, wanted: string, got: unknown): TypeError {
  return new TypeError(sentence(name, wanted, got));
}

/** Like `unexpected`, for a value of the right type that lies outside its range. */
export function outOfRange(name: string, wanted: string, got: unknown): RangeError {
  return new RangeError(sentence(name, wanted, got));
}

const sentence = (name: string, wanted: string, got: unknown): string => {
  const text = redactedText(got, 0);
  const shown = typeof got !== 'string' ? text : isSecret(name) ? REDACTED : text.slice(1, -1);
  return `Expected \`${name}\` to be ${wanted}, got \`${shown}\` (${typeOf(got)}).`;
};

/**
 * Checks a count.
 *
 * @throws TypeError if it is no number, RangeError if it is no whole number or smaller than `least`
 */
export function checkWhole(name: string, value: unknown, least = 0): number {
  const wanted = `a whole number, ${least} or more`;
  if (typeof value !== 'number') throw unexpected(name, wanted, value);
  if (!Number.isSafeInteger(value) || value < least) throw outOfRange(name, wanted, value);
  return value;
}

/**
 * Checks a duration in milliseconds.
 *
 * @throws TypeError if it is no number, RangeError if it is not finite or smaller than `least`
 */
export function checkMs(name: string, value: unknown, least = 0): number {
  const wanted = `a number of milliseconds, ${least} or more`;
  if (typeof value !== 'number') throw unexpected(name, wanted, value);
  if (!Number.isFinite(value) || value < least) throw outOfRange(name, wanted, value);
  return value;
}

/**
 * Checks that an object of options has none but known names.
 *
 * @throws TypeError that names the unknown option and the known one that is nearest to it
 */
export function checkNames(of: string, options: object, known: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    throw new TypeError(`Unknown option \`${name}\` of ${of}. ${suggestion(name, known)}`);
  }
}

/** The word of a list that was probably meant, if one is near enough. */
export function nearest(word: string, list: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.ceil(word.length / 3)) + 1;
  for (const candidate of list) {
    const steps = distance(word.toLowerCase(), candidate.toLowerCase());
    if (steps < least) [best, least] = [candidate, steps];
  }
  return best;
}

/** A sentence that helps somebody who asked for a name that there is not. */
export function suggestion(name: string, known: Iterable<string>): string {
  const near = nearest(name, known);
  return near ? `Did you mean "${near}"?` : `There are: ${[...known].join(', ') || 'none'}.`;
}

/** How many letters must change, come or go (Levenshtein 1966). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let line = 1; line <= from.length; line++) {
    const above = row;
    row = [line];
    for (let column = 1; column <= to.length; column++) {
      row[column] = Math.min(
        (above[column] ?? 0) + 1,
        (row[column - 1] ?? 0) + 1,
        (above[column - 1] ?? 0) + (from[line - 1] === to[column - 1] ? 0 : 1),
      );
    }
  }
  return row[to.length] ?? 0;
}

function typeOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
}
