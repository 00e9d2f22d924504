/** clean: texts and plain data without what nobody types on purpose; legal data come out as they went in. */
import { invalidInput } from './invalid-input.ts';
import { isPlain, put } from './plain-data.ts';

/** What is done to the texts of an input. */
export interface TextRules {
  /** Take white space off both ends. @default true */
  readonly trim?: boolean;
  /** Bring every character to its one composed form (Unicode NFC). @default true */
  readonly normalise?: boolean;
  /** Take out control characters, but for tab and the ends of lines. @default true */
  readonly stripControls?: boolean;
}

/** What is done to one field: other rules for what is in it, `'keep'` to leave it as it is, or a function that gives what is to stand there. */
export type FieldRule = TextRules | 'keep' | ((value: unknown) => unknown);

/** What is done to an input. */
export interface CleanRules extends TextRules {
  /** Rules by the name of a field, at any depth. @default none */
  readonly fields?: Readonly<Record<string, FieldRule>>;
  /** Whether keys that could reach a prototype are taken out, or the whole input is refused. @default 'drop' */
  readonly onForbiddenKey?: 'drop' | 'refuse';
  /** How many levels deep an input may be. @default 100 */
  readonly maxDepth?: number;
}

// oxlint-disable-next-line no-control-regex -- those are what is looked for
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;

/** A text without what nobody types on purpose. To clean it again changes nothing. */
export function cleanText(text: string, rules: TextRules = {}): string {
  const { trim = true, normalise = true, stripControls = true } = rules;
  let clean = stripControls ? text.replaceAll(CONTROLS, '') : text;
  // Controls go first: what stood on both sides of one may belong together.
  if (normalise) clean = clean.normalize('NFC');
  return trim ? clean.trim() : clean;
}

/**
 * Cleans every text in plain data. Whatever is neither a plain object nor an array nor a text stays what it is, and so does all data in
 * which there is nothing to clean: it is the same object.
 *
 * @throws ValidationError if it is too deep, or has a key that could reach a prototype and `onForbiddenKey` says so
 */
export function clean<T>(value: T, rules: CleanRules = {}): T {
  return new Cleaning(rules).value({ value, rules, depth: 0 }) as T;
}

/** One value on the way, with the rules in force for it. */
interface Place {
  readonly value: unknown;
  readonly rules: TextRules;
  readonly depth: number;
}

class Cleaning {
  readonly #rules: CleanRules;
  readonly #maxDepth: number;
  /** Copies by what they are of and by the rules in force: what is shared stays shared. */
  readonly #done = new Map<TextRules, Map<object, object>>();
  readonly #merged = new Map<TextRules, TextRules>();

  constructor(rules: CleanRules) {
    this.#rules = rules;
    this.#maxDepth = rules.maxDepth ?? 100;
  }

  value(place: Place): unknown {
    const { value, rules } = place;
    if (typeof value === 'string') return cleanText(value, rules);
    if (!isPlain(value)) return value;
    if (place.depth >= this.#maxDepth) {
      throw invalidInput([{ message: `deeper than ${this.#maxDepth} levels, or in a circle` }]);
    }
    let done = this.#done.get(rules);
    if (!done) this.#done.set(rules, (done = new Map()));
    let copy = done.get(value);
    if (!copy) {
      copy = Array.isArray(value) ? this.#list(value, place) : this.#object(value, place);
      done.set(value, copy);
    }
    return copy;
  }

  #list(list: readonly unknown[], { rules, depth }: Place): object {
    let copy: unknown[] | undefined;
    for (const [index, value] of list.entries()) {
      const cleaned = this.value({ value, rules, depth: depth + 1 });
      if (Object.is(cleaned, value)) continue;
      copy ??= [...list];
      copy[index] = cleaned;
    }
    return copy ?? list;
  }

  #object(object: object, place: Place): object {
    let copy: object | undefined;
    for (const key of Object.keys(object)) {
      const value: unknown = object[key as never];
      const forbidden = reachesPrototype(key, value);
      if (forbidden) this.#refuse(key);
      const cleaned = forbidden ? undefined : this.#field(key, value, place);
      if (!forbidden && Object.is(cleaned, value)) continue;
      copy ??= copyOf(object);
      if (forbidden) Reflect.deleteProperty(copy, key);
      else put(copy, key, cleaned);
    }
    return copy ?? object;
  }

  #field(key: string, value: unknown, { rules, depth }: Place): unknown {
    const { fields } = this.#rules;
    const rule = fields && Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (rule === 'keep') return value;
    if (typeof rule === 'function') return rule(value);
    return this.value({ value, rules: rule ? this.#under(rules, rule) : rules, depth: depth + 1 });
  }

  /** Rules for a field are on top of those for the whole; the same object for the same rule. */
  #under(rules: TextRules, rule: TextRules): TextRules {
    let merged = this.#merged.get(rule);
    if (!merged) this.#merged.set(rule, (merged = { ...rules, ...rule }));
    return merged;
  }

  #refuse(key: string): void {
    if (this.#rules.onForbiddenKey !== 'refuse') return;
    throw invalidInput([{ field: key, message: 'a field must not have this name' }]);
  }
}

/** Keys become properties of its own, whatever they are called, so that no setter of anybody runs. */
function copyOf(object: object): object {
  const copy = Object.create(Object.getPrototypeOf(object) as object | null) as object;
  for (const key of Reflect.ownKeys(object)) {
    const { enumerable } = Object.getOwnPropertyDescriptor(object, key) as PropertyDescriptor;
    if (enumerable) put(copy, key, object[key as never]);
  }
  return copy;
}

/** A car may have a constructor whose name is a text; only what has properties of its own leads on to a prototype. */
function reachesPrototype(key: string, value: unknown): boolean {
  if (key === '__proto__') return true;
  if (key !== 'constructor' && key !== 'prototype') return false;
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
