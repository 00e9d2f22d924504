/** Budget: the share of calls that retry and hedge may spend on runs beyond the first. */

/** State of a budget. */
export interface BudgetState {
  /** How many tokens there are now; what a run beyond the first costs is up to the budget. */
  readonly balance: number;
}

/** Events of a budget. */
export interface BudgetEvents {
  /** A run beyond the first was refused. */
  readonly budgetExhausted: { readonly balance: number };
  readonly [type: string]: object;
}

/** Says whether there may be one run more. One may serve many policies; then they share it. */
export interface Budget {
  /** Names it in events and reports. */
  readonly name: string;
  /** A call has begun. Told once for a call, not for each of its runs. */
  deposit(): void;
  /** Pays for one run more, after this error if there was one. Gives the price; 0 if there is not enough, and then the run must not be. */
  withdraw(error?: unknown): number;
  /** A call has succeeded; `price` is what its last run beyond the first has cost, 0 if there was none. */
  succeeded?(price: number): void;
  /** The state of now, as plain data. */
  state(): BudgetState;
  /** What it is and how it is set, as plain data. */
  describe(): Readonly<Record<string, unknown>>;
  /** As when it was made. */
  reset(): void;
}
