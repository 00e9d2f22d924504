/** EventHistory: the events of recent requests, as many as may be kept. */
import { checkWhole } from '@interpose/kernel/options';
import type { HttpEvent } from './http-event.ts';

/** How much is kept. */
export interface HistoryLimits {
  readonly maxRequestsLogged: number;
  /** About how much memory the events may take. */
  readonly maxBytes: number;
}

const LEAST_TAKEN_OUT = 16;

/** The events of recent requests, the oldest first. */
export class EventHistory {
  readonly #limits: HistoryLimits;
  #events: (HttpEvent | undefined)[] = [];
  /** So many places at the beginning are empty; they are taken out when they are half of all, as that moves all others. */
  #gone = 0;
  #bytes = 0;

  constructor(limits: HistoryLimits) {
    this.#limits = limits;
  }

  get all(): readonly HttpEvent[] {
    return this.#events.slice(this.#gone) as HttpEvent[];
  }

  /** The last ones. */
  recent(count: number): readonly HttpEvent[] {
    const most = checkWhole('count', count);
    return most === 0 ? [] : this.all.slice(-most);
  }

  clear(): void {
    for (const event of this.all) event.isKept = false;
    this.#events = [];
    this.#gone = 0;
    this.#bytes = 0;
  }

  add(event: HttpEvent): void {
    this.#events.push(event);
    this.#trim(event.bytes);
  }

  /** An event has become larger; one that is gone already may grow as it likes. */
  grew({ isKept }: HttpEvent, bytes: number): void {
    if (isKept) this.#trim(bytes);
  }

  #trim(bytes: number): void {
    this.#bytes += bytes;
    const events = this.#events;
    const { maxRequestsLogged, maxBytes } = this.#limits;
    let gone = this.#gone;
    while (
      events.length - gone > maxRequestsLogged ||
      (this.#bytes > maxBytes && events.length > gone)
    ) {
      const oldest = events[gone] as HttpEvent;
      events[gone++] = undefined;
      oldest.isKept = false;
      this.#bytes -= oldest.bytes;
    }
    if (gone > LEAST_TAKEN_OUT && gone * 2 > events.length) {
      events.splice(0, gone);
      gone = 0;
    }
    this.#gone = gone;
  }
}
