/** RankedHeap: gives out the item with the lowest rank; any item may be taken out. */

/** Something that has a place in a heap. */
export interface Ranked {
  /** The lowest comes first. */
  rank: number;
  /** Decides where ranks are equal. */
  order: number;
  /** Where it stands; kept by the heap. */
  place: number;
}

/** A binary heap whose items know their places, so that taking one out of the middle takes no search. */
export class RankedHeap<T extends Ranked> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  get first(): T | undefined {
    return this.#items[0];
  }

  add(item: T): void {
    item.place = this.#items.push(item) - 1;
    this.#rise(item);
  }

  /** Does nothing if it is not in the heap. */
  remove(item: T): void {
    const { place } = item;
    if (this.#items[place] !== item) return;
    const last = this.#items.pop() as T;
    item.place = -1;
    if (last === item) return;
    this.#put(last, place);
    this.#rise(last);
    this.#sink(last);
  }

  /** All items, in no order. */
  [Symbol.iterator](): IterableIterator<T> {
    return this.#items.values();
  }

  #put(item: T, place: number): void {
    this.#items[place] = item;
    item.place = place;
  }

  #rise(item: T): void {
    while (item.place > 0) {
      const parent = this.#items[(item.place - 1) >> 1] as T;
      if (!isBefore(item, parent)) return;
      this.#swap(item, parent);
    }
  }

  #sink(item: T): void {
    for (;;) {
      const left = this.#items[item.place * 2 + 1];
      const right = this.#items[item.place * 2 + 2];
      const child = right && left && isBefore(right, left) ? right : left;
      if (!child || !isBefore(child, item)) return;
      this.#swap(child, item);
    }
  }

  #swap(a: T, b: T): void {
    const { place } = a;
    this.#put(a, b.place);
    this.#put(b, place);
  }
}

/** The order in which a heap gives out its items. */
export function isBefore(a: Ranked, b: Ranked): boolean {
  return a.rank < b.rank || (a.rank === b.rank && a.order < b.order);
}
