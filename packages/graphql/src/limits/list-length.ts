/** How long the list of a field is taken to be: as was asked, as was said of it, or as lists usually are. */
import type { ComplexitySettings } from './complexity-options.ts';
import type { FieldFacts } from './cost-book.ts';
import { UNKNOWN } from './operation-values.ts';

/** The most that anything costs: what would be more, or is without an end, costs this. */
export const MOST: number = Number.MAX_SAFE_INTEGER;

/** A product that is never more than the most. */
export const times = (one: number, other: number): number => Math.min(one * other, MOST);

/** The lists of an object that are as long as was asked where the object was asked for. */
export interface SizedFields {
  readonly names: readonly string[];
  readonly size: number;
}

/** How many items the arguments ask for; of what is still unknown, how many they are taken to ask for. */
export function wantedLength(
  { size }: FieldFacts,
  wanted: number | typeof UNKNOWN | undefined,
  { unknownListSize }: ComplexitySettings,
): number | undefined {
  return wanted === UNKNOWN ? (size.assumedSize ?? unknownListSize) : wanted;
}

/** How many items a field has, with those of lists in its list; 1 if it is no list. */
export function lengthOf(
  { lists, size, returns }: FieldFacts,
  wanted: number | undefined,
  { defaultListSize }: ComplexitySettings,
): number {
  if (lists === 0) return 1;
  // A list of scalars comes with its object, unless somebody says how long it is.
  const usual = size.assumedSize ?? (returns ? defaultListSize : 1);
  let length = wanted ?? usual;
  for (let at = 1; at < lists; at++) length = times(length, usual);
  return length;
}

/** What a field says of the lists in the object that it returns. */
export function lengthHandedOn(
  { size }: FieldFacts,
  wanted: number | undefined,
): SizedFields | undefined {
  const length = wanted ?? size.assumedSize;
  const names = size.sizedFields ?? [];
  return names.length === 0 || length === undefined ? undefined : { names, size: length };
}
