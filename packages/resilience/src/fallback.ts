/** fallback: gives another answer in place of a failure. */
import { type Awaitable, isThenable, type Outcome } from '@interpose/kernel';
import type { AnsweringPolicy } from './answering-policy.ts';
import { discard } from './discard.ts';
import { passes } from './instruction.ts';
import { checkFunction, createPolicy, type PolicyBase, type PolicyOptions } from './policy.ts';
import { endOf } from './scope.ts';
import type { Receiver, Stage } from './stage.ts';

/** Options of `fallback`. */
export interface FallbackOptions<C = unknown, V = unknown> extends PolicyOptions {
  /** What to answer: a value, `undefined` included, or a function that is told why and may answer later. */
  readonly fallback: V | ((outcome: Outcome<unknown>, ctx: C) => Awaitable<V>);
  /** Whether an outcome, which may be a result, needs another answer. What it throws counts as no. @default every error */
  readonly if?: (outcome: Outcome<unknown>, ctx: C) => boolean;
}

/** Events of `fallback`. */
export interface FallbackEvents {
  /** The other answer was given; `cause` is the outcome that it stands for. */
  readonly fellBack: { readonly cause: Outcome<unknown> };
  /** The other answer failed, too. */
  readonly failed: { readonly cause: Outcome<unknown>; readonly error: unknown };
  /** `if` has thrown, and the outcome went on as it was. */
  readonly fault: { readonly cause: Outcome<unknown>; readonly error: unknown };
  readonly [type: string]: object;
}

/** State of `fallback`. */
export interface FallbackState {
  /** How many calls got the other answer since it was made or reset. */
  readonly fellBack: number;
  /** How many were to get it, and it failed. */
  readonly failed: number;
}

/** A fallback. */
export type Fallback<C = unknown, V = unknown> = AnsweringPolicy<
  C,
  V,
  FallbackOptions<C, V>,
  FallbackState,
  FallbackEvents
>;

/**
 * Gives another answer in place of an error: also of one by which a policy further in has refused the call, but never once whoever called
 * has given up. If the other answer fails, its error goes on, with the first one as its `cause`.
 *
 * @throws TypeError for options that are wrong, or if `fallback` is missing
 * @example
 * const serve = pipeline<Call, Price>().use(fallback({ fallback: ({ lastKnown }) => lastKnown })).handle(askForPrice);
 */
export function fallback<C = unknown, V = unknown>(options: FallbackOptions<C, V>): Fallback<C, V> {
  return createPolicy<C, FallbackOptions<C, V>, FallbackState, FallbackEvents>({
    policy: 'fallback',
    description: 'Gives another answer in place of a failure.',
    follows: true,
    options,
    names: ['fallback', 'if'],
    events: ['fellBack', 'failed', 'fault'],
    create: (base) => {
      const settings = new Settings<C, V>(base);
      return {
        stage: stageOf(settings),
        apply: (given) => settings.apply(given),
        settings: () => ({ fallback: settings.plan.fallback, if: settings.plan.condition }),
        state: () => ({ ...settings.plan.counts }),
        reset() {
          settings.plan = { ...settings.plan, counts: { fellBack: 0, failed: 0 } };
        },
      };
    },
  }) as unknown as Fallback<C, V>;
}

/** What the calls of one time share. */
interface Plan {
  readonly base: PolicyBase<FallbackEvents>;
  readonly fallback: unknown;
  readonly condition: ((outcome: Outcome<unknown>, ctx: never) => boolean) | undefined;
  readonly counts: { fellBack: number; failed: number };
}

class Settings<C, V> {
  readonly #base: PolicyBase<FallbackEvents>;
  plan!: Plan;

  constructor(base: PolicyBase<FallbackEvents>) {
    this.#base = base;
  }

  apply(given: FallbackOptions<C, V>): void {
    // `undefined` may be what to answer; so it has to be said.
    if (!('fallback' in given)) {
      throw new TypeError(
        'Expected `fallback` to be given: a value, undefined included, or a function.',
      );
    }
    checkFunction('if', given.if);
    const old = this.plan as Plan | undefined;
    this.plan = {
      base: this.#base,
      fallback: given.fallback,
      condition: given.if,
      counts: old?.counts ?? { fellBack: 0, failed: 0 },
    };
  }
}

function stageOf<C, V>(settings: Settings<C, V>): Stage {
  return (rest) => (ctx, outer) => rest(ctx, new GuardedRun(outer, ctx, settings.plan));
}

/** One run whose failure is not the last word. */
class GuardedRun implements Receiver {
  readonly #outer: Receiver;
  readonly #ctx: unknown;
  readonly #plan: Plan;

  constructor(outer: Receiver, ctx: unknown, plan: Plan) {
    this.#outer = outer;
    this.#ctx = ctx;
    this.#plan = plan;
  }

  get passive(): boolean {
    return false;
  }

  linger(): () => void {
    return this.#outer.linger();
  }

  succeed(value: unknown): void {
    if (!this.#plan.condition) return this.#outer.succeed(value);
    const outcome = { ok: true, value } as const;
    if (!this.#needsOther(outcome)) return this.#outer.succeed(value);
    this.#fallBack(outcome);
    // A function may still want to read it.
    if (typeof this.#plan.fallback !== 'function') discard(value);
  }

  fail(error: unknown): void {
    const outcome = { ok: false, error } as const;
    if (this.#needsOther(outcome)) this.#fallBack(outcome);
    else this.#outer.fail(error);
  }

  #needsOther(outcome: Outcome<unknown>): boolean {
    if (endOf(this.#ctx)?.aborted || (!outcome.ok && passes(outcome.error))) return false;
    const { condition, base } = this.#plan;
    if (!condition) return true;
    try {
      return condition(outcome, this.#ctx as never);
    } catch (error) {
      base.events.emit('fault', { cause: outcome, error });
      return false;
    }
  }

  #fallBack(cause: Outcome<unknown>): void {
    let answer = this.#plan.fallback;
    try {
      if (typeof answer === 'function') answer = answer(cause, this.#ctx) as unknown;
    } catch (error) {
      return this.#failed(cause, error);
    }
    if (!isThenable(answer)) return this.#answered(cause, answer);
    answer.then(
      (value) => this.#answered(cause, value),
      (error: unknown) => this.#failed(cause, error),
    );
  }

  #answered(cause: Outcome<unknown>, value: unknown): void {
    const { counts, base } = this.#plan;
    counts.fellBack++;
    base.events.emit('fellBack', { cause });
    this.#outer.succeed(value);
  }

  #failed(cause: Outcome<unknown>, error: unknown): void {
    const { counts, base } = this.#plan;
    counts.failed++;
    base.events.emit('failed', { cause, error });
    if (!cause.ok) giveCause(error, cause.error);
    this.#outer.fail(error);
  }
}

/** An error that names a cause already keeps it, and one that cannot be changed goes on as it is. */
function giveCause(error: unknown, cause: unknown): void {
  if (!(error instanceof Error) || error === cause || 'cause' in error) return;
  try {
    Object.defineProperty(error, 'cause', { value: cause, writable: true, configurable: true });
  } catch {
    // It is frozen.
  }
}
