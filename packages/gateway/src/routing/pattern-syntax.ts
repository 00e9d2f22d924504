/** Reads a regular expression into the parts that a search of linear time can do: no looking around, no going back. */

/** A part of a pattern. */
export type PatternPart =
  /** One character of a class, as `RegExp` would take it. */
  | { readonly kind: 'one'; readonly source: string }
  | { readonly kind: 'row'; readonly parts: readonly PatternPart[] }
  | { readonly kind: 'choice'; readonly parts: readonly PatternPart[] }
  | {
      readonly kind: 'repeat';
      readonly part: PatternPart;
      readonly min: number;
      readonly max: number;
    };

/** More than this would make more states than are allowed. */
const MOST_TIMES = 200;
const DEEPEST = 50;

/** What of a pattern cannot be done; its message says what. */
export class PatternFault extends Error {}

/**
 * Reads a pattern that is to match a whole value; `^` at its beginning and `$` at its end may stand there and change nothing.
 *
 * @throws PatternFault that says what is not possible
 */
export function readPattern(source: string): PatternPart {
  try {
    RegExp(source);
  } catch {
    throw new PatternFault('it is no regular expression');
  }
  return new Reader(source).whole();
}

class Reader {
  readonly #source: string;
  #at = 0;
  #depth = 0;
  #hadEnd = false;

  constructor(source: string) {
    this.#source = source;
  }

  whole(): PatternPart {
    const isOpen = this.#take('^');
    const part = this.#choice(isOpen);
    if (this.#at < this.#source.length) throw new PatternFault('it is no regular expression');
    return part;
  }

  #choice(isAnchored = false): PatternPart {
    if (++this.#depth > DEEPEST) throw new PatternFault('it is nested too deeply');
    const parts = [this.#row()];
    while (this.#take('|')) parts.push(this.#row());
    // `^a|b$` would mean something else than it looks like.
    const isCut = isAnchored || this.#hadEnd;
    if (this.#depth === 1 && isCut && parts.length > 1) {
      throw new PatternFault('"^" and "$" beside "|" need brackets round what is between them');
    }
    this.#depth--;
    return parts.length === 1 ? (parts[0] as PatternPart) : { kind: 'choice', parts };
  }

  #row(): PatternPart {
    const parts: PatternPart[] = [];
    while (this.#at < this.#source.length && !/[|)]/.test(this.#source[this.#at] as string)) {
      if (this.#depth === 1 && this.#isEnd()) break;
      parts.push(this.#repeated(this.#single()));
    }
    return parts.length === 1 ? (parts[0] as PatternPart) : { kind: 'row', parts };
  }

  /** A `$` that ends the pattern, or the first or last way of it. */
  #isEnd(): boolean {
    const rest = this.#source.slice(this.#at);
    if (rest !== '$' && !rest.startsWith('$|')) return false;
    this.#at++;
    return (this.#hadEnd = true);
  }

  #single(): PatternPart {
    const [character] = this.#match(/[^]/y);
    switch (character) {
      case '^':
      case '$':
        throw new PatternFault(`"${character}" may only be at the beginning and the end`);
      case '(':
        return this.#group();
      case '[':
        return { kind: 'one', source: `[${this.#match(/(?:\\[^]|[^\]\\])*\]/y)[0]}` };
      case '\\':
        return this.#escape();
      default:
        return { kind: 'one', source: character };
    }
  }

  #group(): PatternPart {
    if (this.#source.startsWith('?', this.#at) && !this.#take('?:')) {
      const named = /\?<[A-Za-z_$][\w$]*>/y;
      named.lastIndex = this.#at;
      const name = named.exec(this.#source);
      if (!name) throw new PatternFault('it may not look ahead or behind');
      this.#at += name[0].length;
    }
    const part = this.#choice();
    this.#match(/\)/y);
    return part;
  }

  #escape(): PatternPart {
    const [escape] = this.#match(/c[A-Za-z]|x[\dA-Fa-f]{2}|u[\dA-Fa-f]{4}|[^]/y);
    if (/^[1-9k]/.test(escape))
      throw new PatternFault('it may not go back to what a group matched');
    if (/^[0bBcpP]$/.test(escape)) throw new PatternFault(`"\\${escape}" is not supported`);
    return { kind: 'one', source: `\\${escape}` };
  }

  #repeated(part: PatternPart): PatternPart {
    const times = /(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/y;
    times.lastIndex = this.#at;
    const found = times.exec(this.#source);
    if (!found) return part;
    this.#at += found[0].length;
    const [, sign, least = '', comma, most = ''] = found;
    const min = sign ? Number(sign === '+') : Number(least);
    const open = sign ? sign !== '?' : comma === ',' && most === '';
    const max = open ? Infinity : sign ? 1 : Number(most || least);
    if (min > MOST_TIMES || (max > MOST_TIMES && max !== Infinity)) {
      throw new PatternFault(`it may repeat no more than ${MOST_TIMES} times by number`);
    }
    return { kind: 'repeat', part, min, max };
  }

  #take(text: string): boolean {
    const isNext = this.#source.startsWith(text, this.#at);
    if (isNext) this.#at += text.length;
    return isNext;
  }

  #match(pattern: RegExp): RegExpExecArray {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#source);
    if (!found) throw new PatternFault('it is no regular expression');
    this.#at += found[0].length;
    return found;
  }
}
