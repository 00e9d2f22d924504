/** The headers of a message: names in any case, several values a name, and nothing that could split a message. */
import { InvalidHeaderError } from '@interpose/wire';

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Printable ASCII, tab, and the upper half of Latin-1; so no CR, LF or NUL. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Headers in the order in which they came, with the spelling that they came in. */
export class HeaderList {
  /** Lower case name, spelling and value in turn. */
  #items: string[] = [];

  /** Takes names and values in turn, as a parser gives them. */
  static fromRaw(raw: readonly string[]): HeaderList {
    const list = new HeaderList();
    for (let at = 0; at + 1 < raw.length; at += 2) {
      const name = raw[at] as string;
      list.#items.push(name.toLowerCase(), name, raw[at + 1] as string);
    }
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
    for (let at = 0; at < items.length; at += 3) {
      if (items[at] !== lower) continue;
      if (found === undefined || lower === 'set-cookie') found ??= items[at + 2];
      else found += (lower === 'cookie' ? '; ' : ', ') + items[at + 2];
    }
    return found;
  }

  /** Every value of a name, one a header line. */
  getAll(name: string): string[] {
    const lower = name.toLowerCase();
    const values: string[] = [];
    this.#each((own, _spelled, value) => own === lower && values.push(value));
    return values;
  }

  has(name: string): boolean {
    const lower = name.toLowerCase();
    for (let at = 0; at < this.#items.length; at += 3) if (this.#items[at] === lower) return true;
    return false;
  }

  /**
   * Puts one value in the place of all that the name had.
   *
   * @throws InvalidHeaderError if name or value could not be sent as they are
   */
  set(name: string, value: string | number): void {
    const [checkedName, checkedValue] = checked(name, value);
    const lower = checkedName.toLowerCase();
    for (let at = 0; at < this.#items.length; at += 3) {
      if (this.#items[at] !== lower) continue;
      this.#items.splice(at + 1, 2, checkedName, checkedValue);
      this.#drop(lower, at + 3);
      return;
    }
    this.#items.push(lower, checkedName, checkedValue);
  }

  /**
   * Adds a value to those that the name has.
   *
   * @throws InvalidHeaderError if name or value could not be sent as they are
   */
  append(name: string, value: string | number): void {
    const [checkedName, checkedValue] = checked(name, value);
    this.#items.push(checkedName.toLowerCase(), checkedName, checkedValue);
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
    const kept: string[] = [];
    this.#each((lower, spelled, value) => void (drop(lower) || kept.push(lower, spelled, value)));
    this.#items = kept;
  }

  /** Names and values in turn, as a serializer takes them. */
  toRaw(): string[] {
    const raw: string[] = [];
    this.#each((_lower, spelled, value) => void raw.push(spelled, value));
    return raw;
  }

  /** Lower case names with their values, one pair a header line. */
  *[Symbol.iterator](): Generator<[string, string]> {
    for (let at = 0; at < this.#items.length; at += 3) {
      yield [this.#items[at] as string, this.#items[at + 2] as string];
    }
  }

  #each(visit: (lower: string, spelled: string, value: string) => unknown): void {
    const items = this.#items;
    for (let at = 0; at < items.length; at += 3) {
      visit(items[at] as string, items[at + 1] as string, items[at + 2] as string);
    }
  }

  #drop(lower: string, from: number): boolean {
    let dropped = false;
    for (let at = from; at < this.#items.length;) {
      if (this.#items[at] === lower) dropped = this.#items.splice(at, 3).length > 0;
      else at += 3;
    }
    return dropped;
  }
}

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
