/** A law as it is written down, and the ways in which the rest of a pipeline can end. */
import type { Declared } from '../contract-options.ts';
import type { Bench } from '../trial.ts';

/** A law before it is tied to a middleware. */
export interface LawText {
  readonly name: string;
  /** Whether what a middleware declares frees it of this law. */
  readonly unless?: (declared: Declared) => boolean | undefined;
  readonly check: (bench: Bench) => Promise<void>;
}

/** The rest ends in each of these ways where a law holds for all of them. */
export const ENDINGS: readonly (readonly [when: string, rest: (bench: Bench) => () => unknown])[] =
  [
    ['answers at once', (bench) => () => answerOf(bench)],
    ['answers later', (bench) => async () => answerOf(bench)],
    ['throws', () => throwing(new Error('thrown by the rest'))],
    ['rejects', () => rejecting(new Error('rejected by the rest'))],
  ];

/** What the rest answers. */
export function answerOf({ declared }: Bench): unknown {
  return declared.answer ? declared.answer() : {};
}

/** A rest that throws. */
export function throwing(error: unknown): () => never {
  return () => {
    throw error;
  };
}

/** A rest that rejects. */
export function rejecting(error: unknown): () => Promise<never> {
  return async () => {
    throw error;
  };
}

/** Whether contexts are made that keep no signal; then no law about signals holds. */
export function hasNoSignal({ context, signalOf }: Declared): boolean {
  return signalOf(context(new AbortController().signal)) === undefined;
}

/** A value in a message. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value !== 'object' || value === null) return String(value);
  return `an object of ${value.constructor?.name ?? 'no class'}`;
}
