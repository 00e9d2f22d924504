/** tokensOf: an expression of OData cut into its words, each with its place. */
import { parseGuid } from '../records/guid.ts';
import { badSyntax } from './odata-fault.ts';
import { readList } from './value-list.ts';

/** A value as an expression writes it. */
export type Literal =
  | { readonly kind: 'null' }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'guid'; readonly value: string }
  /** A day, or a moment with its zone. */
  | { readonly kind: 'date'; readonly value: string }
  | { readonly kind: 'list'; readonly value: readonly unknown[] };

/** A word of an expression. */
export type Token =
  | { readonly kind: 'name' | 'mark' | 'alias' | 'end'; readonly text: string; readonly at: number }
  | {
      readonly kind: 'literal';
      readonly text: string;
      readonly at: number;
      readonly literal: Literal;
    };

const GUID = /[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}(?![\w-])/iy;
const DATE =
  /\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?)?(?![\w:-])/iy;
const NUMBER = /[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?(?![\w:-])/iy;
const NAME = /[\p{L}_][\p{L}\p{N}_.]*/uy;
const ALIAS = /@[\p{L}_][\p{L}\p{N}_]*/uy;
const BLANKS = /\s+/y;
const MARKS = '(),/:=';

const WORDS: ReadonlyMap<string, Literal> = new Map<string, Literal>([
  ['null', { kind: 'null' }],
  ['true', { kind: 'boolean', value: true }],
  ['false', { kind: 'boolean', value: false }],
]);

/**
 * The words of an expression, and an end.
 *
 * @throws DataverseFault for what is no word, with its place
 */
export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    at += found(BLANKS, text, at)?.length ?? 0;
    if (at >= text.length) return [...tokens, { kind: 'end', text: '', at: text.length }];
    const token = tokenAt(text, at);
    tokens.push(token);
    at += token.text.length;
  }
}

function tokenAt(text: string, at: number): Token {
  const first = text.charAt(at);
  if (first === "'") return textAt(text, at);
  if (first === '[') {
    const { end, values } = readList(text, at);
    return literal(text.slice(at, end), at, { kind: 'list', value: values });
  }
  if (MARKS.includes(first)) return { kind: 'mark', text: first, at };
  const alias = found(ALIAS, text, at);
  if (alias) return { kind: 'alias', text: alias, at };
  return valueAt(text, at) ?? nameAt(text, at);
}

function valueAt(text: string, at: number): Token | undefined {
  const guid = found(GUID, text, at);
  if (guid) return literal(guid, at, { kind: 'guid', value: parseGuid(guid) ?? guid });
  const date = found(DATE, text, at);
  if (date) return literal(date, at, { kind: 'date', value: date });
  const number = found(NUMBER, text, at);
  return number ? literal(number, at, { kind: 'number', value: Number(number) }) : undefined;
}

function nameAt(text: string, at: number): Token {
  const name = found(NAME, text, at);
  if (name === undefined) throw badSyntax('Syntax error', at, text);
  const word = WORDS.get(name);
  return word ? literal(name, at, word) : { kind: 'name', text: name, at };
}

/** Text in quotes; a quote in it is doubled. */
function textAt(text: string, at: number): Token {
  let value = '';
  for (let end = at + 1; end < text.length; end++) {
    const character = text.charAt(end);
    if (character !== "'") value += character;
    else if (text.charAt(end + 1) === "'") {
      value += "'";
      end++;
    } else return literal(text.slice(at, end + 1), at, { kind: 'text', value });
  }
  throw badSyntax('There is an unterminated literal', text.length, text);
}

function literal(text: string, at: number, value: Literal): Token {
  return { kind: 'literal', text, at, literal: value };
}

function found(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
