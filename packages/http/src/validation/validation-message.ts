/** The messages of schemas without the values that they speak of: some libraries repeat what was sent, which may be a secret. */

const IN_PLACE_OF_A_VALUE = '…';
const LONGEST_MESSAGE = 300;
const LONGEST_PATH = 200;
/** How much of a value is looked at; beyond it no message is taken from a schema. */
const MOST_VALUES = 500;
/** How much a schema may say to be heard at all. */
const LONGEST_HEARD = 2000;

/** So small a number is no secret, and may be the very limit of which the message speaks. */
const SMALL = /^-?\d{1,2}$/;

/** One thing that a schema complains about, as the standard has it. */
export interface Complaint {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Where the complaint is, and what it says, without anything of the input but the names of its fields. */
export function toldWithoutValues(
  { message, path = [] }: Complaint,
  input: unknown,
): { readonly path: string; readonly message: string } {
  const keys = path.map((part) => (typeof part === 'object' ? part.key : part));
  return {
    path: cut(keys.map(String).join('.'), LONGEST_PATH),
    message: cut(withoutValues(message, at(input, keys)), LONGEST_MESSAGE),
  };
}

function at(input: unknown, keys: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of keys) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return value;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

function withoutValues(message: string, value: unknown): string {
  const texts = new Set<string>();
  if (message.length > LONGEST_HEARD || !collect(value, message.length, texts)) {
    return 'is not valid';
  }
  let told = message;
  // The longest first, as one may be a part of another.
  for (const text of [...texts].toSorted((one, other) => other.length - one.length)) {
    told = without(told, text);
  }
  return told;
}

/** Puts the texts of a value and of all in it into the set, but those that are too long to be in the message; false if there are too many. */
function collect(value: unknown, longest: number, texts: Set<string>): boolean {
  const left: unknown[] = [value];
  for (let seen = 0; left.length > 0; seen++) {
    if (seen + left.length > MOST_VALUES) return false;
    const one = left.pop();
    if (typeof one === 'string') {
      if (one === '' || one.length > longest || SMALL.test(one)) continue;
      texts.add(one);
      // As a message that quotes it would write it.
      texts.add(JSON.stringify(one).slice(1, -1));
    } else if (typeof one === 'number' || typeof one === 'bigint') {
      if (!SMALL.test(String(one))) texts.add(String(one));
    } else if (typeof one === 'object' && one !== null) {
      const inner = Object.values(one);
      if (inner.length > MOST_VALUES) return false;
      left.push(...inner);
    }
  }
  return true;
}

/** Takes out a text where it stands as a word of its own. */
function without(message: string, text: string): string {
  let told = '';
  let from = 0;
  for (let found = message.indexOf(text); found >= 0; found = message.indexOf(text, found + 1)) {
    const end = found + text.length;
    if (found < from || isInsideWord(message, found) || isInsideWord(message, end)) continue;
    told += message.slice(from, found) + IN_PLACE_OF_A_VALUE;
    from = end;
  }
  return told + message.slice(from);
}

const WORD = /[\p{L}\p{N}_]/u;

const isInsideWord = (text: string, at: number): boolean =>
  WORD.test(text.charAt(at - 1)) && WORD.test(text.charAt(at));

const cut = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length - 1)}…` : text;
