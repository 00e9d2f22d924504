/** Flight: one request to the origin under way, and those who wait for what it brings. */
import type { Clock } from '@interpose/kernel';
import type { HeaderList } from '../context/headers.ts';
import type { AnswerTape } from './answer-tape.ts';
import type { OriginRequest } from './origin-request.ts';
import { isChosen, type Selection } from './vary.ts';

/** What waiting came to: something was stored that may be what is wanted; it is something else, so ask together with others who want that; or ask alone. */
export type Landing = 'stored' | 'other' | 'alone';

interface Waiter {
  readonly headers: HeaderList;
  release(landing: Landing): void;
}

/** How long somebody waits, and when he gives up. */
export interface WaitOptions {
  readonly headers: HeaderList;
  readonly signal: AbortSignal;
  readonly waitMs: number;
}

/** What a flight is begun with. */
export interface FlightOptions {
  readonly clock: Clock;
  /** How long it may last when nobody waits for it. */
  readonly backgroundMs: number;
  /** Whether somebody began it who waits for it. */
  readonly hasLeader: boolean;
  /** Nobody can join it any more. */
  landed(): void;
  /** It has nothing more to store. */
  over(): void;
}

/** One request to the origin under way. */
export class Flight {
  readonly #options: FlightOptions;
  readonly #waiters = new Set<Waiter>();
  #landing: Landing | undefined;
  #selection: Selection = [];
  #isForbidden = false;
  #isOver = false;
  #isAbandoned = false;
  #hasLeader: boolean;
  #origin: OriginRequest | undefined;
  #tape: AnswerTape | undefined;
  #stopTimer: (() => void) | undefined;

  constructor(options: FlightOptions) {
    this.#options = options;
    this.#hasLeader = options.hasLeader;
    if (!options.hasLeader) this.#limit();
  }

  /** True once what it brings may not be stored any more, as what was asked for has changed meanwhile. */
  get isForbidden(): boolean {
    return this.#isForbidden;
  }

  /** True while whoever began it waits for it. */
  get hasLeader(): boolean {
    return this.#hasLeader;
  }

  /** What was asked for has changed: nothing is stored, and those who wait have to ask again. */
  forbid(): void {
    this.#isForbidden = true;
    this.land('alone');
  }

  /** The request that is being made for it. */
  carries(origin: OriginRequest): void {
    this.#origin = origin;
    if (this.#isAbandoned) origin.abandon();
  }

  /** The body that is being kept. */
  records(tape: AnswerTape): void {
    this.#tape = tape;
    if (!this.#hasLeader) tape.leave();
  }

  /** Waits until it has landed, or for too long. Rejects with the reason of the signal. */
  wait({ headers, signal, waitMs }: WaitOptions): Promise<Landing> {
    if (this.#landing) return Promise.resolve(this.#landing);
    if (!isChosen(this.#selection, headers)) return Promise.resolve('other');
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        done();
        reject(signal.reason as Error);
        this.#abandonIfAlone();
      };
      const release = (landing: Landing): void => {
        done();
        resolve(landing);
      };
      const waiter: Waiter = { headers, release };
      const giveUp = (): void => {
        release('alone');
        this.#abandonIfAlone();
      };
      const stopTimer = this.#options.clock.setTimer(giveUp, waitMs);
      const done = (): void => {
        stopTimer();
        this.#waiters.delete(waiter);
        signal.removeEventListener('abort', leave);
      };
      this.#waiters.add(waiter);
      signal.addEventListener('abort', leave, { once: true });
      if (signal.aborted) leave();
    });
  }

  /** What it brings is chosen so: for others it is nothing. */
  brings(selection: Selection): void {
    this.#selection = selection;
    for (const waiter of this.#waiters) {
      if (!isChosen(selection, waiter.headers)) waiter.release('other');
    }
  }

  /** Those who wait learn what it came to. */
  land(landing: Landing): void {
    if (this.#landing) return;
    this.#landing = landing;
    this.#options.landed();
    for (const waiter of this.#waiters) waiter.release(landing);
  }

  /** Whoever began it is gone. What can be stored is read to its end, though not for ever. */
  leave(): void {
    if (!this.#hasLeader || this.#isOver) return;
    this.#hasLeader = false;
    this.#tape?.leave();
    if (!this.#abandonIfAlone()) this.#limit();
  }

  /** There is nothing more to store. */
  over(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopTimer?.();
    this.land('alone');
    this.#options.over();
  }

  #abandonIfAlone(): boolean {
    const isWanted = this.#hasLeader || this.#waiters.size > 0 || !this.#options.hasLeader;
    if (isWanted || this.#tape || this.#isOver) return false;
    this.#abandon();
    return true;
  }

  #abandon(): void {
    this.#isAbandoned = true;
    this.#tape?.stop();
    this.#origin?.abandon();
    this.over();
  }

  #limit(): void {
    const { clock, backgroundMs } = this.#options;
    this.#stopTimer ??= clock.setTimer(() => this.#abandon(), backgroundMs, { keepAlive: false });
  }
}
