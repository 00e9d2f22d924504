/** Masks: what is left to be seen of a text. */
import { checkWhole } from '@interpose/kernel/options';

/** What stands for a value of which nothing may be seen. */
export const MASKED = '***';

/** Fewer characters would tell too much of what is in front of them. */
const SHORTEST_PARTIAL = 8;

/**
 * Shows the last characters of a text and hides how many there are before: `****1234`. Of a text shorter than twice as many it shows nothing.
 *
 * @throws TypeError or RangeError for anything but a whole number, 1 or more
 * @example
 * dataMasking({ rules: { 'Account.iban': lastOnly(2) } });
 */
export function lastOnly(shown: number): (value: unknown) => string | null {
  checkWhole('shown', shown, 1);
  return (value) => {
    const text = textOf(value);
    if (text === undefined) return null;
    const letters = Array.from(text);
    return letters.length < shown * 2 ? '****' : `****${letters.slice(-shown).join('')}`;
  };
}

/** The last four characters, of a text with eight or more. */
export const partial: (value: unknown) => string | null = lastOnly(SHORTEST_PARTIAL / 2);

/** The first letter of an address and its domain: `j***@example.com`. */
export function email(value: unknown): string | null {
  const text = textOf(value);
  if (text === undefined) return null;
  const at = text.lastIndexOf('@');
  if (at < 0) return MASKED;
  const [first = '', ...rest] = text.slice(0, at);
  return `${rest.length > 0 ? first : ''}${MASKED}${text.slice(at)}`;
}

/** Nothing but that there is something. */
export function full(value: unknown): string | null {
  return textOf(value) === undefined ? null : MASKED;
}

/** As GraphQL would write it in a field of type `String`. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : undefined;
}
