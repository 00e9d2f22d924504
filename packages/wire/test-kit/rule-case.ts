/** What shows a rule: messages that break it, each beside its nearest neighbour that breaks none. */
import type { LimitOptions } from '../src/message-reader/limits.ts';
import type { RuleCode } from '../src/rules.ts';

/** A message that is refused, and the nearest one that is not. */
export type Pair = readonly [refused: string, accepted: string];

/** What shows a rule. */
export interface RuleCase {
  /** In whose messages it is shown. @default 'request' */
  readonly of?: 'request' | 'response';
  readonly limits?: LimitOptions;
  readonly pairs: readonly Pair[];
}

/** What shows some of the rules. */
export type CasesOf<Code extends RuleCode> = Readonly<Record<Code, readonly RuleCase[]>>;
