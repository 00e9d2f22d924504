/** EventSender: events that are sent whenever there are some, for a client that takes them as it can. */
import { eventText, type SentEvent } from './sent-event.ts';

/** A stream of events as whoever sends them sees it. */
export interface EventStream {
  /** The id of the last event that the client has had, if it comes back; else empty. */
  readonly lastEventId: string;
  /** Aborts when nobody takes events any more. */
  readonly signal: AbortSignal;
  /** Resolves then. */
  readonly closed: Promise<void>;
  /**
   * Sends an event. Resolves when it is taken: whoever awaits that never sends faster than the client reads. `false` if the stream ended
   * before; it never rejects.
   *
   * @throws TypeError or RangeError for what cannot be sent
   */
  send(event: SentEvent | string): Promise<boolean>;
}

/** An event that waits. */
interface Queued {
  readonly bytes: Uint8Array;
  readonly done: (isTaken: boolean) => void;
}

const OVER = { done: true, value: undefined } as const;
const encoder = new TextEncoder();

/** A stream, and at its other end the events one after the other. */
export class EventSender implements EventStream, AsyncIterator<Uint8Array, undefined> {
  readonly lastEventId: string;
  readonly closed: Promise<void>;
  readonly #mostBytes: number;
  readonly #abort = new AbortController();
  #queue: Queued[] = [];
  #bytes = 0;
  #isOver = false;
  #failure: { readonly error: unknown } | undefined;
  #waiting:
    | { take(result: IteratorResult<Uint8Array, undefined>): void; fail(error: unknown): void }
    | undefined;
  #close: () => void = () => {};

  constructor(lastEventId: string, mostBytes: number) {
    this.lastEventId = lastEventId;
    this.#mostBytes = mostBytes;
    this.closed = new Promise((resolve) => (this.#close = resolve));
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  send(event: SentEvent | string): Promise<boolean> {
    const bytes = encoder.encode(eventText(event));
    if (this.#isOver) return Promise.resolve(false);
    const waiting = this.#waiting;
    if (waiting) {
      this.#waiting = undefined;
      waiting.take({ done: false, value: bytes });
      return Promise.resolve(true);
    }
    if (this.#bytes > this.#mostBytes) {
      // The client comes back, and tells what it had last.
      this.leave();
      return Promise.resolve(false);
    }
    this.#bytes += bytes.length;
    return new Promise((done) => this.#queue.push({ bytes, done }));
  }

  /** There will be no more than what waits already. */
  finish(): void {
    this.#isOver = true;
    this.#waiting?.take(OVER);
    this.#waiting = undefined;
  }

  /** There will be no more, as whoever sends has failed. */
  fail(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#waiting) this.#waiting.fail(error);
    else this.#failure = { error };
    this.#waiting = undefined;
  }

  /** Nobody takes events any more. */
  leave(): void {
    this.#isOver = true;
    for (const { done } of this.#queue) done(false);
    this.#queue = [];
    this.#waiting?.take(OVER);
    this.#waiting = undefined;
    this.#abort.abort();
    this.#close();
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const queued = this.#queue.shift();
    if (queued) {
      this.#bytes -= queued.bytes.length;
      queued.done(true);
      return Promise.resolve({ done: false, value: queued.bytes });
    }
    const failure = this.#failure;
    if (failure) {
      this.#failure = undefined;
      return Promise.reject(failure.error);
    }
    if (this.#isOver) return Promise.resolve(OVER);
    return new Promise((take, fail) => (this.#waiting = { take, fail }));
  }

  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.leave();
    return Promise.resolve(OVER);
  }
}
