/** What a rate limit tells those who listen. */
import type { LimitFigures } from '../errors.ts';

/**
 * Why a call was refused: there was no room and it may not wait (`limit`), the queue was full (`queue`), it would have to wait or has waited
 * for too long (`wait`), it would start after its deadline (`deadline`), or a newer call took its place in the queue (`displaced`).
 */
export type RefusalReason = 'limit' | 'queue' | 'wait' | 'deadline' | 'displaced';

/** Events of `rateLimit`. `key` is `undefined` where one limit holds for all. */
export interface RateLimitEvents {
  /** A call was refused. */
  readonly rejected: LimitFigures & {
    readonly key: string | undefined;
    readonly cost: number;
    readonly reason: RefusalReason;
    readonly retryAfterMs: number;
  };
  /** A call starts that had to wait. */
  readonly waited: {
    readonly key: string | undefined;
    readonly cost: number;
    readonly waitedMs: number;
  };
  /** The store threw, failed, gave no decision, or (`hung`) took too long. */
  readonly storeFailed: {
    readonly key: string | undefined;
    readonly error: unknown;
    readonly hung: boolean;
  };
  readonly [type: string]: object;
}
