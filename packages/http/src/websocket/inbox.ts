/** Inbox: the messages that have come and that nobody has read yet; a client that sends faster than it is read has to wait. */

/** A message: text, or bytes. */
export type Message = string | Uint8Array;

/** Lets a client send, or not. */
export interface Tap {
  pause(): void;
  resume(): void;
}

/** So much is kept for a reader who is slow. */
const MOST_BYTES = 64 * 1024;
/** What a message takes besides what it says. */
const OWN_BYTES = 64;

const OVER = { done: true, value: undefined } as const;

/** Messages, in the order in which they came. */
export class Inbox implements AsyncIterable<Message> {
  readonly #tap: Tap;
  #queue: Message[] = [];
  /** The first one that has not been read. */
  #at = 0;
  #bytes = 0;
  #isPaused = false;
  #isOver = false;
  #waiting: ((result: IteratorResult<Message, undefined>) => void)[] = [];

  constructor(tap: Tap) {
    this.#tap = tap;
  }

  /** True while the client may not send. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  push(message: Message): void {
    if (this.#isOver) return;
    const waiting = this.#waiting.shift();
    if (waiting) return waiting({ done: false, value: message });
    this.#queue.push(message);
    this.#bytes += message.length + OWN_BYTES;
    if (this.#bytes < MOST_BYTES || this.#isPaused) return;
    this.#isPaused = true;
    this.#tap.pause();
  }

  /** No more will come; what has come can still be read. */
  end(): void {
    this.#isOver = true;
    for (const waiting of this.#waiting.splice(0)) waiting(OVER);
  }

  /** Nobody wants what has come, nor what is still to come. */
  discard(): void {
    this.#queue = [];
    this.#at = this.#bytes = 0;
    this.end();
    this.#goOn();
  }

  /** Who breaks off may read on later. */
  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    return { next: () => this.#next(), return: () => Promise.resolve(OVER) };
  }

  #next(): Promise<IteratorResult<Message, undefined>> {
    const message = this.#queue[this.#at];
    if (message === undefined) {
      if (this.#isOver) return Promise.resolve(OVER);
      return new Promise((resolve) => this.#waiting.push(resolve));
    }
    this.#bytes -= message.length + OWN_BYTES;
    if (++this.#at === this.#queue.length) {
      this.#queue = [];
      this.#at = 0;
    }
    if (this.#bytes < MOST_BYTES / 2) this.#goOn();
    return Promise.resolve({ done: false, value: message });
  }

  #goOn(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#tap.resume();
  }
}
