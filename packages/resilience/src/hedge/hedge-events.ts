/** What a hedge tells of itself: its events and its state. Runs have numbers: the primary is 1. */
import type { BudgetState } from '../retry/budget.ts';

/** Events of `hedge`. */
export interface HedgeEvents {
  /** Another run starts beside those that are under way. */
  readonly hedged: { readonly run: number };
  /** This run's outcome is that of the call. Told only if there was more than one run. */
  readonly won: { readonly run: number };
  /** This run's signal was aborted: it is needed no longer. */
  readonly cancelled: { readonly run: number };
  /** A run that nobody waited for any longer has ended after all. */
  readonly abandoned: { readonly run: number; readonly elapsedMs: number };
  /** No run was good enough, and the caller gets the outcome of the primary. `errors` are those of the others. */
  readonly failed: { readonly errors: readonly unknown[] };
  /** The budget refused this run, and none beyond it is asked for. */
  readonly budgetExhausted: { readonly run: number };
  /** A function of the options has thrown: `idempotent`, and the call was not hedged; or `hedgeIf`, and the outcome went on as it was. */
  readonly fault: { readonly error: unknown };
  readonly [type: string]: object;
}

/** State of `hedge`. */
export interface HedgeState {
  /** How many calls are under way. */
  readonly running: number;
  /** How many runs are under way that nobody waits for any longer. */
  readonly abandoned: number;
  /** How many runs beyond the first have been started since it was made or reset. */
  readonly hedges: number;
  /** How many calls were won by such a run. */
  readonly won: number;
  /** How many calls had no run that was good enough. */
  readonly failed: number;
  /** After how long the next call would be hedged, in milliseconds; `Infinity` if only after a failure. */
  readonly delayMs: number;
  /** State of the budget; `undefined` if there is none. */
  readonly budget: BudgetState | undefined;
}
