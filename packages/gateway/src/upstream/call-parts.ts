/** What all calls of one upstream share. */
import type { Clock } from '@interpose/kernel';
import type { ForwardRules } from './forward-headers.ts';
import type { RetryRules } from './retry-rules.ts';
import type { StickyCookie } from './sticky-cookie.ts';
import type { TargetSet } from './target-set.ts';

/** The parts of an upstream with which its calls work. */
export interface CallParts {
  readonly name: string;
  readonly targets: TargetSet;
  readonly headers: ForwardRules;
  readonly retry: RetryRules | undefined;
  readonly sticky: StickyCookie | undefined;
  /** How long everything may take; `undefined` for as long as it takes. */
  readonly timeoutMs: number | undefined;
  readonly clock: Clock;
  readonly random: () => number;
}
