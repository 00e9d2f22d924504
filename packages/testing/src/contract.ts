/** middlewareContract: the laws that every middleware keeps, as checks for any test runner. */
import type { Awaitable, Middleware, MiddlewareObject } from '@interpose/kernel';
import {
  type ContractKit,
  type ContractOptions,
  type Declared,
  withDefaults,
} from './contract-options.ts';
import { LAWS } from './laws/all-laws.ts';

/** One law, and the check that a middleware keeps it. */
export interface Law {
  /** What the middleware does, as a sentence without its subject: 'hands on the signal'. */
  readonly name: string;
  /** Rejects with BrokenLawError if the law is broken; the error says how, and `cause` is what the middleware threw. */
  check(): Promise<void>;
}

/**
 * The laws for a middleware, less those that it declares to depart from. `make` is called afresh for each law, so that
 * no law sees what another left behind.
 *
 * @throws TypeError or RangeError for options out of range
 * @example
 * for (const law of middlewareContract(({ clock }) => retry({ clock }), { repeats: true, heedsSignal: true })) {
 *   test(law.name, law.check);   // vitest, node:test, jest, mocha
 * }
 */
export function middlewareContract<C, R>(
  // oxlint-disable-next-line typescript/no-explicit-any -- what it provides is of no concern here
  make: (kit: ContractKit) => Awaitable<Middleware<C, R, any> | MiddlewareObject<C, R, any>>,
  options: ContractOptions<NoInfer<C>, NoInfer<R>> = {},
): readonly Law[] {
  const declared: Declared = withDefaults(options);
  return LAWS.filter(({ unless }) => !unless?.(declared)).map(({ name, check }) => ({
    name,
    check: () => check({ law: name, make, declared }),
  }));
}
