/** What a middleware under contract is made with, and what it may declare. */
import type { Clock } from '@interpose/kernel';
import { checkMs, checkNames } from '@interpose/kernel/options';

/** What a middleware under contract is made with. */
export interface ContractKit {
  /** A fake clock. A middleware that waits must take it, or the checks have to wait, too. */
  readonly clock: Clock;
  /** Chance that falls the same way in every run. */
  readonly random: () => number;
}

/** Says how to call a middleware, and which laws it departs from on purpose. */
export interface ContractOptions<C, R> {
  /** Makes a context that lets a call pass through to the rest. @default (signal) => ({ signal }) */
  readonly context?: (signal: AbortSignal) => C;
  /** Makes what the rest answers; each time a new object, if it can be one. @default a plain object, then `undefined`, `null`, `0`, `''` and `false` */
  readonly answer?: () => R;
  /** Where a context keeps its signal. @default (ctx) => ctx.signal */
  readonly signalOf?: (ctx: unknown) => AbortSignal | undefined;
  /** It may run the rest again, or several times at once. @default false */
  readonly repeats?: boolean;
  /** It may answer before the rest has ended. @default false */
  readonly detached?: boolean;
  /** It may return something other than what the rest answered. @default false */
  readonly changesResult?: boolean;
  /** It may hand on another context than it was given. @default false */
  readonly changesContext?: boolean;
  /** It may answer, or throw something else, when the rest fails. @default false */
  readonly handlesErrors?: boolean;
  /** Calls of the same moment may share one run of the rest. @default false */
  readonly shares?: boolean;
  /** It takes the signal: once that has aborted, it does not start the rest, and it gives up with the signal's reason. @default false */
  readonly heedsSignal?: boolean;
  /** It is as synchronous as the rest. @default false */
  readonly sync?: boolean;
  /** How long real time may pass until a run counts as hanging; only work outside the fake clock takes any. @default 2000 */
  readonly patienceMs?: number;
}

/** Options with their defaults. */
export interface Declared extends ContractOptions<unknown, unknown> {
  readonly context: (signal: AbortSignal) => unknown;
  readonly signalOf: (ctx: unknown) => AbortSignal | undefined;
  readonly patienceMs: number;
}

const OPTIONS = [
  'context',
  'answer',
  'signalOf',
  'repeats',
  'detached',
  'changesResult',
  'changesContext',
  'handlesErrors',
  'shares',
  'heedsSignal',
  'sync',
  'patienceMs',
];

/**
 * Checks options and adds what they leave out.
 *
 * @throws TypeError or RangeError for options out of range
 */
export function withDefaults<C, R>(options: ContractOptions<C, R>): Declared {
  checkNames('middlewareContract', options, OPTIONS);
  return {
    ...options,
    context: options.context ?? ((signal) => ({ signal })),
    signalOf:
      options.signalOf ?? ((ctx) => (ctx as { readonly signal?: AbortSignal } | undefined)?.signal),
    patienceMs: checkMs('patienceMs', options.patienceMs ?? 2000),
  };
}
