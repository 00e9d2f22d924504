/** Flights: all requests to the origin that are under way, by what they are for. */
import type { Clock } from '@interpose/kernel';
import { Flight } from './flight.ts';

/** What a flight is for. */
export interface FlightPlan {
  /** The key of what it brings. */
  readonly key: string;
  /** Those who want the same join it by this. */
  readonly joinKey: string;
  /** Whether somebody waits for it who began it. */
  readonly hasLeader: boolean;
  /** Whether others may join it. */
  readonly isOpen: boolean;
}

/** All that are under way. */
export class Flights {
  readonly #clock: Clock;
  readonly #backgroundMs: number;
  readonly #open = new Map<string, Flight>();
  readonly #byKey = new Map<string, Set<Flight>>();

  constructor(clock: Clock, backgroundMs: number) {
    this.#clock = clock;
    this.#backgroundMs = backgroundMs;
  }

  /** One that can be joined. */
  find(joinKey: string): Flight | undefined {
    return this.#open.get(joinKey);
  }

  begin({ key, joinKey, hasLeader, isOpen }: FlightPlan): Flight {
    const all = this.#byKey.get(key) ?? new Set();
    this.#byKey.set(key, all);
    const flight: Flight = new Flight({
      clock: this.#clock,
      backgroundMs: this.#backgroundMs,
      hasLeader,
      landed: () => {
        if (this.#open.get(joinKey) === flight) this.#open.delete(joinKey);
      },
      over: () => {
        all.delete(flight);
        if (all.size === 0 && this.#byKey.get(key) === all) this.#byKey.delete(key);
      },
    });
    all.add(flight);
    if (isOpen) this.#open.set(joinKey, flight);
    return flight;
  }

  /** What is under way for the key may not be stored any more. */
  forbid(key: string): void {
    for (const flight of this.#byKey.get(key) ?? []) flight.forbid();
  }

  forbidAll(): void {
    for (const all of this.#byKey.values()) for (const flight of all) flight.forbid();
  }
}
