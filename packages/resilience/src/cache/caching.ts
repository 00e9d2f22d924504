/** Caching: the way of a call through a cache. */
import { type Awaitable, isThenable } from '@interpose/kernel';
import { unexpected } from '@interpose/kernel/options';
import type { Flight } from '../coalesce/flight.ts';
import { Flights } from '../coalesce/flights.ts';
import type { PolicyBase } from '../policy.ts';
import { onAbort } from '../scope.ts';
import type { Receiver, Start } from '../stage.ts';
import { Books, type Call } from './books.ts';
import type { CacheEvents } from './cache-events.ts';
import type { CachedValue, CacheStore } from './cache-store.ts';
import { CachedRun } from './cached-run.ts';
import { CacheKeyError } from './errors.ts';
import { Lookups } from './lookup.ts';

/** The flights of a cache, and its shelf. */
export class Caching {
  readonly flights: Flights;
  readonly lookups: Lookups;
  readonly books: Books;

  constructor(base: PolicyBase<CacheEvents>, store: CacheStore) {
    const { clock, events } = base;
    this.books = new Books(base, store);
    this.flights = new Flights(clock, (late) => events.emit('abandoned', late));
    this.lookups = new Lookups(clock);
  }

  /** Answers from the store, shares a run, or runs the rest. */
  call(rest: Start, ctx: unknown, receiver: Receiver): void {
    let key: string | undefined;
    try {
      key = this.#keyOf(ctx);
    } catch (error) {
      return receiver.fail(new CacheKeyError(this.books.base.name, error));
    }
    if (key === undefined) return rest(ctx, receiver);
    const { settings, shelf, counts } = this.books;
    const flight = settings.singleFlight ? this.flights.find(key, ctx) : undefined;
    const sinceMoment = shelf.invalidations.now;
    const found = flight && !flight.ahead ? undefined : shelf.find(key);
    // A promise has no age.
    if (found && isFresh(found as CachedValue)) {
      this.books.hit(key, counts, found as CachedValue);
      return receiver.succeed((found as CachedValue).value);
    }
    const call: Call = { ctx, receiver, rest, key, sinceMoment, counts };
    if (isThenable(found)) this.#waitFor(found, call);
    else this.#goOn(call, flight, found);
  }

  /** Goes on where there is no fresh result. */
  #goOn(call: Call, flight: Flight | undefined, found: CachedValue | undefined): void {
    if (flight && !flight.ahead) return this.#join(flight, call);
    if (found && this.#answers(found, call)) return;
    this.books.miss(call);
    if (flight) return this.#join(flight, call);
    const { rest, key } = call;
    const joinable = this.books.settings.singleFlight;
    const run = (own: unknown, flight: Flight): void =>
      rest(own, this.#runOf(call, flight, found, false));
    this.flights.lead(call, { key, run, joinable, blind: rest.blind ?? false });
  }

  /** Drops what was kept, and whatever is being fetched for it. */
  invalidate(what: string | { readonly key: string }): Awaitable<void> {
    const [tag, key] = typeof what === 'string' ? [what, undefined] : [undefined, what?.key];
    if (tag === undefined && typeof key !== 'string') {
      throw unexpected('invalidate()', 'a tag or { key }', what);
    }
    // Whoever calls from now on must not be given what was begun before; a run with no tags yet may depend on this one.
    if (key !== undefined || this.books.settings.dependsOn) this.flights.closeAll(key);
    const dropped = this.books.shelf.invalidate(what);
    this.books.base.events.emit('invalidated', { key, tag });
    return dropped;
  }

  #keyOf(ctx: unknown): string | undefined {
    const key: unknown = this.books.settings.key(ctx);
    if (key === undefined || typeof key === 'string') return key;
    throw unexpected('key(ctx)', 'a string or undefined', key);
  }

  #join(flight: Flight, call: Call): void {
    flight.join(call);
    this.books.coalesced(call, flight.waiting);
  }

  /** Answers with what was found, if that will do. */
  #answers(found: CachedValue, call: Call): boolean {
    const { key, counts, receiver } = call;
    const { value, ageMs, ttlMs } = found;
    const fresh = isFresh(found);
    if (!fresh && !(ageMs < ttlMs + this.books.settings.swrMs)) return false;
    if (fresh) this.books.hit(key, counts, found);
    else this.books.stale(call, ageMs, 'revalidating');
    receiver.succeed(value);
    if (!fresh) this.#refresh(call, found);
    return true;
  }

  /** Fetches a new result in the background, unless somebody does so already. */
  #refresh(call: Call, found: CachedValue): void {
    const { key, ctx, rest } = call;
    if (this.flights.has(key)) return;
    const run = (own: unknown, flight: Flight): void =>
      rest(own, this.#runOf(call, flight, found, true));
    this.flights.sendAhead(ctx, { key, run, joinable: true, blind: rest.blind ?? false });
  }

  #runOf(call: Call, flight: Flight, found: CachedValue | undefined, ahead: boolean): CachedRun {
    return new CachedRun({ books: this.books, call, flight, found, ahead });
  }

  /** Equal calls wait for the store together. */
  #waitFor(answer: PromiseLike<CachedValue | undefined>, call: Call): void {
    const run = (own: unknown, flight: Flight): void => {
      const goOn = (found: CachedValue | undefined): void => {
        stop();
        this.#goOnInside({ ...call, receiver: flight }, { own, flight, found });
      };
      const cancel = this.lookups.wait(answer, {
        found: goOn,
        failed: (error) => {
          this.books.storeFailed('get', call.key, error);
          goOn(undefined);
        },
        disposed(error) {
          stop();
          flight.fail(error);
        },
      });
      const stop = onAbort(own, (reason) => {
        cancel();
        flight.fail(reason);
      });
    };
    const joinable = this.books.settings.singleFlight;
    this.flights.lead(call, { key: call.key, run, joinable, blind: false });
  }

  /** Goes on after a lookup, for all who have waited for it. */
  #goOnInside(
    call: Call,
    inside: {
      readonly own: unknown;
      readonly flight: Flight;
      readonly found: CachedValue | undefined;
    },
  ): void {
    const { own, flight, found } = inside;
    if (found && this.#answers(found, call)) return;
    this.books.miss(call);
    const { singleFlight } = this.books.settings;
    const other = singleFlight ? this.flights.find(call.key, own) : undefined;
    if (!other?.ahead) return call.rest(own, this.#runOf(call, flight, found, false));
    flight.joinTo(other);
    this.books.coalesced(call, other.waiting);
  }
}

/** At the very instant at which its time is over it is not. */
const isFresh = ({ ageMs, ttlMs }: CachedValue): boolean => ageMs < ttlMs;
