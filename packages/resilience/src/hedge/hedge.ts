/** hedge: starts a second run while the first is slow, and takes whichever ends well first. */
import type { Outcome } from '@interpose/kernel';
import { checkWhole, unexpected } from '@interpose/kernel/options';
import { Deadlines } from '../deadlines.ts';
import { delaySource, type HedgeDelay } from './hedge-delay.ts';
import type { HedgeEvents, HedgeState } from './hedge-events.ts';
import type { HedgePlan } from './hedge-plan.ts';
import { HedgeRun } from './hedge-run.ts';
import {
  checkFunction,
  createPolicy,
  type PolicyBase,
  type PolicyOptions,
  type ResiliencePolicy,
} from '../policy.ts';
import { type BudgetOption, Spending } from '../retry/spending.ts';
import type { Stage } from '../stage.ts';

/** Options of `hedge`. */
export interface HedgeOptions<C = unknown> extends PolicyOptions {
  /**
   * Says that the rest may safely run twice at the same time: `true`, or a function that says so for each call. What it throws counts as
   * no. There is no default: nobody but you can know.
   */
  readonly idempotent: true | ((ctx: C) => boolean);
  /**
   * When another run starts: so many milliseconds after the last one; after a percentile of how long first runs have been taking; all at
   * once (`'parallel'`); or only when one has failed (`'on-failure'`). A failure starts the next one at once in any case. @default 1000
   */
  readonly delayMs?: HedgeDelay;
  /** The most runs beyond the first. @default 1 */
  readonly maxHedges?: number;
  /** Whether an outcome, which may be a result, is not good enough to win. What it throws counts as no. @default every error */
  readonly hedgeIf?: (outcome: Outcome<unknown>, ctx: C) => boolean;
  /**
   * The share of calls that may be run beyond once: a budget to share with others, options of one of its own, or `false` for no limit.
   *
   * @default one of its own: a fifth of the calls, and ten a second
   */
  readonly budget?: BudgetOption;
}

/** A hedge. */
export type Hedge<C = unknown> = ResiliencePolicy<C, HedgeOptions<C>, HedgeState, HedgeEvents>;

/**
 * Starts another run of the rest while the first is slow, or when it has failed, and answers with the first that ends well; the others are
 * aborted with a HedgeCancelledError and not waited for. If none ends well, the outcome of the first run is that of the call.
 *
 * @throws TypeError or RangeError for options out of range, or if `idempotent` is missing
 * @example
 * const serve = pipeline<Call, Response>()
 *   .use(hedge({ idempotent: ({ method }) => method === 'GET', delayMs: { percentile: 0.95 } }))
 *   .handle(({ url, signal }) => fetch(url, { signal }));
 */
export function hedge<C = unknown>(options: HedgeOptions<C>): Hedge<C> {
  return createPolicy({
    policy: 'hedge',
    description: 'Starts a second run while the first is slow.',
    options,
    names: ['idempotent', 'delayMs', 'maxHedges', 'hedgeIf', 'budget'],
    events: ['hedged', 'won', 'cancelled', 'abandoned', 'failed', 'budgetExhausted', 'fault'],
    create: (base) => {
      const settings = new Settings<C>(base);
      return {
        stage: stageOf(settings),
        apply: (given) => settings.apply(given),
        settings: () => settings.describe(),
        state: () => settings.state(),
        reset: () => settings.reset(),
        dispose: () => {
          settings.gate.closed = true;
        },
      };
    },
  });
}

/** What all calls of one hedge share. */
class Settings<C> {
  readonly base: PolicyBase<HedgeEvents>;
  /** Closed, it lets no other run start; those under way go on. */
  readonly gate: { closed: boolean } = { closed: false };
  given!: HedgeOptions<C>;
  plan!: HedgePlan;

  constructor(base: PolicyBase<HedgeEvents>) {
    this.base = base;
  }

  apply(given: HedgeOptions<C>): void {
    const { idempotent, delayMs = 1000, maxHedges = 1, hedgeIf, budget } = given;
    if (idempotent !== true && typeof idempotent !== 'function') {
      throw unexpected('idempotent', 'true or a function, for the rest may run twice', idempotent);
    }
    checkWhole('maxHedges', maxHedges, 1);
    checkFunction('hedgeIf', hedgeIf);
    const old = this.plan as HedgePlan | undefined;
    const sameDelay = old && delayMs === (this.given.delayMs ?? 1000);
    const delay = sameDelay ? old.delay : delaySource(delayMs);
    this.plan = {
      base: this.base,
      maxHedges,
      delay,
      row: old?.row ?? { delayMs: -1, deadlines: new Deadlines(this.base.clock) },
      hedgeIf,
      // What has been counted stays, unless it is another budget.
      spending:
        old && budget === this.given.budget ? old.spending : new Spending(budget, this.base),
      gauges: old?.gauges ?? { running: 0, abandoned: 0 },
      counts: old?.counts ?? { hedges: 0, won: 0, failed: 0 },
      gate: this.gate,
    };
    this.given = given;
  }

  describe(): object {
    const { idempotent, delayMs = 1000 } = this.given;
    const { maxHedges, hedgeIf, spending } = this.plan;
    return { idempotent, delayMs, maxHedges, hedgeIf, budget: spending.describe() };
  }

  state(): HedgeState {
    const { gauges, counts, delay, spending } = this.plan;
    return { ...gauges, ...counts, delayMs: delay.delayMs, budget: spending.budget?.state() };
  }

  /** Calls under way still run; but they count in the old plan, which nobody reads any more. */
  reset(): void {
    this.plan.spending.reset();
    this.plan = { ...this.plan, counts: { hedges: 0, won: 0, failed: 0 } };
  }
}

function stageOf<C>(settings: Settings<C>): Stage {
  return (rest) => (ctx: C, outer) => {
    const { plan, given } = settings;
    const counted = plan.spending.begin(ctx);
    if (mayRunTwice(settings, given.idempotent, ctx)) {
      new HedgeRun({ outer, ctx, rest, plan, counted }).start();
    } else rest(ctx, outer);
  };
}

function mayRunTwice<C>(
  { base }: Settings<C>,
  idempotent: HedgeOptions<C>['idempotent'],
  ctx: C,
): boolean {
  if (idempotent === true) return true;
  try {
    return idempotent(ctx);
  } catch (error) {
    base.events.emit('fault', { error });
    return false;
  }
}
