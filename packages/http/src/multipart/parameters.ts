/** A header's value with its parameters (RFC 9110 section 5.6.6), quoted as browsers and others quote. */

/** A value with parameters. */
export interface Parameterized {
  /** In lower case. */
  readonly value: string;
  /** By names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

const START = /^[\w!#$%&'*+.^`|~/-]+/;
/** Nothing may stand between two of them. */
const SEPARATOR = /(?:[ \t]*;)+[ \t]*/y;
const NAME = /([\w!#$%&'*+.^`|~-]+)=/y;
const TOKEN = /[\w!#$%&'*+.^`|~-]+/y;
const END = /[ \t]*(?:;|$)/y;

/** Takes it apart; nothing if it is malformed, or has a parameter twice. */
export function parseParameters(text: string): Parameterized | undefined {
  const value = START.exec(text)?.[0];
  if (value === undefined) return undefined;
  const parameters = new Map<string, string>();
  const end = text.trimEnd().length;
  let at = value.length;
  while (at < end) {
    at = behind(SEPARATOR, text, at);
    if (at >= end) break;
    const from = behind(NAME, text, at);
    const name = text.slice(at, from - 1).toLowerCase();
    const isQuoted = text[from] === '"';
    const to = isQuoted ? behindQuotes(text, from) : behind(TOKEN, text, from);
    if (to === Infinity || parameters.has(name)) return undefined;
    const given = text.slice(from, to);
    parameters.set(name, isQuoted ? given.slice(1, -1).replaceAll('\\"', '"') : given);
    at = to;
  }
  return at === Infinity ? undefined : { value: value.toLowerCase(), parameters };
}

/**
 * Behind the quote that ends it. Others put a backslash before a quote that does not; browsers mean nothing by a backslash, so one that stands
 * before the end is part of a name.
 */
function behindQuotes(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    if (text[at - 1] !== '\\' || behind(END, text, at + 1) < Infinity) return at + 1;
  }
  return Infinity;
}

/** Where it ends that begins there; nowhere if it does not. */
function behind(form: RegExp, text: string, at: number): number {
  form.lastIndex = at;
  return form.test(text) ? form.lastIndex : Infinity;
}
