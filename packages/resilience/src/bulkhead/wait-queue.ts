/** wait-queue: who waits, and who goes on next. Nobody is searched for: to come and to leave costs O(1) by arrival, O(log n) by rank. */

/** Something that stands in a queue. It carries its own place. */
export interface Queued<W> {
  /** Who came directly before and after it, in a queue by arrival. */
  ahead: W | undefined;
  behind: W | undefined;
  /** In a queue by rank, the smaller goes on first. */
  readonly rank: number;
  /** The number of its arrival, which decides among equal ranks. */
  arrival: number;
  /** Its place in the heap of a queue by rank. */
  index: number;
}

/** A row of those who wait. */
export interface WaitQueue<W> {
  readonly size: number;
  /** Who goes on next; it stays where it is. */
  readonly next: W | undefined;
  add(waiter: W): void;
  /** Only for one that is in the queue. */
  remove(waiter: W): void;
}

/** First come, first served; or the other way round. */
export class ArrivalQueue<W extends Queued<W>> implements WaitQueue<W> {
  readonly #newestFirst: boolean;
  #oldest: W | undefined;
  #newest: W | undefined;
  size = 0;

  constructor({ newestFirst = false }: { readonly newestFirst?: boolean } = {}) {
    this.#newestFirst = newestFirst;
  }

  get next(): W | undefined {
    return this.#newestFirst ? this.#newest : this.#oldest;
  }

  add(waiter: W): void {
    waiter.ahead = this.#newest;
    waiter.behind = undefined;
    if (this.#newest) this.#newest.behind = waiter;
    else this.#oldest = waiter;
    this.#newest = waiter;
    this.size++;
  }

  remove(waiter: W): void {
    const { ahead, behind } = waiter;
    if (ahead) ahead.behind = behind;
    else this.#oldest = behind;
    if (behind) behind.ahead = ahead;
    else this.#newest = ahead;
    waiter.ahead = waiter.behind = undefined;
    this.size--;
  }
}

/** The smallest rank first, and first come, first served among equals: a binary heap. */
export class RankQueue<W extends Queued<W>> implements WaitQueue<W> {
  readonly #heap: W[] = [];
  #arrivals = 0;

  get size(): number {
    return this.#heap.length;
  }

  get next(): W | undefined {
    return this.#heap[0];
  }

  add(waiter: W): void {
    waiter.arrival = this.#arrivals++;
    this.#rise(waiter, this.#heap.length);
  }

  remove(waiter: W): void {
    const { index } = waiter;
    const last = this.#heap.pop();
    if (!last || last === waiter) return;
    // The last one takes the empty place, from which it may have to go either way.
    this.#rise(last, index);
    if (last.index === index) this.#sink(last, index);
  }

  /** Puts it at a place, or as far up from there as it belongs. */
  #rise(waiter: W, from: number): void {
    let index = from;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = this.#heap[above];
      if (!parent || !isBefore(waiter, parent)) break;
      this.#put(parent, index);
      index = above;
    }
    this.#put(waiter, index);
  }

  #sink(waiter: W, from: number): void {
    let index = from;
    for (;;) {
      const left = this.#heap[2 * index + 1];
      const right = this.#heap[2 * index + 2];
      const child = left && right && isBefore(right, left) ? right : left;
      if (!child || !isBefore(child, waiter)) break;
      const { index: below } = child;
      this.#put(child, index);
      index = below;
    }
    this.#put(waiter, index);
  }

  #put(waiter: W, index: number): void {
    this.#heap[index] = waiter;
    waiter.index = index;
  }
}

function isBefore<W extends Queued<W>>(one: W, other: W): boolean {
  return one.rank < other.rank || (one.rank === other.rank && one.arrival < other.arrival);
}
