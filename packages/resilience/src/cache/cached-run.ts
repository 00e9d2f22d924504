/** A run of the rest whose result is kept, or whose failure may be made up for by an old one. */
import type { Flight } from '../coalesce/flight.ts';
import { passes } from '../instruction.ts';
import type { Receiver } from '../stage.ts';
import type { Books, Call } from './books.ts';
import type { CachedValue } from './cache-store.ts';

/** What a run starts with. */
export interface CachedRunParts {
  readonly books: Books;
  readonly call: Call;
  readonly flight: Flight;
  /** It was begun to renew what is not fresh, and not for a caller. */
  readonly ahead: boolean;
  /** What there was before, if it was too old. */
  readonly found: CachedValue | undefined;
}

/** One run. */
export class CachedRun implements Receiver {
  readonly #parts: CachedRunParts;
  /** When what there was before had been found. */
  readonly #foundMs: number;

  constructor(parts: CachedRunParts) {
    this.#parts = parts;
    this.#foundMs = parts.found ? parts.books.base.clock.now() : 0;
  }

  /** What it does, the options that it asks and the store that it writes to belong to the call. */
  get passive(): boolean {
    return false;
  }

  linger(): () => void {
    return this.#parts.flight.linger();
  }

  succeed(value: unknown): void {
    const { books, call, flight } = this.#parts;
    // Nobody knows what a run gives that was told to end.
    if (flight.wanted) books.keep(call, value);
    flight.succeed(value);
  }

  fail(error: unknown): void {
    const { books, call, flight, ahead } = this.#parts;
    if (!flight.wanted || passes(error)) return flight.fail(error);
    if (ahead) books.base.events.emit('refreshFailed', { key: call.key, error });
    const old = flight.waiting > 0 ? this.#oldOne() : undefined;
    if (!old) return flight.fail(error);
    books.stale(call, old.ageMs, 'error');
    flight.succeed(old.value);
  }

  /** What there was before, if it may be given out instead of an error. */
  #oldOne(): CachedValue | undefined {
    const { books, call, found } = this.#parts;
    if (!found) return undefined;
    const { base, settings, shelf } = books;
    const ageMs = found.ageMs + base.clock.now() - this.#foundMs;
    if (ageMs >= found.ttlMs + settings.staleIfErrorMs) return undefined;
    const gone = shelf.invalidations.overtook(call.sinceMoment, call.key, found.tags);
    return gone ? undefined : { ...found, ageMs };
  }
}
