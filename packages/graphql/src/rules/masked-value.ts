/** maskedValue: a value of a field with a mask over each item, if it is a list, and never what is under it. */
import { isThenable } from '@interpose/kernel';

/** Masks one item, and never throws: what cannot be masked becomes an error or nothing. */
export type MaskItem = (value: unknown) => unknown;

/**
 * What is to be handed on in the place of a value. What the resolver gave stays as it was.
 *
 * @param lists how many lists are in each other, by the type of the field
 */
export function maskedValue(value: unknown, lists: number, mask: MaskItem): unknown {
  if (value === undefined || value === null || value instanceof Error) return value;
  if (isThenable(value)) return value.then((late) => maskedValue(late, lists, mask));
  if (lists === 0 || typeof value !== 'object') return mask(value);
  const inner: MaskItem = (item) => maskedValue(item, lists - 1, mask);
  if (Symbol.iterator in value) return Array.from(value as Iterable<unknown>, inner);
  if (Symbol.asyncIterator in value) return maskedItems(value as AsyncIterable<unknown>, inner);
  return mask(value);
}

async function* maskedItems(
  items: AsyncIterable<unknown>,
  mask: MaskItem,
): AsyncGenerator<unknown, void, void> {
  for await (const item of items) yield mask(item);
}
