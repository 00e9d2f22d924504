/** Flight: one run that several callers wait for. It has an end of its own, which comes when nobody waits any more. */
import type { Clock } from '@interpose/kernel';
import { whenEnded } from '@interpose/kernel/when-ended';
import { discard } from '../discard.ts';
import { isOneUse } from './one-use.ts';
import { attemptOf, onAbort, scoped, Scope } from '../scope.ts';
import { type Caller, Seat, tell } from './seat.ts';
import type { Receiver } from '../stage.ts';

/** How a flight is begun. */
export interface FlightPlan {
  readonly key: string;
  /** What is run, once. It tells the flight how it ended. */
  readonly run: (ctx: unknown, flight: Flight) => void;
  /** Whether nobody further in can see the context; see `Start`. */
  readonly blind: boolean;
  /** Whether others may join. */
  readonly joinable: boolean;
}

/** How many there are of each, now. */
export interface FlightCounts {
  running: number;
  waiting: number;
  abandoned: number;
}

/** Hears of a run that has ended after all who waited for it had left. */
export type OnAbandoned = (abandoned: { readonly key: string; readonly elapsedMs: number }) => void;

/** Where flights belong. */
export interface FlightHome {
  readonly counts: FlightCounts;
  readonly clock: Clock;
  readonly onAbandoned: OnAbandoned;
  /** Lets callers join a flight, unless there is one with its key already. */
  open(flight: Flight): void;
  /** Lets nobody join a flight any more. */
  close(flight: Flight): void;
}

/** Where a context keeps the flights that it is part of, the innermost first. */
const ABOARD: unique symbol = Symbol('interpose.flight');

interface Aboard {
  readonly flight: Flight;
  readonly further: Aboard | undefined;
}

const aboardOf = (ctx: unknown): Aboard | undefined =>
  (ctx as { readonly [ABOARD]?: Aboard } | null | undefined)?.[ABOARD];

/** True for a context that was made within this flight, however far in. */
export function isAboard(ctx: unknown, flight: Flight): boolean {
  for (let aboard = aboardOf(ctx); aboard; aboard = aboard.further) {
    if (aboard.flight === flight) return true;
  }
  return false;
}

const RUNNING = 0;
/** The last caller has left, and the run is being told. */
const LEAVING = 1;
/** The run goes on although nobody waits for it. */
const ABANDONED = 2;
const OVER = 3;

/** One run, and those who wait for it. */
export class Flight implements Receiver {
  readonly key: string;
  /** It goes on also while nobody waits for it. */
  ahead: boolean;
  #phase: typeof RUNNING | typeof LEAVING | typeof ABANDONED | typeof OVER = RUNNING;
  #leader: Seat | undefined;
  #scope: Scope | undefined;
  /** Tells those further out of the last one who left that the run is over. */
  #ended: (() => void) | undefined;
  readonly #seats = new Set<Seat>();
  readonly #home: FlightHome;
  readonly #plan: FlightPlan;
  readonly #startedMs: number;

  constructor(home: FlightHome, plan: FlightPlan, ahead = false) {
    this.key = plan.key;
    this.ahead = ahead;
    this.#home = home;
    this.#plan = plan;
    this.#startedMs = home.clock.now();
    if (plan.joinable) home.open(this);
  }

  get passive(): boolean {
    return this.#leader ? this.#leader.caller.receiver.passive : true;
  }

  /** For all who wait for it now. */
  linger(): () => void {
    const ends = [...this.#seats].map(({ caller }) => caller.receiver.linger());
    return () => {
      for (const end of ends) end();
    };
  }

  /** How many wait for it. */
  get waiting(): number {
    return this.#seats.size;
  }

  /** False once nobody will ever ask how it ended. */
  get wanted(): boolean {
    return this.#phase === RUNNING;
  }

  begin(caller: Caller): void {
    this.#leader = this.#seat(caller);
    this.fly(caller.ctx);
    if (this.#phase === RUNNING) this.#leader.wait();
  }

  /** The run has the context of whoever began it, but not that caller's end: the others would share it. */
  fly(ctx: unknown): void {
    const { run, blind } = this.#plan;
    this.#home.counts.running++;
    if (blind) return run(ctx, this);
    this.#scope = new Scope(undefined, { attempt: attemptOf(ctx) });
    const own = scoped(ctx, this.#scope);
    if (own !== ctx) {
      const aboard: Aboard = { flight: this, further: aboardOf(ctx) };
      (own as { [ABOARD]?: Aboard })[ABOARD] = aboard;
    }
    run(own, this);
  }

  join(caller: Caller): void {
    const seat = this.#seat(caller);
    seat.hearInOwnContext();
    seat.wait();
  }

  /** Ends it by letting all who wait for it wait for another one. To be called in the async context of whoever leads it. */
  joinTo(other: Flight): void {
    for (const seat of this.#end()) {
      seat.hearInOwnContext();
      other.#take(seat);
    }
  }

  succeed(value: unknown): void {
    if (this.#phase !== RUNNING) {
      discard(value);
      return this.#endLate();
    }
    const seats = this.#end();
    if (!isOneUse(value)) return tell(seats, { ok: true, value });
    // One reads it. The others, who have no outcome then, run the rest by themselves.
    const [reader] = seats;
    if (!reader) return this.#dropUnread(value);
    reader.outcome = { ok: true, value: this.#untilEnd(reader.caller.ctx, value) };
    tell(seats);
  }

  fail(error: unknown): void {
    if (this.#phase === RUNNING) tell(this.#end(), { ok: false, error });
    else this.#endLate();
  }

  /** One caller gives up. The last one to do so takes the run along. */
  #leave(seat: Seat, reason: unknown): void {
    if (!this.#seats.delete(seat)) return;
    const { counts } = this.#home;
    counts.waiting--;
    const { receiver } = seat.caller;
    if (this.#seats.size === 0 && !this.ahead) {
      this.#abort(reason);
      if (this.#phase === ABANDONED) this.#ended = receiver.linger();
    }
    receiver.fail(reason);
  }

  /** From now on it goes on only for those who wait for it. */
  letGo(reason: unknown): void {
    this.ahead = false;
    if (this.#seats.size === 0) this.#abort(reason);
  }

  #abort(reason: unknown): void {
    const { counts } = this.#home;
    this.#phase = LEAVING;
    counts.running--;
    this.#home.close(this);
    this.#scope?.abort(reason);
    // What heeds its signal at once is over by now.
    if ((this.#phase as number) !== LEAVING) return;
    this.#phase = ABANDONED;
    counts.abandoned++;
  }

  #seat(caller: Caller): Seat {
    const seat = new Seat(caller);
    this.#take(seat);
    return seat;
  }

  #take(seat: Seat): void {
    seat.leave = (reason) => this.#leave(seat, reason);
    this.#seats.add(seat);
    this.#home.counts.waiting++;
  }

  /** It is over, and gives back who waited for it, in the order in which they came. */
  #end(): readonly Seat[] {
    const seats = [...this.#seats];
    const { counts } = this.#home;
    this.#phase = OVER;
    this.#seats.clear();
    this.#home.close(this);
    counts.running--;
    counts.waiting -= seats.length;
    return seats;
  }

  #endLate(): void {
    const { counts, clock, onAbandoned } = this.#home;
    const late = this.#phase === ABANDONED;
    this.#phase = OVER;
    if (!late) return;
    counts.abandoned--;
    this.#ended?.();
    onAbandoned({ key: this.key, elapsedMs: clock.now() - this.#startedMs });
  }

  #dropUnread(value: unknown): void {
    discard(value);
    this.#scope?.abort(new DOMException('Nobody reads the stream.', 'AbortError'));
  }

  /** A stream has one reader, whose giving up ends what feeds it. */
  #untilEnd(ctx: unknown, value: unknown): unknown {
    const scope = this.#scope;
    if (!scope) return value;
    const stop = onAbort(ctx, (reason) => scope.abort(reason));
    return whenEnded(value, stop);
  }
}
