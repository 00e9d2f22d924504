/** sanitize: cleans the input of a call and leaves alone whatever is legal. */
import { type Awaitable, define, extend } from '@interpose/kernel';
import { checkNames, checkWhole, unexpected } from '@interpose/kernel/options';
import { clean, type CleanRules, type FieldRule, type TextRules } from './clean.ts';
import { checkKey } from './validate.ts';

/** Options of `sanitize`. */
export interface SanitizeOptions<K extends string> extends CleanRules {
  /** The name under which the input stands on the context. @default 'input' */
  readonly key?: K;
}

const TEXT_RULES = ['trim', 'normalise', 'stripControls'];

/**
 * Cleans the texts of an input: no white space at the ends, one form for each character, no control characters; and takes out keys that
 * could reach a prototype. Nothing is escaped: that is for whoever writes the text into something else, and knows into what.
 *
 * @throws TypeError or RangeError for options out of range; ValidationError when called
 * @example
 * pipeline<Http, Reply>().use(validate(form)).use(sanitize({ fields: { password: 'keep' } }));
 */
export function sanitize<K extends string = 'input'>(
  options: SanitizeOptions<K> = {},
): <C extends Partial<Record<K, unknown>>, R>(
  ctx: C,
  next: (ctx?: C) => Awaitable<R>,
) => Awaitable<R> {
  const { key: wanted, ...rules } = options;
  const key = checkKey(wanted ?? 'input');
  checkRules(rules);
  return define(
    { name: 'sanitize', description: 'Cleans the input and leaves alone whatever is legal.' },
    (ctx: object, next: (ctx: object) => unknown) => {
      const given: unknown = ctx[key as never];
      const cleaned: unknown = clean(given, rules);
      return next(Object.is(cleaned, given) ? ctx : extend(ctx, { [key]: cleaned }));
    },
  ) as never;
}

function checkRules({ fields = {}, onForbiddenKey, maxDepth, ...text }: CleanRules): void {
  checkTextRules('sanitize()', text);
  if (typeof fields !== 'object' || fields === null) throw unexpected('fields', 'rules', fields);
  for (const [name, rule] of Object.entries(fields)) checkField(name, rule);
  if (onForbiddenKey !== undefined && onForbiddenKey !== 'drop' && onForbiddenKey !== 'refuse') {
    throw unexpected('onForbiddenKey', `'drop' or 'refuse'`, onForbiddenKey);
  }
  if (maxDepth !== undefined) checkWhole('maxDepth', maxDepth, 1);
}

function checkField(name: string, rule: FieldRule): void {
  if (rule === 'keep' || typeof rule === 'function') return;
  if (typeof rule !== 'object' || rule === null) {
    throw unexpected(`fields.${name}`, `rules, 'keep' or a function`, rule);
  }
  checkTextRules(`fields.${name}`, rule);
}

function checkTextRules(of: string, rules: TextRules): void {
  const known = of === 'sanitize()' ? [...TEXT_RULES, ...WHOLE_RULES] : TEXT_RULES;
  checkNames(of, rules, known);
  for (const [name, value] of Object.entries(rules)) {
    if (typeof value !== 'boolean') throw unexpected(name, 'true or false', value);
  }
}

const WHOLE_RULES = ['key', 'fields', 'onForbiddenKey', 'maxDepth'];
