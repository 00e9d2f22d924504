/** What a hedge is set to do, and what one call of it is made of. */
import type { Outcome } from '@interpose/kernel';
import type { Deadlines } from '../deadlines.ts';
import type { DelaySource } from './hedge-delay.ts';
import type { HedgeEvents } from './hedge-events.ts';
import type { PolicyBase } from '../policy.ts';
import type { Spending } from '../retry/spending.ts';
import type { Receiver, Start } from '../stage.ts';

/** What the calls of one time share. Options that change make a new one; calls under way keep theirs. */
export interface HedgePlan {
  readonly base: PolicyBase<HedgeEvents>;
  readonly maxHedges: number;
  readonly delay: DelaySource;
  /** Where calls wait for the delay: one row for each length. */
  readonly row: { delayMs: number; deadlines: Deadlines };
  readonly hedgeIf: ((outcome: Outcome<unknown>, ctx: never) => boolean) | undefined;
  readonly spending: Spending;
  readonly gauges: { running: number; abandoned: number };
  readonly counts: { hedges: number; won: number; failed: number };
  readonly gate: { closed: boolean };
}

/** What one call is made of. */
export interface HedgeParts {
  readonly outer: Receiver;
  readonly ctx: unknown;
  readonly rest: Start;
  readonly plan: HedgePlan;
  /** Whether its budget has counted the call here, and not further out. */
  readonly counted: boolean;
}
