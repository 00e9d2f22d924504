/** Spending: what a policy does with a budget, its own or one that it shares. A budget that throws has no more to spend. */
import { unexpected } from '@interpose/kernel/options';
import type { Budget } from './budget.ts';
import type { PolicyBase } from '../policy.ts';
import { retryBudget, type RetryBudgetOptions } from './retry-budget.ts';

/** What the option `budget` may be: one to share, options of one of its own, or `false` for no limit. */
export type BudgetOption =
  | Budget
  | Omit<RetryBudgetOptions, 'name' | 'clock' | 'onListenerError'>
  | false;

/** Where a context says which shared budget its call has been counted in; every copy of the context says so, too. */
const COUNTED: unique symbol = Symbol.for('interpose.budget');

/** A policy's dealings with its budget. */
export class Spending {
  readonly budget: Budget | undefined;
  /** Another policy further in may have the same budget and must not count the call again. */
  readonly shared: boolean = false;
  /** The budget wants to hear of calls that succeed at once, too. */
  readonly tellsSuccess: boolean = false;

  constructor(option: BudgetOption | undefined, { name, clock }: PolicyBase<never>) {
    if (option === false) return;
    if (option !== undefined && (typeof option !== 'object' || option === null)) {
      throw unexpected('budget', 'a budget, options of one, or false', option);
    }
    this.shared = option !== undefined && isBudget(option);
    this.budget = isBudget(option) ? option : retryBudget({ ...option, name, clock });
    this.tellsSuccess = this.budget.succeeded !== undefined;
  }

  /** A call begins. Tells whether this policy is the one that counts it. */
  begin(ctx: unknown): boolean {
    const { budget } = this;
    if (!budget) return false;
    if (this.shared && (ctx as Counted | null | undefined)?.[COUNTED] === budget) return false;
    try {
      budget.deposit();
    } catch {
      // It is asked again before anything is spent.
    }
    return true;
  }

  /** Says on a copy of the context that the call has been counted. */
  mark(copy: unknown): void {
    if (typeof copy === 'object' && copy !== null) (copy as Counted)[COUNTED] = this.budget;
  }

  /** Gives the price of one run more, or 0 if there must not be one. */
  withdraw(error: unknown): number {
    if (!this.budget) return 1;
    try {
      return this.budget.withdraw(error);
    } catch {
      return 0;
    }
  }

  /** A call has succeeded. */
  succeeded(price: number): void {
    try {
      if (this.budget?.succeeded) this.budget.succeeded(price);
    } catch {
      // The call has succeeded all the same.
    }
  }

  /** For `describe()`. */
  describe(): unknown {
    return this.budget ? { ...this.budget.describe(), shared: this.shared } : false;
  }

  /** What others share is left alone. */
  reset(): void {
    if (!this.shared) this.budget?.reset();
  }
}

interface Counted {
  [COUNTED]?: Budget | undefined;
}

function isBudget(option: object | undefined): option is Budget {
  return typeof (option as Partial<Budget> | undefined)?.withdraw === 'function';
}
