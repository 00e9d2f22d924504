/** Checks the options of a plugin against its schema, and fills in the defaults. */
import { checkNames, outOfRange, unexpected } from '@interpose/kernel/options';
import type { OptionRule, OptionSchema } from './option-schema.ts';

const isRecord = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every((text) => typeof text === 'string');

const isJson = (value: unknown): boolean =>
  Array.isArray(value)
    ? value.every(isJson)
    : typeof value === 'object' && value !== null
      ? Object.values(value).every(isJson)
      : value === null || ['string', 'boolean'].includes(typeof value) || Number.isFinite(value);

const CHECKS: Readonly<Record<OptionRule['type'], readonly [string, (value: unknown) => boolean]>> =
  {
    string: ['a text', (value) => typeof value === 'string'],
    number: ['a number', (value) => typeof value === 'number' && Number.isFinite(value)],
    boolean: ['true or false', (value) => typeof value === 'boolean'],
    'string[]': [
      'a list of texts',
      (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
    ],
    record: ['texts by name', isRecord],
    json: ['anything that JSON can hold', isJson],
  };

/**
 * The options with their defaults.
 *
 * @throws TypeError or RangeError that names the option, what was expected and what came
 */
export function completeOptions(
  plugin: string,
  schema: OptionSchema,
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  checkNames(plugin, given, Object.keys(schema));
  const complete: Record<string, unknown> = {};
  for (const [name, rule] of Object.entries(schema)) {
    const value = given[name] ?? rule.default;
    if (value !== undefined) checkOption(`${plugin}.${name}`, rule, value);
    else if (rule.required) throw unexpected(`${plugin}.${name}`, CHECKS[rule.type][0], value);
    else continue;
    complete[name] = value;
  }
  return complete;
}

function checkOption(name: string, rule: OptionRule, value: unknown): void {
  const [wanted, fits] = CHECKS[rule.type];
  // A secret must not be in a message, not even in one about its type.
  const shown = rule.secret ? '(secret)' : value;
  if (!fits(value)) throw unexpected(name, wanted, shown);
  const { min, choices } = rule;
  if (min !== undefined && typeof value === 'number' && value < min) {
    throw outOfRange(name, `a number, ${min} or more`, shown);
  }
  if (min !== undefined && sizeOf(value) < min) {
    throw outOfRange(name, `${wanted}, ${min} or more of them`, shown);
  }
  const unknown = choices && [value].flat().find((item) => !choices.includes(item as string));
  if (unknown !== undefined) throw outOfRange(name, `one of ${choices?.join(', ')}`, unknown);
}

function sizeOf(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  return typeof value === 'object' && value !== null ? Object.keys(value).length : Infinity;
}

/** What `make` gives. An error about an option says whose option it is, as what makes a plugin may know its options without the plugin. */
export function ofPlugin<T>(plugin: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof Error && !error.message.includes(plugin)) {
      error.message = error.message.replace(/^Expected `/, `Expected \`${plugin}.`);
    }
    throw error;
  }
}
