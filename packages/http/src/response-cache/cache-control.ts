/** Cache-Control: reads directives so that what restricts counts even if it is malformed, and what permits does not. */

/** One occurrence of a directive. */
interface Directive {
  readonly value: string | undefined;
  /** Whether it is written as the grammar has it. */
  readonly isSound: boolean;
}

/** RFC 9111 1.2.2: a larger number of seconds is taken for this one. */
const MOST_SECONDS = 2 ** 31;
const TOKEN = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"/y;
const FIELD = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** What a message says about caching. */
export class Directives {
  readonly #items = new Map<string, Directive[]>();
  /** True if a quote has no end: what it hides cannot be known. */
  #isBroken = false;

  /** Reads header lines. Never throws. */
  static fromLines(lines: readonly string[]): Directives {
    const directives = new Directives();
    for (const line of lines) directives.#readLine(line);
    return directives;
  }

  /** Takes members of a structured dictionary. */
  static fromMembers(members: ReadonlyMap<string, string | true>): Directives {
    const directives = new Directives();
    for (const [name, value] of members) {
      directives.#add(name, { value: value === true ? undefined : value, isSound: true });
    }
    return directives;
  }

  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** Whether a directive is there, well written or not. For what restricts. */
  has(name: string): boolean {
    return this.#items.has(name);
  }

  /** Whether a directive is there and well written. For what permits. */
  permits(name: string): boolean {
    return this.#items.get(name)?.every(({ isSound }) => isSound) ?? false;
  }

  /** Whether a directive is there without an argument, each time that it is. */
  isBare(name: string): boolean {
    return this.#items.get(name)?.every(({ value }) => value === undefined) ?? false;
  }

  /** The seconds that a directive gives; `NaN` for one that is malformed, or that says now this and now that; `undefined` for none. */
  seconds(name: string): number | undefined {
    const all = this.#items.get(name);
    if (!all) return undefined;
    let found: number | undefined;
    for (const { value, isSound } of all) {
      if (!isSound || value === undefined || !/^\d+$/.test(value)) return Number.NaN;
      const seconds = Math.min(Number(value), MOST_SECONDS);
      if (found !== undefined && found !== seconds) return Number.NaN;
      found = seconds;
    }
    return found;
  }

  /** The fields, in lower case, to which a directive limits itself; `undefined` if it means the whole message, or is malformed. */
  fields(name: string): readonly string[] | undefined {
    const fields: string[] = [];
    for (const { value, isSound } of this.#items.get(name) ?? []) {
      const names = (value ?? '').split(',').map((one) => one.trim().toLowerCase());
      const known = names.filter((one) => FIELD.test(one));
      if (!isSound || known.length === 0 || known.length !== names.length) return undefined;
      fields.push(...known);
    }
    return fields.length ? fields : undefined;
  }

  #add(name: string, directive: Directive): void {
    const all = this.#items.get(name);
    if (all) all.push(directive);
    else this.#items.set(name, [directive]);
  }

  #readLine(line: string): void {
    for (let at = 0; at < line.length;) {
      const name = matchAt(TOKEN, line, at);
      if (name === undefined) {
        at = line[at] === '"' ? this.#behindItem(line, at) : at + 1;
        continue;
      }
      at += name.length;
      const argument = line[at] === '=' ? argumentAt(line, at + 1) : undefined;
      if (argument) at = argument.end;
      const end = this.#behindItem(line, at);
      const isAlone = line.slice(at, end).trim() === '';
      this.#add(name.toLowerCase(), {
        value: argument?.value,
        isSound: isAlone && (!argument || argument.value !== undefined),
      });
      at = end + 1;
    }
  }

  /** Where the next comma outside of quotes is, or the end of the line. */
  #behindItem(line: string, from: number): number {
    for (let at = from; at < line.length; at++) {
      if (line[at] === ',') return at;
      if (line[at] !== '"') continue;
      const quoted = matchAt(QUOTED, line, at);
      if (quoted === undefined) {
        this.#isBroken = true;
        return line.length;
      }
      at += quoted.length - 1;
    }
    return line.length;
  }
}

function argumentAt(line: string, at: number): { value: string | undefined; end: number } {
  const quoted = matchAt(QUOTED, line, at);
  if (quoted !== undefined) {
    const value = quoted.slice(1, -1).replaceAll(/\\(.)/g, '$1');
    return { value, end: at + quoted.length };
  }
  const token = matchAt(TOKEN, line, at);
  return { value: token, end: at + (token?.length ?? 0) };
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
