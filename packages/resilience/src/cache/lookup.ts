/** Lookup: waits for a store that takes its time, but not for ever. */
import type { Clock } from '@interpose/kernel';
import { continuation } from '../continuation.ts';
import { Deadlines, type Waiting } from '../deadlines.ts';
import type { CachedValue } from './cache-store.ts';

/** How a lookup ends: by one of the three, once. */
export interface LookupEnd {
  /** The store has answered. */
  found(found: CachedValue | undefined): void;
  /** The store has failed, or took too long. */
  failed(error: unknown): void;
  /** There is no cache any more. */
  disposed(error: unknown): void;
}

/** The lookups of one cache that are under way. */
export class Lookups {
  readonly #clock: Clock;
  readonly #waiting = new Set<Lookup>();
  #timeoutMs = Infinity;
  #row: Deadlines | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How long the store may take, for lookups from now on. */
  set timeoutMs(timeoutMs: number) {
    if (timeoutMs === this.#timeoutMs) return;
    this.#timeoutMs = timeoutMs;
    this.#row = timeoutMs < Infinity ? new Deadlines(this.#clock) : undefined;
  }

  /** Waits for what the store answers; gives back how to wait no longer, of which `end` is told nothing. */
  wait(answer: PromiseLike<CachedValue | undefined>, end: LookupEnd): () => void {
    const lookup: Lookup = new Lookup({
      clock: this.#clock,
      timeoutMs: this.#timeoutMs,
      row: this.#row,
      end,
      over: () => this.#waiting.delete(lookup),
    });
    this.#waiting.add(lookup);
    answer.then(
      (found) => lookup.close()?.found(found),
      (error: unknown) => lookup.close()?.failed(error),
    );
    return () => void lookup.close();
  }

  /** Sends away whoever waits. */
  dispose(error: unknown): void {
    for (const lookup of this.#waiting) lookup.close()?.disposed(error);
  }
}

interface LookupParts {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly row: Deadlines | undefined;
  readonly end: LookupEnd;
  readonly over: () => void;
}

class Lookup implements Waiting {
  readonly dueMs: number;
  earlier: Waiting | undefined;
  later: Waiting | undefined;
  #end: LookupEnd | undefined;
  #row: Deadlines | undefined;
  readonly #over: () => void;
  readonly #goOn: () => void;

  constructor({ clock, timeoutMs, row, end, over }: LookupParts) {
    this.#end = end;
    this.#row = row;
    this.#over = over;
    this.#goOn = continuation(() => {
      this.close()?.failed(new Error(`The store took longer than ${timeoutMs} ms.`));
    });
    this.dueMs = row ? clock.now() + timeoutMs : Infinity;
    row?.add(this);
  }

  /** Ends it, and gives back who is to be told; the second time that is nobody. */
  close(): LookupEnd | undefined {
    const end = this.#end;
    if (!end) return undefined;
    this.#end = undefined;
    this.#row?.remove(this);
    this.#over();
    return end;
  }

  /** Called by the row, in anybody's async context, when it has let go of this. */
  expire(): void {
    this.#row = undefined;
    this.#goOn();
  }
}
