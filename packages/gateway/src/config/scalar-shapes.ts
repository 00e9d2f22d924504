/** The shapes of single values: texts, words, numbers, flags. */
import { nearest } from '@interpose/kernel/options';
import { type JsonSchema, sentenceOf, tells, variableSchema } from './probe.ts';
import { isBroken, type Shape } from './shape.ts';
import { shown, shownHidden, type SourceNode } from './source.ts';

/** What a text must be. */
export interface TextRule {
  /** In words: `a path that begins with "/"`. */
  readonly wanted: string;
  /** False if the text will do; else what is wrong with it, or true if `wanted` says it all. */
  readonly fault?: (text: string) => string | boolean;
  /** True if the value must not be shown. */
  readonly secret?: boolean;
}

/** Text. */
export function text({ wanted, fault = () => false, secret = false }: TextRule): Shape<string> {
  const schema = (): JsonSchema => ({
    type: 'string',
    ...(wanted === 'text' ? {} : { description: sentenceOf(wanted) }),
    ...(secret && { writeOnly: true }),
  });
  return (node, report) => {
    if (tells(node, schema) || isBroken(node, report)) return undefined;
    const message = `expected ${wanted}, got ${secret ? shownHidden(node) : shown(node)}`;
    if (node.kind !== 'scalar' || typeof node.value !== 'string') {
      const quotes = node.kind === 'scalar' && node.value !== null ? '; put it in quotes' : '';
      return report.error('wrongType', node, message + quotes);
    }
    const wrong = fault(node.value);
    if (wrong === false) return node.value;
    return report.error('badValue', node, wrong === true ? message : `${message} (${wrong})`);
  };
}

/** One of a few words. */
export function oneOf<W extends string>(words: readonly W[]): Shape<W> {
  return (node, report) => {
    if (tells(node, () => ({ anyOf: [{ enum: words }, variableSchema] }))) return undefined;
    if (isBroken(node, report)) return undefined;
    const value = node.kind === 'scalar' ? node.value : undefined;
    const found = words.find((word) => word === value);
    if (found !== undefined) return found;
    const isText = typeof value === 'string';
    return report.error(isText ? 'badValue' : 'wrongType', node, {
      message: `expected one of ${words.join(', ')}, got ${shown(node)}`,
      meant: isText ? nearest(value, words) : undefined,
    });
  };
}

/** Bounds of a number; both belong to it. */
export interface NumberRule {
  readonly min?: number;
  readonly max?: number;
  /** True if fractions will not do. */
  readonly whole?: boolean;
  readonly secret?: boolean;
}

/** A number; text from an environment variable is read as one. */
export function number(rule: NumberRule = {}): Shape<number> {
  const { min = -Infinity, max = Infinity, whole = false, secret = false } = rule;
  const wanted = `a ${whole ? 'whole ' : ''}number${range(min, max)}`;
  const schema = (): JsonSchema => {
    const bounds = {
      ...(isFinite(min) && { minimum: min }),
      ...(isFinite(max) && { maximum: max }),
    };
    return { anyOf: [{ type: whole ? 'integer' : 'number', ...bounds }, variableSchema] };
  };
  return (node, report) => {
    if (tells(node, schema) || isBroken(node, report)) return undefined;
    const value = numberOf(node);
    const message = `expected ${wanted}, got ${secret ? shownHidden(node) : shown(node)}`;
    if (value === undefined) return report.error('wrongType', node, message);
    const fits = Number.isFinite(value) && value >= min && value <= max;
    if (fits && (!whole || Number.isSafeInteger(value))) return value;
    return report.error('badValue', node, message);
  };
}

/** True or false; text from an environment variable is read as one of them. */
export const flag: Shape<boolean> = (node, report) => {
  if (tells(node, () => ({ anyOf: [{ type: 'boolean' }, variableSchema] }))) return undefined;
  if (isBroken(node, report)) return undefined;
  if (node.kind === 'scalar' && typeof node.value === 'boolean') return node.value;
  const from = node.kind === 'scalar' && node.written !== undefined ? String(node.value) : '';
  const word = from.trim().toLowerCase();
  if (YES.has(word) || NO.has(word)) return YES.has(word);
  return report.error('wrongType', node, `expected true or false, got ${shown(node)}`);
};

const YES = new Set(['true', 'yes', 'on', '1']);
const NO = new Set(['false', 'no', 'off', '0']);

function numberOf(node: SourceNode): number | undefined {
  if (node.kind !== 'scalar') return undefined;
  if (typeof node.value === 'number') return node.value;
  const digits = node.written !== undefined && typeof node.value === 'string' ? node.value : '';
  return /^\s*[-+]?(\d+\.?\d*|\.\d+)\s*$/.test(digits) ? Number(digits) : undefined;
}

function range(min: number, max: number): string {
  if (Number.isFinite(min) && Number.isFinite(max)) return ` from ${min} to ${max}`;
  if (Number.isFinite(min)) return `, ${min} or more`;
  return Number.isFinite(max) ? `, ${max} or less` : '';
}
