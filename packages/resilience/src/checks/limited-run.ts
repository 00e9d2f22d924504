/** LimitedRun: a call under way that can be ended from outside when there is not enough left of something. */
import { untilEnd } from '@interpose/kernel/when-ended';
import { continuation } from '../continuation.ts';
import { scoped, Scope } from '../scope.ts';
import type { Receiver } from '../stage.ts';

/** Knows who is under way. */
export interface Watch {
  readonly runs: Set<LimitedRun>;
  /** Nobody is under way any more. */
  stop(): void;
}

/** Stands among the runs of its watch until it is over. */
export class LimitedRun implements Receiver {
  readonly #outer: Receiver;
  readonly #scope: Scope;
  readonly #watch: Watch;
  readonly #goOn: (() => void) | undefined;
  /** What the rest is given. */
  readonly ctx: unknown;
  /** Tells those further out that work is over for which the caller no longer waited. */
  #ended: (() => void) | undefined;
  /** The caller waits for nothing any more. */
  #told = false;

  constructor(ctx: unknown, outer: Receiver, watch: Watch) {
    this.#outer = outer;
    this.#watch = watch;
    this.#scope = new Scope(ctx);
    this.ctx = scoped(ctx, this.#scope);
    if (!outer.passive) this.#goOn = continuation(() => this.#sendAway());
    watch.runs.add(this);
  }

  get passive(): boolean {
    return this.#outer.passive;
  }

  linger(): () => void {
    return this.#outer.linger();
  }

  succeed(value: unknown): void {
    if (this.#told) return this.#close();
    this.#told = true;
    const handed = untilEnd(value, {
      ended: () => this.#close(),
      failed: () => this.#close(),
      left: () => this.#close(),
    });
    this.#outer.succeed(handed);
  }

  fail(error: unknown): void {
    this.#close();
    if (this.#told) return;
    this.#told = true;
    this.#outer.fail(error);
  }

  /** Aborts its signal at once, and tells its caller in the caller's own async context. A stream has its signal only. */
  abort(reason: unknown): void {
    this.#scope.abort(reason);
    if (this.#goOn) this.#goOn();
    else this.#sendAway();
  }

  #sendAway(): void {
    if (this.#told) return;
    this.#told = true;
    this.#ended = this.#outer.linger();
    this.#outer.fail(this.#scope.reason);
  }

  #close(): void {
    this.#scope.leave();
    const { runs } = this.#watch;
    if (runs.delete(this) && runs.size === 0) this.#watch.stop();
    this.#ended?.();
    this.#ended = undefined;
  }
}
