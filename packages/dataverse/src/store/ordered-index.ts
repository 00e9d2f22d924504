/** OrderedIndex: the ids of a table's rows in the order of one column, or of themselves. */
import type { Guid } from '../records/guid.ts';
import { compareScalars, type Scalar, scalarOf } from './cell.ts';
import type { Row } from './row.ts';

/** Those with the least first; an empty cell comes before all others. */
type Entry = readonly [scalar: Scalar | undefined, id: Guid];

/** A stretch of the order. Both ends belong to it; one that is not given is open, and then empty cells do not belong to it. */
export interface Stretch {
  readonly from?: Scalar | undefined;
  readonly to?: Scalar | undefined;
}

/** A block is cut in two at this length: long enough for few blocks, short enough to be moved quickly. */
const LONGEST_BLOCK = 512;

/** Ids in order, in blocks, so that a row comes and goes without all others having to move. */
export class OrderedIndex {
  /** The column; `undefined` for the ids themselves. */
  readonly column: string | undefined;
  readonly #blocks: Entry[][] = [];

  constructor(column: string | undefined, rows: Iterable<Row>) {
    this.column = column;
    const entries = Array.from(rows, (row) => this.#entryOf(row)).toSorted(compare);
    for (let at = 0; at < entries.length; at += LONGEST_BLOCK / 2) {
      this.#blocks.push(entries.slice(at, at + LONGEST_BLOCK / 2));
    }
  }

  /** Puts a row in the place of what it was before. */
  replace(before: Row | undefined, after: Row | undefined): void {
    const { column } = this;
    if (before && after) {
      if (column === undefined || before.cells[column] === after.cells[column]) return;
    }
    if (before) this.#delete(this.#entryOf(before));
    if (after) this.#add(this.#entryOf(after));
  }

  /** How many rows are in a stretch. */
  count(stretch: Stretch): number {
    const [first, last] = this.#boundsOf(stretch);
    if (first.block === last.block) return Math.max(0, last.at - first.at);
    let count = (this.#blocks[first.block]?.length ?? 0) - first.at + last.at;
    for (let block = first.block + 1; block < last.block; block++) {
      count += this.#blocks[block]?.length ?? 0;
    }
    return Math.max(0, count);
  }

  /** The ids in a stretch, in order. */
  *within(stretch: Stretch): Iterable<Guid> {
    const [first, last] = this.#boundsOf(stretch);
    for (let block = first.block; block <= last.block; block++) {
      const entries = this.#blocks[block] ?? [];
      const end = block === last.block ? last.at : entries.length;
      for (let at = block === first.block ? first.at : 0; at < end; at++) {
        yield (entries[at] as Entry)[1];
      }
    }
  }

  /** All ids, the least first. */
  *upwards(): Iterable<Guid> {
    for (const block of this.#blocks) for (const entry of block) yield entry[1];
  }

  /** All ids, the greatest first; those of rows that are the same are in their own order all the same. */
  *downwards(): Iterable<Guid> {
    let same: Entry[] = [];
    for (const block of this.#blocks.toReversed()) {
      for (let at = block.length - 1; at >= 0; at--) {
        const entry = block[at] as Entry;
        if (same.length && compareKeys(same[0] as Entry, entry) !== 0) {
          for (let one = same.length - 1; one >= 0; one--) yield (same[one] as Entry)[1];
          same = [];
        }
        same.push(entry);
      }
    }
    for (let one = same.length - 1; one >= 0; one--) yield (same[one] as Entry)[1];
  }

  #entryOf({ id, cells }: Row): Entry {
    if (this.column === undefined) return [id, id];
    const cell = cells[this.column];
    return [cell === undefined ? undefined : scalarOf(cell), id];
  }

  #add(entry: Entry): void {
    if (!this.#blocks.length) this.#blocks.push([]);
    const number = this.#blockOf((other) => compare(other, entry));
    const block = this.#blocks[number] as Entry[];
    block.splice(
      placeIn(block, (other) => compare(other, entry)),
      0,
      entry,
    );
    if (block.length > LONGEST_BLOCK) {
      this.#blocks.splice(number + 1, 0, block.splice(LONGEST_BLOCK / 2));
    }
  }

  #delete(entry: Entry): void {
    const number = this.#blockOf((other) => compare(other, entry));
    const block = this.#blocks[number];
    if (!block) return;
    const at = placeIn(block, (other) => compare(other, entry));
    const found = block[at];
    if (found && compare(found, entry) === 0) block.splice(at, 1);
    if (!block.length) this.#blocks.splice(number, 1);
  }

  /** The last block whose first entry is not behind what is looked for. */
  #blockOf(compareTo: (entry: Entry) => number): number {
    let [low, high] = [0, this.#blocks.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (compareTo(this.#blocks[middle]?.[0] as Entry) > 0) high = middle - 1;
      else low = middle;
    }
    return low;
  }

  #boundsOf({ from, to }: Stretch): readonly [first: Position, last: Position] {
    // What is before all scalars, but behind empty cells; and what is behind all of the ends' own kind.
    const first = this.#positionOf(([scalar]) =>
      scalar === undefined ? -1 : from === undefined ? 0 : compareScalars(scalar, from),
    );
    const last = this.#positionOf(([scalar]) =>
      scalar === undefined ? -1 : to === undefined ? -1 : compareScalars(scalar, to) > 0 ? 1 : -1,
    );
    return [first, last];
  }

  /** Where the first entry is for which `compareTo` is not less than 0. */
  #positionOf(compareTo: (entry: Entry) => number): Position {
    const atLeast = (entry: Entry): number => (compareTo(entry) < 0 ? -1 : 1);
    const block = this.#blockOf(atLeast);
    const entries = this.#blocks[block];
    return { block, at: entries ? placeIn(entries, atLeast) : 0 };
  }
}

interface Position {
  readonly block: number;
  readonly at: number;
}

/** How many entries come before what is looked for. */
function placeIn(entries: readonly Entry[], compareTo: (entry: Entry) => number): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareTo(entries[middle] as Entry) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function compareKeys([one]: Entry, [other]: Entry): number {
  if (one === undefined || other === undefined) {
    return one === other ? 0 : one === undefined ? -1 : 1;
  }
  return compareScalars(one, other);
}

function compare(one: Entry, other: Entry): number {
  return compareKeys(one, other) || (one[1] < other[1] ? -1 : one[1] > other[1] ? 1 : 0);
}
