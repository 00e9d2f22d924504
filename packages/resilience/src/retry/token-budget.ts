/** tokenBudget: runs beyond the first take tokens out of a bucket that successes fill again. It needs no clock. */
import { checkNames, checkWhole, outOfRange, unexpected } from '@interpose/kernel/options';
import type { Budget } from './budget.ts';

/** Options of `tokenBudget`. */
export interface TokenBudgetOptions {
  /** How many tokens there are at first, and at most. @default 500 */
  readonly capacity?: number;
  /** What one run beyond the first takes. @default 5 */
  readonly cost?: number;
  /** What it takes after a timeout, which has already cost the callee much. @default 10 */
  readonly timeoutCost?: number;
  /** What a call gives back that has succeeded at the first run. One that needed more gives back what the last of them took. @default 1 */
  readonly refill?: number;
  /** Names it in reports. @default 'tokenBudget' */
  readonly name?: string;
}

const NAMES: readonly (keyof TokenBudgetOptions)[] = [
  'capacity',
  'cost',
  'timeoutCost',
  'refill',
  'name',
];

/**
 * Makes a budget as the AWS SDKs have it: a bucket of tokens. Failures empty it, successes fill it, time does nothing.
 *
 * @throws TypeError or RangeError for options out of range
 * @example
 * const policy = retry({ budget: tokenBudget({ capacity: 100 }) });
 */
export function tokenBudget(options: TokenBudgetOptions = {}): Budget {
  checkNames('tokenBudget()', options, NAMES);
  const { name = 'tokenBudget' } = options;
  if (typeof name !== 'string' || name === '') throw unexpected('name', 'a name', name);
  const capacity = checkWhole('capacity', options.capacity ?? 500, 1);
  const cost = checkWhole('cost', options.cost ?? 5, 1);
  const timeoutCost = checkWhole('timeoutCost', options.timeoutCost ?? 10, 1);
  const refill = checkWhole('refill', options.refill ?? 1);
  if (cost > capacity) {
    throw outOfRange('cost', `no more than \`capacity\`, which is ${capacity}`, cost);
  }
  let balance = capacity;
  return {
    name,
    deposit() {},
    withdraw(error) {
      const price = isTimeout(error) ? timeoutCost : cost;
      if (price > balance) return 0;
      balance -= price;
      return price;
    },
    succeeded(price) {
      balance = Math.min(capacity, balance + (price || refill));
    },
    state: () => ({ balance }),
    describe: () => ({ kind: 'tokenBudget', name, capacity, cost, timeoutCost, refill }),
    reset() {
      balance = capacity;
    },
  };
}

/** A timeout of ours, of the platform (`AbortSignal.timeout`), or of a socket. */
function isTimeout(error: unknown): boolean {
  const { name, code } = (error ?? {}) as { readonly name?: unknown; readonly code?: unknown };
  return name === 'TimeoutError' || code === 'TIMEOUT' || code === 'ETIMEDOUT';
}
