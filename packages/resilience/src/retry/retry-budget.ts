/** retryBudget: runs beyond the first may be a share of the calls of the last seconds, and always a few. */
import type { Clock } from '@interpose/kernel';
import { systemClock } from '@interpose/kernel/clock';
import { checkMs, checkNames, outOfRange, unexpected } from '@interpose/kernel/options';
import type { Budget, BudgetEvents, BudgetState } from './budget.ts';
import { Events, type Listener } from '../events.ts';
import { checkFunction } from '../policy.ts';

/** Options of `retryBudget`. */
export interface RetryBudgetOptions {
  /** How many runs beyond the first there may be for each call, from 0 to 1000: 0.2 is one for five calls. @default 0.2 */
  readonly ratio?: number;
  /** How many there may be a second, however few calls there are; on average over `ttlMs`. @default 10 */
  readonly minPerSecond?: number;
  /** For how long a call and a run beyond the first count, in milliseconds; 1000 or more. @default 10_000 */
  readonly ttlMs?: number;
  /** Names it in events and reports. @default 'retryBudget' */
  readonly name?: string;
  /** Tells the time. @default systemClock */
  readonly clock?: Clock;
  /** Is given what a listener throws. @default writes to the console */
  readonly onListenerError?: (error: unknown) => void;
}

/** State of a `retryBudget`. */
export interface RetryBudgetState extends BudgetState {
  /** How many runs beyond the first there may be now. */
  readonly balance: number;
  /** How many calls count. */
  readonly deposits: number;
  /** How many runs beyond the first count. */
  readonly withdrawals: number;
}

/** A budget that grows with the number of calls. */
export interface RetryBudget extends Budget {
  state(): RetryBudgetState;
  /** Listens to one of its events, or with `*` to all; gives back how to stop. @throws TypeError if there is no such event */
  on<K extends 'budgetExhausted' | '*'>(
    type: K,
    listener: Listener<BudgetEvents, 'budgetExhausted'>,
  ): () => void;
}

const NAMES: readonly (keyof RetryBudgetOptions)[] = [
  'ratio',
  'minPerSecond',
  'ttlMs',
  'name',
  'clock',
  'onListenerError',
];

/**
 * Makes a budget by which runs beyond the first are at most a share of the calls, so that they cannot multiply the load on a callee that is
 * in trouble. Every `retry` and `hedge` has one of its own; pass one object to several policies, and they share it.
 *
 * @throws TypeError or RangeError for options out of range
 * @example
 * const budget = retryBudget({ ratio: 0.1 });
 * const [read, write] = [hedge({ idempotent: true, budget }), retry({ budget })];
 */
export function retryBudget(options: RetryBudgetOptions = {}): RetryBudget {
  checkNames('retryBudget()', options, NAMES);
  const { ratio = 0.2, minPerSecond = 10, ttlMs = 10_000, name = 'retryBudget' } = options;
  checkNumber('ratio', ratio, 1000);
  checkNumber('minPerSecond', minPerSecond, 1_000_000);
  checkMs('ttlMs', ttlMs, 1000);
  if (typeof name !== 'string' || name === '') throw unexpected('name', 'a name', name);
  const { clock = systemClock, onListenerError } = options;
  checkFunction('onListenerError', onListenerError);
  const events = new Events<BudgetEvents>({ policy: name, clock, onListenerError }, [
    'budgetExhausted',
  ]);
  return new ShareOfCalls({ ratio, minPerSecond, ttlMs, name, clock, events });
}

function checkNumber(name: string, value: unknown, most: number): void {
  const wanted = `a number from 0 to ${most}`;
  if (typeof value !== 'number') throw unexpected(name, wanted, value);
  if (!(value >= 0 && value <= most)) throw outOfRange(name, wanted, value);
}

interface ShareParts {
  readonly ratio: number;
  readonly minPerSecond: number;
  readonly ttlMs: number;
  readonly name: string;
  readonly clock: Clock;
  readonly events: Events<BudgetEvents>;
}

/** Into so many parts is the time divided that a call counts; it is forgotten by parts. */
const SLOTS = 10;
/** So many calls in a row may be counted without a look at the clock, where they come fast. */
const MOST_UNSEEN = 64;
/** Products of a share and a count are not exact. */
const TINY = 1e-9;

class ShareOfCalls implements RetryBudget {
  readonly name: string;
  readonly #parts: ShareParts;
  readonly #reserve: number;
  readonly #slotMs: number;
  readonly #slots: readonly Slot[] = Array.from({ length: SLOTS }, () => new Slot());
  #deposits = 0;
  #withdrawals = 0;
  /** The slot of now, and its number counted from the start. */
  #slot: Slot = this.#slots[0] as Slot;
  #number = 0;
  readonly #startMs: number;
  #seenMs: number;
  /** How many deposits may pass before the next look at the clock. */
  #unseen = 0;
  #stride = 0;

  constructor(parts: ShareParts) {
    this.name = parts.name;
    this.#parts = parts;
    this.#reserve = (parts.minPerSecond * parts.ttlMs) / 1000;
    this.#slotMs = parts.ttlMs / SLOTS;
    this.#startMs = parts.clock.now();
    this.#seenMs = this.#startMs;
  }

  deposit(): void {
    if (this.#unseen > 0) this.#unseen--;
    else {
      // While calls come fast it is enough to look every so often: a call counts as of the last look.
      const isFast = this.#look() < this.#slotMs / 16;
      this.#stride = isFast ? Math.min(MOST_UNSEEN, this.#stride * 2 + 1) : 0;
      this.#unseen = this.#stride;
    }
    this.#slot.deposits++;
    this.#deposits++;
  }

  withdraw(): number {
    this.#look();
    if (this.#balance() < 1) {
      this.#parts.events.emit('budgetExhausted', { balance: Math.floor(this.#balance()) });
      return 0;
    }
    this.#slot.withdrawals++;
    this.#withdrawals++;
    return 1;
  }

  state(): RetryBudgetState {
    this.#look();
    return {
      balance: Math.max(0, Math.floor(this.#balance())),
      deposits: this.#deposits,
      withdrawals: this.#withdrawals,
    };
  }

  describe(): Readonly<Record<string, unknown>> {
    const { name, ratio, minPerSecond, ttlMs } = this.#parts;
    return { kind: 'retryBudget', name, ratio, minPerSecond, ttlMs };
  }

  reset(): void {
    for (const slot of this.#slots) slot.clear();
    this.#deposits = 0;
    this.#withdrawals = 0;
    this.#unseen = 0;
    this.#stride = 0;
  }

  on(type: string, listener: (event: never) => unknown): () => void {
    return this.#parts.events.on(type, listener);
  }

  #balance(): number {
    return this.#deposits * this.#parts.ratio + this.#reserve - this.#withdrawals + TINY;
  }

  /** Goes to the slot of now and forgets what is too old. Gives the time since the last look. */
  #look(): number {
    const nowMs = this.#parts.clock.now();
    const sinceMs = nowMs - this.#seenMs;
    this.#seenMs = nowMs;
    const number = Math.floor((nowMs - this.#startMs) / this.#slotMs);
    if (number > this.#number) this.#advance(number);
    return sinceMs;
  }

  #advance(to: number): void {
    for (let number = Math.max(this.#number + 1, to - SLOTS + 1); number <= to; number++) {
      this.#slot = this.#slots[number % SLOTS] as Slot;
      this.#deposits -= this.#slot.deposits;
      this.#withdrawals -= this.#slot.withdrawals;
      this.#slot.clear();
    }
    this.#number = to;
  }
}

/** What happened in one part of the time. */
class Slot {
  deposits = 0;
  withdrawals = 0;

  clear(): void {
    this.deposits = 0;
    this.withdrawals = 0;
  }
}
