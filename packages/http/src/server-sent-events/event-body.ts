/** EventBody: events as the body of an answer, which says something now and then, so that nobody takes it for dead. */
import type { Clock } from '@interpose/kernel';
import { Alarm } from '../alarm.ts';
import { eventText, type SentEvent } from './sent-event.ts';

/** What a body of events is made of; bytes are sent as they are. */
export type EventSteps = AsyncIterator<SentEvent | string | Uint8Array, unknown>;

/** How a body of events is made. */
export interface EventBodyOptions {
  readonly clock: Clock;
  /** How long there may be silence. 0: as long as it likes. */
  readonly keepAliveMs: number;
  /** Begins to give events, when the first one is asked for. */
  readonly begin: () => EventSteps;
  /** Nobody reads any more, or there is no more to read. Called once. */
  readonly ended?: (hasBegun: boolean) => void;
}

/** One who waits for bytes. */
interface Waiting {
  readonly resolve: (result: IteratorResult<Uint8Array, undefined>) => void;
  readonly reject: (error: unknown) => void;
}

const OVER = { done: true, value: undefined } as const;
const encoder = new TextEncoder();
const KEEP_ALIVE = encoder.encode(':\n\n');

/** Events as bytes, one event at a time and none before it is asked for. */
export class EventBody implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #options: EventBodyOptions;
  readonly #alarm: Alarm;
  #steps: EventSteps | undefined;
  #isAsking = false;
  #isOver = false;
  /** What came while nobody waited, as who had waited was told that all is well. */
  #early: Uint8Array | undefined;
  #failure: { readonly error: unknown } | undefined;
  readonly #waiting: Waiting[] = [];

  constructor(options: EventBodyOptions) {
    const { clock, keepAliveMs } = options;
    this.#options = options;
    this.#alarm = new Alarm({ clock, afterMs: keepAliveMs, run: () => this.#give(KEEP_ALIVE) });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const early = this.#early;
    if (early) {
      this.#early = undefined;
      return Promise.resolve({ done: false, value: early });
    }
    const failure = this.#failure;
    if (failure) {
      this.#failure = undefined;
      return Promise.reject(failure.error);
    }
    if (this.#isOver) return Promise.resolve(OVER);
    return new Promise((resolve, reject) => {
      if (this.#waiting.push({ resolve, reject }) === 1) this.#alarm.touch();
      this.#ask();
    });
  }

  /** Whoever waits is let go, whatever the source does. */
  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    const steps = this.#steps;
    this.#end();
    this.#early = this.#failure = undefined;
    stop(steps);
    return Promise.resolve(OVER);
  }

  #ask(): void {
    if (this.#isAsking || this.#isOver) return;
    this.#isAsking = true;
    try {
      this.#steps ??= this.#options.begin();
      this.#steps.next().then(
        (step) => this.#got(step),
        (error: unknown) => this.#fail(error),
      );
    } catch (error) {
      this.#fail(error);
    }
  }

  #got({ done, value }: IteratorResult<SentEvent | string | Uint8Array, unknown>): void {
    if (this.#isOver) return;
    this.#isAsking = false;
    if (done) return this.#end();
    let bytes: Uint8Array;
    try {
      bytes = value instanceof Uint8Array ? value : encoder.encode(eventText(value as SentEvent));
    } catch (error) {
      stop(this.#steps);
      return this.#fail(error);
    }
    if (this.#waiting.length > 0) this.#give(bytes);
    else this.#early = bytes;
  }

  #give(value: Uint8Array): void {
    this.#waiting.shift()?.resolve({ done: false, value });
    this.#alarm.stop();
    if (this.#waiting.length === 0) return;
    this.#alarm.touch();
    this.#ask();
  }

  #fail(error: unknown): void {
    if (this.#isOver) return;
    const waiting = this.#waiting.shift();
    if (waiting) waiting.reject(error);
    else this.#failure = { error };
    this.#end();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#alarm.stop();
    for (const { resolve } of this.#waiting.splice(0)) resolve(OVER);
    this.#options.ended?.(this.#steps !== undefined);
  }
}

/** Tells a source that nobody wants the rest; what it says to that concerns nobody. */
export function stop(steps: EventSteps | undefined): void {
  try {
    Promise.resolve(steps?.return?.()).catch(() => {});
  } catch {
    // It is left as it is.
  }
}
