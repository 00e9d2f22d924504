/** readList: the values in brackets that query functions take: `["a","b"]`, `['a','b']` or `[1,2]`. */
import { badQuery } from './odata-fault.ts';

/** The values, and where the text goes on behind them. */
export interface ReadList {
  readonly values: readonly unknown[];
  readonly end: number;
}

const BARE = /[^\s,'"[\]]+/y;
const STRING = /"(?:[^"\\]|\\.)*"/y;
const QUOTED = /'[^']*'/y;

/**
 * The values of a list that begins at a bracket.
 *
 * @throws DataverseFault for what is no list, as one with a single quote inside of single quotes
 */
export function readList(text: string, from: number): ReadList {
  const values: unknown[] = [];
  let at = afterBlanks(text, from + 1);
  if (text.charAt(at) === ']') return { values, end: at + 1 };
  for (;;) {
    const [value, end] = valueAt(text, at);
    values.push(value);
    at = afterBlanks(text, end);
    if (text.charAt(at) === ']') return { values, end: at + 1 };
    if (text.charAt(at) !== ',') {
      throw badQuery(
        `Invalid JSON. A comma character ',' was expected in scope 'Array' at position ${at} in '${text}'.`,
      );
    }
    at = afterBlanks(text, at + 1);
  }
}

function valueAt(text: string, at: number): readonly [value: unknown, end: number] {
  const pattern = text.charAt(at) === '"' ? STRING : text.charAt(at) === "'" ? QUOTED : BARE;
  pattern.lastIndex = at;
  const [found] = pattern.exec(text) ?? [];
  if (found === undefined) {
    throw badQuery(`Invalid JSON. A value was expected at position ${at} in '${text}'.`);
  }
  return [pattern === QUOTED ? found.slice(1, -1) : parsed(found), at + found.length];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    if (text.startsWith('"')) throw badQuery(`Invalid JSON. ${text} is no text.`);
    // Guids and dates may stand without quotes.
    return text;
  }
}

function afterBlanks(text: string, from: number): number {
  let at = from;
  while (/\s/.test(text.charAt(at))) at++;
  return at;
}
