/** What happens now, for those who look on: each has a buffer of its own with bounds, and nobody waits for them. */
import { checkWhole } from '@interpose/kernel/options';

/** How one looks on. */
export interface LiveOptions {
  /** How many items may wait for a slow reader; of more, the oldest are left out. @default 100 */
  readonly maxBuffered?: number;
}

/** The items as they come, until the reader or the source ends it. */
export interface LiveItems<T> extends AsyncIterableIterator<T> {
  /** How many were left out because the reader was slow. */
  readonly dropped: number;
  return(): Promise<IteratorResult<T>>;
}

/** Hands on what happens to everyone who looks on. */
export class LiveSource<T> {
  readonly #readers = new Set<Reader<T>>();

  /** True if there is somebody to tell. */
  get hasReaders(): boolean {
    return this.#readers.size > 0;
  }

  /** @throws TypeError or RangeError for options out of range */
  read({ maxBuffered = 100 }: LiveOptions = {}): LiveItems<T> {
    const most = checkWhole('maxBuffered', maxBuffered, 1);
    const reader: Reader<T> = new Reader<T>(most, () => this.#readers.delete(reader));
    this.#readers.add(reader);
    return reader;
  }

  push(item: T): void {
    for (const reader of this.#readers) reader.push(item);
  }

  /** Ends it for all who look on. */
  close(): void {
    for (const reader of this.#readers) void reader.return();
  }
}

/** One who looks on. */
class Reader<T> implements LiveItems<T> {
  dropped = 0;
  readonly #most: number;
  readonly #left: () => void;
  #buffer: T[] = [];
  #isOver = false;
  #waiting: ((result: IteratorResult<T>) => void)[] = [];

  constructor(most: number, left: () => void) {
    this.#most = most;
    this.#left = left;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  push(item: T): void {
    const waiting = this.#waiting.shift();
    if (waiting) return waiting({ done: false, value: item });
    this.#buffer.push(item);
    if (this.#buffer.length <= this.#most) return;
    this.#buffer.shift();
    this.dropped++;
  }

  next(): Promise<IteratorResult<T>> {
    if (this.#buffer.length) {
      return Promise.resolve({ done: false, value: this.#buffer.shift() as T });
    }
    if (this.#isOver) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Also whoever waits for the next item is let go. */
  return(): Promise<IteratorResult<T>> {
    this.#isOver = true;
    this.#buffer = [];
    this.#left();
    for (const waiting of this.#waiting.splice(0)) waiting({ done: true, value: undefined });
    return Promise.resolve({ done: true, value: undefined });
  }
}
