/** jsonText: what a job carries, as JSON; what would be lost on the way is refused. */
import { unexpected } from '@interpose/kernel/options';

const WANTED = 'something that JSON can carry';

/** JSON would make an empty object of these. */
const LOST = [Map, Set, WeakMap, WeakSet, Promise, RegExp, Error] as const;

/**
 * A value as JSON. An object that says with `toJSON` what it is as JSON is taken at its word, so a Date becomes a text.
 *
 * @throws TypeError if it has in it what JSON would drop, change or not take: a function, a bigint, NaN, a Map, a circle
 */
export function jsonText(name: string, value: unknown): string {
  try {
    const text = JSON.stringify(value, function (this: object, key, part: unknown) {
      const isWrong = isLost(part) || (part === null && wasDate(this, key));
      if (isWrong) throw unexpected(key === '' ? name : `${name}.${key}`, WANTED, part);
      return part;
    }) as string | undefined;
    if (text === undefined) throw unexpected(name, WANTED, value);
    return text;
  } catch (cause) {
    if (cause instanceof TypeError && cause.message.startsWith('Expected `')) throw cause;
    // A circle, a nesting that is too deep, or a `toJSON` that fails.
    throw new TypeError(`Expected \`${name}\` to be ${WANTED}; it cannot be written.`, { cause });
  }
}

/** A date that is none says with `toJSON` that it is nothing. */
function wasDate(holder: object, key: string): boolean {
  return (holder as Readonly<Record<string, unknown>>)[key] instanceof Date;
}

function isLost(part: unknown): boolean {
  if (typeof part === 'object') {
    return part !== null && (ArrayBuffer.isView(part) || LOST.some((kind) => part instanceof kind));
  }
  if (typeof part === 'number') return !Number.isFinite(part);
  return ['function', 'symbol', 'bigint'].includes(typeof part);
}
