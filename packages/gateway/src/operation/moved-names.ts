/** movedNames: which of the names that stay have changed their place among each other. */

/** The fewest names that have to move for the first order to become the second; names that are in one of them alone do not count. */
export function movedNames(before: readonly string[], after: readonly string[]): readonly string[] {
  const places = new Map(before.map((name, at) => [name, at]));
  const there = after.filter((name) => places.has(name));
  const settled = longestRise(there.map((name) => places.get(name) as number));
  return there.filter((name) => !settled.has(places.get(name) as number));
}

/** The longest row of numbers, each greater than the one before it, that stands in this order in the list. */
function longestRise(numbers: readonly number[]): ReadonlySet<number> {
  /** For each length the index of the smallest number that a row of that length ends with. */
  const ends: number[] = [];
  const previous: (number | undefined)[] = [];
  for (const [index, number] of numbers.entries()) {
    const length = firstNotBelow(ends, (end) => (numbers[end] as number) < number);
    previous.push(length === 0 ? undefined : ends[length - 1]);
    ends[length] = index;
  }
  const found = new Set<number>();
  for (let index = ends.at(-1); index !== undefined; index = previous[index]) {
    found.add(numbers[index] as number);
  }
  return found;
}

function firstNotBelow(ends: readonly number[], isBelow: (end: number) => boolean): number {
  let [low, high] = [0, ends.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBelow(ends[middle] as number)) low = middle + 1;
    else high = middle;
  }
  return low;
}
