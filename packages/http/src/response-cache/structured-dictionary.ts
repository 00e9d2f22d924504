/** Dictionaries of structured fields (RFC 8941), as far as directives for caches need them: members as text, parameters passed over. */

const KEY = /[a-z*][a-z0-9_\-.*]*/y;
const NUMBER = /-?\d{1,15}(?:\.\d{1,3})?/y;
const STRING = /"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"/y;
const TOKEN = /[A-Za-z*][!#$%&'*+\-.^_`|~0-9A-Za-z:/]*/y;
const BYTES = /:[A-Za-z0-9+/=]*:/y;
const BOOLEAN = /\?[01]/y;

/** A value; `false` is that of `?0`. */
type Value = string | boolean;

/** Reads a dictionary; `undefined` for what is none, which is to be passed over whole. Never throws. */
export function parseDictionary(text: string): ReadonlyMap<string, string | true> | undefined {
  const reader = new Reader(text.trim());
  const members = new Map<string, string | true>();
  while (!reader.isAtEnd) {
    const key = reader.take(KEY);
    if (key === undefined) return undefined;
    const value = reader.takeText('=') ? reader.member() : reader.parameters() && true;
    if (value === undefined) return undefined;
    // The last of several counts.
    members.delete(key);
    if (value !== false) members.set(key, value);
    reader.blanks();
    if (reader.isAtEnd) break;
    if (!reader.takeText(',')) return undefined;
    reader.blanks();
    if (reader.isAtEnd) return undefined;
  }
  return members;
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  takeText(text: string): boolean {
    const isThere = this.#text.startsWith(text, this.#at);
    if (isThere) this.#at += text.length;
    return isThere;
  }

  blanks(): void {
    this.take(/[\t ]*/y);
  }

  /** An item or a list of items, with parameters; a list is given as text that no directive understands. */
  member(): Value | undefined {
    if (!this.takeText('(')) return this.#item();
    for (;;) {
      this.blanks();
      if (this.takeText(')')) return this.parameters() ? '()' : undefined;
      if (this.#item() === undefined) return undefined;
    }
  }

  /** Passes over parameters; tells whether they are well formed. */
  parameters(): true | undefined {
    while (this.takeText(';')) {
      this.blanks();
      if (this.take(KEY) === undefined) return undefined;
      if (this.takeText('=') && this.#bare() === undefined) return undefined;
    }
    return true;
  }

  #item(): Value | undefined {
    const value = this.#bare();
    return value === undefined || !this.parameters() ? undefined : value;
  }

  #bare(): Value | undefined {
    const string = this.take(STRING);
    if (string !== undefined) return string.slice(1, -1).replaceAll(/\\(.)/g, '$1');
    const boolean = this.take(BOOLEAN);
    if (boolean !== undefined) return boolean === '?1';
    return this.take(NUMBER) ?? this.take(TOKEN) ?? this.take(BYTES);
  }
}
