/** PostponedRefusal: a policy that refuses a call puts the job off. */
import type { Awaitable, Clock } from '@interpose/kernel';
import { PostponedError } from './errors.ts';
import type { JobContext } from './job-context.ts';

type Policy<C> = <R>(ctx: C, next: (ctx?: C) => Awaitable<R>) => Awaitable<R>;

/** Runs jobs through a policy, of which each clock has one. */
export class PostponedRefusal<C extends JobContext> {
  readonly #make: (clock: Clock) => Policy<C>;
  readonly #code: string;
  readonly #afterMs: (error: { readonly retryAfterMs?: number }) => number;
  readonly #byClock = new WeakMap<Clock, Policy<C>>();

  /** `code` is that of its refusals; `afterMs` says for how long the job is put off. */
  constructor(
    make: (clock: Clock) => Policy<C>,
    code: string,
    afterMs: (error: { readonly retryAfterMs?: number }) => number,
  ) {
    this.#make = make;
    this.#code = code;
    this.#afterMs = afterMs;
  }

  async run(ctx: C, next: (ctx?: C) => Awaitable<unknown>): Promise<unknown> {
    let hasBegun = false;
    try {
      return await this.#policyOf(ctx.clock)<unknown>(ctx, (inner) => {
        hasBegun = true;
        return next(inner);
      });
    } catch (error) {
      // What the rest was refused by somebody else is a failure of the rest.
      const { code } = error as { readonly code?: unknown };
      if (hasBegun || code !== this.#code) throw error;
      throw new PostponedError(this.#afterMs(error as object), { cause: error });
    }
  }

  #policyOf(clock: Clock): Policy<C> {
    let policy = this.#byClock.get(clock);
    if (!policy) this.#byClock.set(clock, (policy = this.#make(clock)));
    return policy;
  }
}
