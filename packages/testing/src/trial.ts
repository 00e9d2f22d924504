/** Runs of a middleware under watch, with its clock, its signal and the rest in hand; the laws are checked on them. */
import { isThenable, type Outcome } from '@interpose/kernel';
import { systemClock } from '@interpose/kernel/clock';
import { unexpected } from '@interpose/kernel/options';
import type { ContractKit, Declared } from './contract-options.ts';
import { BrokenLawError } from './errors.ts';
import { type FakeClock, fakeClock } from './fake-clock.ts';
import { seededRandom } from './seeded-random.ts';
import { settle } from './settle.ts';
import { type WatchedSignal, watchedSignal } from './watched-signal.ts';

/** What a trial needs to start. */
export interface Bench {
  readonly law: string;
  readonly make: (kit: ContractKit) => unknown;
  readonly declared: Declared;
}

type Enter = (ctx: unknown, next: (given?: unknown) => unknown) => unknown;

type Made = Enter | { readonly handle: Enter };

interface Subject {
  readonly name: string;
  readonly enter: Enter;
  readonly clock: FakeClock;
}

/** Makes the middleware anew, ready to be called. */
export async function prepare({ make, ...bench }: Bench): Promise<Trial> {
  const clock = fakeClock();
  const made = (await make({ clock, random: seededRandom(1) })) as Made;
  const enter = enterOf(made);
  return new Trial(bench, { name: nameOf(made), enter, clock });
}

/** Makes the middleware anew and calls it round this rest; with a signal that has aborted, if a reason is given. */
export async function begin(
  bench: Bench,
  rest: () => unknown,
  aborted?: { readonly reason: unknown },
): Promise<Trial> {
  const trial = await prepare(bench);
  if (aborted) trial.watched.abort(aborted.reason);
  return trial.start(rest);
}

/** One run. */
export class Trial {
  readonly watched: WatchedSignal = watchedSignal();
  readonly ctx: unknown;
  /** The contexts that the rest was given, run by run. */
  readonly seen: unknown[] = [];
  /** How it ended; `undefined` as long as it has not. */
  outcome: Outcome<unknown> | undefined;
  /** Whether the call gave a plain value, or threw. */
  sync = true;
  readonly #bench: Omit<Bench, 'make'>;
  readonly #subject: Subject;

  constructor(bench: Omit<Bench, 'make'>, subject: Subject) {
    this.#bench = bench;
    this.#subject = subject;
    this.ctx = bench.declared.context(this.watched.signal);
  }

  get clock(): FakeClock {
    return this.#subject.clock;
  }

  /** The name of the middleware; empty if it has none. */
  get name(): string {
    return this.#subject.name;
  }

  /** Another run of the same middleware, with a context of its own. */
  beside(rest: () => unknown): Trial {
    return new Trial(this.#bench, this.#subject).start(rest);
  }

  /** Calls the middleware; how that ends is written down. */
  start(rest: () => unknown): this {
    const next = (given?: unknown): unknown => {
      this.seen.push(given === undefined ? this.ctx : given);
      const result = rest();
      // A middleware that forgets the result breaks a law; it shall not break the whole test run.
      if (isThenable(result)) result.then(undefined, () => {});
      return result;
    };
    const succeed = (value: unknown): void => void (this.outcome = { ok: true, value });
    const fail = (error: unknown): void => void (this.outcome = { ok: false, error });
    try {
      const returned = this.#subject.enter(this.ctx, next);
      this.sync = !isThenable(returned);
      if (isThenable(returned)) returned.then(succeed, fail);
      else succeed(returned);
    } catch (error) {
      fail(error);
    }
    return this;
  }

  /** Waits until the rest runs, or the call has ended without it. */
  async reach(): Promise<this> {
    await this.#wait(() => this.seen.length > 0 || this.outcome !== undefined, 'moving');
    return this;
  }

  /** Waits until the call has ended. Time moves on to the next timer when nothing else can happen, unless it must stand still. */
  async end(time: 'moving' | 'still' = 'moving'): Promise<Outcome<unknown>> {
    await this.#wait(() => this.outcome !== undefined, time);
    return this.outcome as Outcome<unknown>;
  }

  async #wait(done: () => boolean, time: 'moving' | 'still'): Promise<void> {
    const untilMs = systemClock.now() + this.#bench.declared.patienceMs;
    for (;;) {
      await settle();
      if (done()) return;
      if (systemClock.now() >= untilMs) throw this.fault(this.#hanging());
      const { nextInMs } = this.clock;
      if (time === 'moving' && nextInMs !== undefined) await this.clock.advance(nextInMs);
    }
  }

  #hanging(): string {
    const { pending } = this.clock;
    return pending > 0
      ? `the call does not end; it waits for ${pending} of its timers.`
      : 'the call does not end, though no timer is pending on the clock it was given.';
  }

  /** The error for a broken law; says how it was broken, and what the middleware threw if it did. */
  fault(how: string): BrokenLawError {
    const failed = this.outcome && !this.outcome.ok ? { cause: this.outcome.error } : undefined;
    const said = failed ? ` (The call threw: ${String(failed.cause)})` : '';
    return new BrokenLawError(this.name || '(no name)', this.#bench.law, how + said, failed);
  }
}

function enterOf(made: Made): Enter {
  if (typeof made === 'function') return made;
  if (typeof made?.handle === 'function') return (ctx, next) => made.handle(ctx, next);
  throw unexpected('make()', 'a middleware: a function, or an object with handle()', made);
}

/** Where the kernel keeps what a middleware says of itself. */
const TRAITS: unique symbol = Symbol.for('interpose.traits');

function nameOf(made: object): string {
  const own = made as { readonly name?: string; readonly [TRAITS]?: { readonly name?: string } };
  const name = own[TRAITS]?.name || own.name;
  if (name || typeof made === 'function') return name ?? '';
  return made.constructor === Object ? '' : (made.constructor?.name ?? '');
}
