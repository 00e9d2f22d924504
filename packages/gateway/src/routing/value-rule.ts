/** What a rule for a value comes to: a test, and the words for it. */
import { InvalidConfigError } from '../errors.ts';
import { LinearPattern } from './linear-pattern.ts';
import { PatternFault } from './pattern-syntax.ts';
import type { ValueRule } from './route-options.ts';

/** True for a value that fits; `undefined` is one that is not there. */
export type ValueTest = (value: string | undefined) => boolean;

/**
 * The test for a rule.
 *
 * @throws InvalidConfigError for a regular expression that cannot be used
 */
export function valueTest(rule: ValueRule): ValueTest {
  if (typeof rule === 'string') return (value) => value === rule;
  if ('prefix' in rule) return (value) => value?.startsWith(rule.prefix) ?? false;
  if ('oneOf' in rule) {
    const words = new Set(rule.oneOf);
    return (value) => value !== undefined && words.has(value);
  }
  if ('present' in rule) return (value) => value !== undefined;
  if ('absent' in rule) return (value) => value === undefined;
  const fault = patternFault(rule.regex);
  if (fault) throw new InvalidConfigError(`The pattern ${rule.regex} cannot be used: ${fault}.`);
  const pattern = new LinearPattern(rule.regex);
  return (value) => value !== undefined && pattern.matches(value);
}

/** What is wrong with a regular expression; false if nothing is. */
export function patternFault(source: string): string | false {
  try {
    return !new LinearPattern(source);
  } catch (error) {
    if (error instanceof PatternFault) return error.message;
    throw error;
  }
}

/** The rule in words, behind the name of what it is for: `is "2"`. */
export function ruleText(rule: ValueRule): string {
  if (typeof rule === 'string') return `is ${JSON.stringify(rule)}`;
  if ('prefix' in rule) return `begins with ${JSON.stringify(rule.prefix)}`;
  if ('oneOf' in rule)
    return `is one of ${rule.oneOf.map((word) => JSON.stringify(word)).join(', ')}`;
  if ('present' in rule) return 'is there';
  return 'absent' in rule ? 'is not there' : `matches ${rule.regex}`;
}

/** Whether a value that is there, whatever it is, could fit. */
export function wantsPresence(rule: ValueRule): boolean {
  return typeof rule === 'string' || !('absent' in rule);
}
