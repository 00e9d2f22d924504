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
    const lower = name.toLowerCase();
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
    const lower = name.toLowerCase();
    const items = this.#items;
    const values: string[] = [];
    for (let at = 0; at + 1 < items.length; at += 2) {
      if (isSame(items[at] as string, lower)) values.push(items[at + 1] as string);
    }
    return values;
  }

  has(name: string): boolean {
    return this.#find(name.toLowerCase(), 0) >= 0;
  }

  /**
   * Puts one value in the place of all that the name had.
   *
   * @throws InvalidHeaderError if name or value could not be sent as they are
   */
  set(name: string, value: string | number): void {
    const [checkedName, checkedValue] = checked(name, value);
    const lower = checkedName.toLowerCase();
    const items = this.#own();
    const at = this.#find(lower, 0);
    if (at < 0) return void items.push(checkedName, checkedValue);
    items[at] = checkedName;
    items[at + 1] = checkedValue;
    this.#drop(lower, at + 2);
  }

  /**
   * Adds a value to those that the name has.
   *
   * @throws InvalidHeaderError if name or value could not be sent as they are
   */
  append(name: string, value: string | number): void {
    const [checkedName, checkedValue] = checked(name, value);
    this.#own().push(checkedName, checkedValue);
  }

  /** Adds an item to a list header such as `Vary`, unless it is there. */
  appendItem(name: string, item: string): void {
    const items = (this.get(name) ?? '').split(',').map((one) => one.trim().toLowerCase());
    if (items.includes(item.toLowerCase()) || items.includes('*')) return;
    const value = this.get(name);
    this.set(name, value ? `${value}, ${item}` : item);
  }

  /** Takes a name out, and tells whether it was there. */
  delete(name: string): boolean {
    return this.#drop(name.toLowerCase(), 0);
  }

  /** Takes out every name, in lower case, for which `drop` says so. */
  deleteWhere(drop: (name: string) => boolean): void {
    const items = this.#items;
    const kept: string[] = [];
    for (let at = 0; at + 1 < items.length; at += 2) {
      const name = items[at] as string;
      if (!drop(name.toLowerCase())) kept.push(name, items[at + 1] as string);
    }
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
      this.#items = [...this.#items];
      this.#isOwn = true;
    }
    return this.#items as string[];
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

/** Names that differ in length are not the same, which is true of nearly all. */
const isSame = (name: string, lower: string): boolean =>
  name.length === lower.length && (name === lower || name.toLowerCase() === lower);

function checked(name: string, value: string | number): [string, string] {
  if (typeof name !== 'string' || !TOKEN.test(name)) throw new InvalidHeaderError('name', name);
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || !VALUE.test(text))
    throw new InvalidHeaderError(`value of ${name}`, text);
  return [name, text];
}

/** True for a text that can be the name of a header. */
export function isTokenName(name: unknown): name is string {
  return typeof name === 'string' && TOKEN.test(name);
}
