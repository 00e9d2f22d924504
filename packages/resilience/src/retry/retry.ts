/** retry: tries again what has failed. */
import type { Outcome } from '@interpose/kernel';
import { checkMs, checkWhole, unexpected } from '@interpose/kernel/options';
import {
  type Backoff,
  backoff as makeBackoff,
  type BackoffKind,
  type BackoffOptions,
  backoffSettings,
} from './backoff.ts';
import { Pauses } from './pauses.ts';
import {
  checkFunction,
  createPolicy,
  type PolicyBase,
  type PolicyOptions,
  type ResiliencePolicy,
} from '../policy.ts';
import type { RetryEvents, RetryState } from './retry-events.ts';
import type { RetryPlan } from './retry-plan.ts';
import { FirstAttempt, RetryRun } from './retry-run.ts';
import { attemptOf } from '../scope.ts';
import { type BudgetOption, Spending } from './spending.ts';
import type { Stage } from '../stage.ts';

/** Options of `retry`. */
export interface RetryOptions<C = unknown> extends PolicyOptions {
  /** The most attempts there may be, the first included; `Infinity` for as many as it takes. @default 3 */
  readonly maxAttempts?: number;
  /**
   * How long to wait before the next attempt: a kind, the options of a backoff, or a function. @default exponential from 100 ms by 2 up to
   * 30 s, with full jitter
   */
  readonly backoff?: BackoffKind | BackoffOptions | Backoff;
  /**
   * Whether to try again after this outcome, which may be a result. What it throws counts as no. @default every error, but for refusals of
   * policies further in that do not say when
   */
  readonly retryIf?: (outcome: Outcome<unknown>, ctx: C) => boolean;
  /** Whether to wait for as long as the callee asks for, if that is longer than the backoff. @default 'honor' */
  readonly retryAfter?: 'honor' | 'ignore';
  /** Who asks for more than this is not asked again; in milliseconds. @default 30_000 */
  readonly maxRetryAfterMs?: number;
  /**
   * The share of calls that may be tried again: a budget to share with others, options of one of its own, or `false` for no limit.
   *
   * @default one of its own: a fifth of the calls, and ten a second
   */
  readonly budget?: BudgetOption;
  /** Whether to give up at once when the next attempt could not start before the deadline of the call. @default true */
  readonly respectDeadline?: boolean;
  /** Chance, for jitter: from 0 up to, but not including, 1. @default Math.random */
  readonly random?: () => number;
}

/** A retry. */
export type Retry<C = unknown> = ResiliencePolicy<C, RetryOptions<C>, RetryState, RetryEvents>;

/**
 * Runs the rest again after it has failed: after a pause, as often as it may, and only as long as whoever called still waits. The last
 * outcome is the outcome of the call.
 *
 * @throws TypeError or RangeError for options out of range
 * @example
 * const serve = pipeline<Call, Response>().use(retry({ maxAttempts: 5 })).handle(({ url, signal }) => fetch(url, { signal }));
 */
export function retry<C = unknown>(options: RetryOptions<C> = {}): Retry<C> {
  return createPolicy({
    policy: 'retry',
    description: 'Tries again what has failed.',
    follows: true,
    options,
    names: [
      'maxAttempts',
      'backoff',
      'retryIf',
      'retryAfter',
      'maxRetryAfterMs',
      'budget',
      'respectDeadline',
      'random',
    ],
    fixed: ['random'],
    events: ['attempt', 'retry', 'giveUp'],
    create: (base) => {
      const settings = new Settings<C>(base);
      return {
        stage: stageOf(settings),
        apply: (given) => settings.apply(given),
        settings: () => settings.describe(),
        state: () => settings.state(),
        reset: () => settings.reset(),
        dispose: (error) => settings.pauses.close(error),
      };
    },
  });
}

/** What all calls of one retry share. */
class Settings<C> {
  readonly pauses: Pauses;
  readonly #base: PolicyBase<RetryEvents>;
  #given: RetryOptions<C> = {};
  plan!: RetryPlan;

  constructor(base: PolicyBase<RetryEvents>) {
    this.#base = base;
    this.pauses = new Pauses(base.clock);
  }

  apply(given: RetryOptions<C>): void {
    const { maxAttempts = 3, retryIf, retryAfter = 'honor', respectDeadline = true } = given;
    const { backoff, maxRetryAfterMs = 30_000, budget, random = Math.random } = given;
    if (maxAttempts !== Infinity) checkWhole('maxAttempts', maxAttempts, 1);
    checkFunction('retryIf', retryIf);
    checkFunction('random', random);
    if (retryAfter !== 'honor' && retryAfter !== 'ignore') {
      throw unexpected('retryAfter', `'honor' or 'ignore'`, retryAfter);
    }
    if (typeof respectDeadline !== 'boolean') {
      throw unexpected('respectDeadline', 'true or false', respectDeadline);
    }
    checkMs('maxRetryAfterMs', maxRetryAfterMs);
    const old = this.plan as RetryPlan | undefined;
    this.plan = {
      base: this.#base,
      maxAttempts,
      backoff: typeof backoff === 'function' ? backoff : makeBackoff(optionsOf(backoff)),
      random,
      retryIf,
      honorsRetryAfter: retryAfter === 'honor',
      maxRetryAfterMs,
      respectDeadline,
      // What has been counted stays, unless it is another budget.
      spending:
        old && budget === this.#given.budget ? old.spending : new Spending(budget, this.#base),
      pauses: this.pauses,
      counts: old?.counts ?? { retries: 0, recovered: 0, givenUp: 0 },
    };
    this.#given = given;
  }

  describe(): object {
    const { maxAttempts, maxRetryAfterMs, respectDeadline, spending, retryIf } = this.plan;
    const { backoff, retryAfter = 'honor' } = this.#given;
    return {
      maxAttempts,
      backoff: typeof backoff === 'function' ? backoff : backoffSettings(optionsOf(backoff)),
      retryIf,
      retryAfter,
      maxRetryAfterMs,
      budget: spending.describe(),
      respectDeadline,
    };
  }

  state(): RetryState {
    const { spending, counts } = this.plan;
    return { waiting: this.pauses.size, ...counts, budget: spending.budget?.state() };
  }

  /** Calls under way count in the old plan, which nobody reads any more. */
  reset(): void {
    this.plan.spending.reset();
    this.plan = { ...this.plan, counts: { retries: 0, recovered: 0, givenUp: 0 } };
  }
}

function optionsOf(backoff: BackoffKind | BackoffOptions = {}): BackoffOptions {
  if (typeof backoff === 'string') return { kind: backoff };
  if (typeof backoff === 'object' && backoff !== null) return backoff;
  throw unexpected('backoff', 'a kind, options or a function', backoff);
}

function stageOf<C>(settings: Settings<C>): Stage {
  return (rest) => (ctx: C, outer) => {
    const { plan } = settings;
    const counted = plan.spending.begin(ctx);
    if (attemptOf(ctx) > 1 || (counted && plan.spending.shared)) {
      return new RetryRun({ outer, ctx, rest, plan, counted }, 0).goOn();
    }
    rest(ctx, new FirstAttempt({ outer, ctx, rest, plan }));
  };
}
