/** The headers of a message: names in any case, several values a name, and nothing that could split a message. */
import { InvalidHeaderError } from '@interpose/wire';

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Printable ASCII, tab, and the upper half of Latin-1; so no CR, LF or NUL. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Headers in the order in which they came, with the spelling that they came in. */
export class HeaderList {
  /** Names and values in turn. */
  #items: readonly string[] = NONE;
  /** Whether the items are ours to change; until then they are those that a parser gave. */
  #isOwn = false;

  /** Takes names and values in turn, as a parser gives them; they are copied when something is changed. */
  static fromRaw(raw: readonly string[]): HeaderList {
    const list = new HeaderList();
    list.#items = raw;
    return list;
  }

  /**
   * The value of a name, or `undefined`. Several values are joined, so that a second one never goes unseen;
   * for `Set-Cookie`, whose values cannot be joined, use `getAll`.
   */
  get(name: string): string | undefined {
    const lower = lowerOf(name);
    const items = this.#items;
    let found: string | undefined;
    for (let at = 0; at + 1 < items.length; at += 2) {
      if (!isSame(items[at] as string, lower)) continue;
      if (found === undefined || lower === 'set-cookie') found ??= items[at + 1];
      else found += (lower === 'cookie' ? '; ' : ', ') + items[at + 1];
    }
    return found;
  }

  /** Every value of a name, one a header line. */
  getAll(name: string): string[] {
    const lower = lowerOf(name);
    const items = this.#items;
    const values: string[] = [];
    for (let at = 0; at + 1 < items.length; at += 2) {
      if (isSame(items[at] as string, lower)) values.push(items[at + 1] as string);
    }
    return values;
  }

  has(name: string): boolean {
    return this.#find(lowerOf(name), 0) >= 0;
  }

  /**
   * Puts one value in the place of all that the name had.
   *
   * @throws InvalidHeaderError if name or value could not be sent as they are
   */
  set(name: string, value: string | number): void {
    this.#put(name, checkedName(name), checkedValue(name, value));
  }

  /** The same for a line that was checked when it was made. */
  setLine({ name, lower, value }: HeaderLine): void {
    this.#put(name, lower, value);
  }

  /** Adds a line to those that its name has. */
  appendLine({ name, value }: HeaderLine): void {
    this.#add(name, value);
  }

  /** Adds a line unless its name has a value already. */
  addLine({ name, lower, value }: HeaderLine): void {
    if (this.#find(lower, 0) < 0) this.#add(name, value);
  }

  /**
   * Adds a value to those that the name has.
   *
   * @throws InvalidHeaderError if name or value could not be sent as they are
   */
  append(name: string, value: string | number): void {
    checkedName(name);
    this.#add(name, checkedValue(name, value));
  }

  /** Adds an item to a list header such as `Vary`, unless it is there. */
  appendItem(name: string, item: string): void {
    const value = this.get(name);
    if (value === undefined) return this.append(name, item);
    if (value === item) return;
    const items = value.split(',').map((one) => one.trim().toLowerCase());
    if (items.includes(item.toLowerCase()) || items.includes('*')) return;
    this.set(name, value ? `${value}, ${item}` : item);
  }

  /** Takes a name out, and tells whether it was there. */
  delete(name: string): boolean {
    return this.#drop(lowerOf(name), 0);
  }

  /** Takes out every name, in lower case, for which `drop` says so. */
  deleteWhere(drop: (name: string) => boolean): void {
    const items = this.#items;
    const kept: string[] = [];
    for (let at = 0; at + 1 < items.length; at += 2) {
      const name = items[at] as string;
      if (!drop(lowerOf(name))) kept.push(name, items[at + 1] as string);
    }
    this.#items = kept;
    this.#isOwn = true;
  }

  /** Puts all lines of another list in the place of those of the same names. */
  replaceBy(other: HeaderList): void {
    const before = this.#items;
    const lines = other.#items;
    if (!before.length) {
      this.#items = lines;
      this.#isOwn = false;
      // Who changes its list makes one of its own from here on.
      other.#isOwn = false;
      return;
    }
    const kept: string[] = [];
    for (let at = 0; at + 1 < before.length; at += 2) {
      const name = before[at] as string;
      if (other.#find(lowerOf(name), 0) < 0) kept.push(name, before[at + 1] as string);
    }
    for (const text of lines) kept.push(text);
    this.#items = kept;
    this.#isOwn = true;
  }

  /** Names and values in turn, as a serializer takes them. Not to be changed. */
  toRaw(): readonly string[] {
    return this.#items;
  }

  /** Lower case names with their values, one pair a header line. */
  *[Symbol.iterator](): Generator<[string, string]> {
    const items = this.#items;
    for (let at = 0; at + 1 < items.length; at += 2) {
      yield [(items[at] as string).toLowerCase(), items[at + 1] as string];
    }
  }

  #own(): string[] {
    if (!this.#isOwn) {
      // V8 knows of the literal that it will hold texts.
      this.#items = this.#items === NONE ? [] : this.#items.slice();
      this.#isOwn = true;
    }
    return this.#items as string[];
  }

  /** In the place of the first, or behind all others. */
  #put(name: string, lower: string, value: string): void {
    const at = this.#find(lower, 0);
    if (at < 0) return this.#add(name, value);
    const items = this.#own();
    items[at] = name;
    items[at + 1] = value;
    this.#drop(lower, at + 2);
  }

  #add(name: string, value: string): void {
    this.#own().push(name, value);
  }

  #find(lower: string, from: number): number {
    const items = this.#items;
    for (let at = from; at + 1 < items.length; at += 2) {
      if (isSame(items[at] as string, lower)) return at;
    }
    return -1;
  }

  #drop(lower: string, from: number): boolean {
    let at = this.#find(lower, from);
    if (at < 0) return false;
    const items = this.#own();
    for (; at >= 0; at = this.#find(lower, at)) items.splice(at, 2);
    return true;
  }
}

const NONE: readonly string[] = [];

/** Names that differ in length or in their first letter are not the same, which is true of nearly all. */
const isSame = (name: string, lower: string): boolean =>
  name.length === lower.length &&
  (name.charCodeAt(0) | 0x20) === (lower.charCodeAt(0) | 0x20) &&
  (name === lower || lowerOf(name) === lower);

/** Names that are tokens, each in lower case. Bounded in number and length, as strangers choose them. */
const known = new Map<string, string>();
const MOST_KNOWN = 1000;
const LONGEST_KNOWN = 64;

const lowerOf = (name: string): string => known.get(name) ?? learned(name);

function learned(name: string): string {
  if (known.size >= MOST_KNOWN || name.length > LONGEST_KNOWN || !TOKEN.test(name)) {
    return name.toLowerCase();
  }
  // A copy: the name may be part of a whole head, which would be kept with it.
  const copy = Array.from(name).join('');
  const lower = copy.toLowerCase();
  known.set(copy, lower);
  return lower;
}

/** The name in lower case. */
function checkedName(name: string): string {
  const lower = known.get(name);
  if (lower !== undefined) return lower;
  if (!isTokenName(name)) throw new InvalidHeaderError('name', name);
  return learned(name);
}

function checkedValue(name: string, value: string | number): string {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string' && VALUE.test(value)) return value;
  throw new InvalidHeaderError(`value of ${name}`, value);
}

/** A line that is checked once, for those who say the same in every answer. */
export class HeaderLine {
  readonly name: string;
  readonly lower: string;
  readonly value: string;

  /** @throws InvalidHeaderError if name or value could not be sent as they are */
  constructor(name: string, value: string | number) {
    this.name = name;
    this.lower = checkedName(name);
    this.value = checkedValue(name, value);
  }
}

/** True for a text that can be the name of a header. */
export function isTokenName(name: unknown): name is string {
  return typeof name === 'string' && TOKEN.test(name);
}
