/** unique: never runs two jobs of one key at once; the second is put off until the first has ended. */
import { checkMs, checkNames, unexpected } from '@interpose/kernel/options';
import { memoryStore } from '@interpose/kernel/store';
import { reportFailure, unharmed } from '@interpose/kernel/unharmed';
import { noteAttempt } from '../attempts.ts';
import { PostponedError } from '../errors.ts';
import type { JobContext } from '../job-context.ts';
import { type JobMiddleware, jobMiddleware } from '../job-middleware.ts';
import { KeyHold } from '../key-hold.ts';
import { checkKeyStore, type KeyStore } from '../key-store.ts';

/** Options of `unique`. */
export interface UniqueOptions<C extends JobContext = JobContext> {
  /** What must not be worked on twice at once, such as an account; `undefined` lets the job run beside any other. */
  readonly key: (ctx: C) => string | undefined;
  /** Where keys are held. @default the memory of this process, for its workers alone */
  readonly store?: KeyStore;
  /** How long a key stays held when its worker has died. @default 60_000 */
  readonly ttlMs?: number;
  /** How long a job is put off whose key is held. @default 1_000 */
  readonly postponeMs?: number;
  /** Is given what goes wrong in renewing a key and letting it go. @default writes to the console */
  readonly onFailure?: (error: unknown) => void;
}

/**
 * Holds a key while the rest runs, and renews it. A job whose key is held has not failed: it is put off and uses up no attempt. Whether a
 * second job of a key is to be at all, `uniqueEnqueue` decides.
 *
 * @throws TypeError or RangeError for options out of range; PostponedError when called
 * @example
 * pipeline<JobContext<Sync>, void>().use(unique({ key: (ctx: JobContext<Sync>) => ctx.data.account }));
 */
export function unique<C extends JobContext = JobContext>(
  options: UniqueOptions<C>,
): JobMiddleware<C> {
  checkNames('unique()', options, ['key', 'store', 'ttlMs', 'postponeMs', 'onFailure']);
  const { key: keyOf, store = memoryStore(), onFailure = reportFailure } = options;
  if (typeof keyOf !== 'function') throw unexpected('key', 'a function', keyOf);
  if (typeof onFailure !== 'function') throw unexpected('onFailure', 'a function', onFailure);
  checkKeyStore(store);
  const leaseMs = checkMs('ttlMs', options.ttlMs ?? 60_000, 1);
  const postponeMs = checkMs('postponeMs', options.postponeMs ?? 1000, 1);
  const report = (error: unknown): void => unharmed(() => onFailure(error) as unknown);
  return jobMiddleware<C>(
    {
      name: 'unique',
      description: 'Never runs two jobs of one key at once.',
      options: { ttlMs: leaseMs, postponeMs },
    },
    async (ctx, next) => {
      noteAttempt(ctx);
      const key = keyOf(ctx);
      if (key === undefined) return next(ctx);
      const { clock } = ctx;
      const hold = await KeyHold.take(`unique:${key}`, {
        store,
        leaseMs,
        clock,
        onFailure: report,
      });
      if (!hold) throw new PostponedError(postponeMs);
      try {
        return await next(ctx);
      } finally {
        await hold.release();
      }
    },
  );
}
