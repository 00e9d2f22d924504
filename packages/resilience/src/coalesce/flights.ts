/** Flights: the runs under way of one policy, by key. */
import type { Clock } from '@interpose/kernel';
import {
  Flight,
  type FlightCounts,
  type FlightHome,
  type FlightPlan,
  isAboard,
  type OnAbandoned,
} from './flight.ts';
import type { Caller } from './seat.ts';

/** The flights of one policy, by key. */
export class Flights implements FlightHome {
  readonly counts: FlightCounts = { running: 0, waiting: 0, abandoned: 0 };
  readonly clock: Clock;
  readonly onAbandoned: OnAbandoned;
  readonly #open = new Map<string, Flight>();
  readonly #ahead = new Set<Flight>();

  constructor(clock: Clock, onAbandoned: OnAbandoned) {
    this.clock = clock;
    this.onAbandoned = onAbandoned;
  }

  /** The flight that may be joined. A caller that is itself a part of it would wait for itself, and is told of none. */
  find(key: string, ctx: unknown): Flight | undefined {
    const flight = this.#open.get(key);
    return flight && isAboard(ctx, flight) ? undefined : flight;
  }

  /** True where there is a flight with this key, whether or not a caller may join it. */
  has(key: string): boolean {
    return this.#open.has(key);
  }

  /** Begins a flight for a caller. */
  lead(caller: Caller, plan: FlightPlan): void {
    new Flight(this, plan).begin(caller);
  }

  /** Begins a flight for which nobody waits. It goes on to its end, whoever joins it and leaves it again. */
  sendAhead(ctx: unknown, plan: FlightPlan): void {
    const flight = new Flight(this, plan, true);
    this.#ahead.add(flight);
    flight.fly(ctx);
  }

  open(flight: Flight): void {
    if (!this.#open.has(flight.key)) this.#open.set(flight.key, flight);
  }

  close(flight: Flight): void {
    if (this.#open.get(flight.key) === flight) this.#open.delete(flight.key);
    if (flight.ahead) this.#ahead.delete(flight);
  }

  /** Lets nobody join the flights under way, which go on for those whom they have; all of them, or the one with this key. */
  closeAll(key?: string): void {
    if (key === undefined) this.#open.clear();
    else this.#open.delete(key);
  }

  /** Ends the flights for which nobody waits. */
  abortAhead(reason: unknown): void {
    for (const flight of this.#ahead) flight.letGo(reason);
    this.#ahead.clear();
  }
}
