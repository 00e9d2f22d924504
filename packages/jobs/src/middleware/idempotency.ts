/** idempotency: a job whose key was done already is not done again; it comes to what it came to the first time. */
import { checkMs, checkNames, unexpected } from '@interpose/kernel/options';
import { memoryStore } from '@interpose/kernel/store';
import { reportFailure, unharmed } from '@interpose/kernel/unharmed';
import { noteAttempt } from '../attempts.ts';
import { PostponedError } from '../errors.ts';
import type { JobContext } from '../job-context.ts';
import { type JobMiddleware, jobMiddleware } from '../job-middleware.ts';
import { KeyHold } from '../key-hold.ts';
import { checkKeyStore, type KeyStore } from '../key-store.ts';

/** Options of `idempotency`. */
export interface IdempotencyOptions<C extends JobContext = JobContext> {
  /** What is to be done once, such as the number of an order; `undefined` does it each time. @default the queue and id of the job */
  readonly key?: (ctx: C) => string | undefined;
  /** Where keys and results are kept. @default the memory of this process, for its workers alone */
  readonly store?: KeyStore;
  /** For how long it is known to be done. @default 86_400_000, a day */
  readonly ttlMs?: number;
  /** How long a key stays held when its worker has died at work. @default 60_000 */
  readonly leaseMs?: number;
  /** How long a job is put off whose key is being worked on elsewhere. @default 1_000 */
  readonly postponeMs?: number;
  /** Is told when a result is given again. @default nobody */
  readonly onReplay?: (ctx: C) => unknown;
  /** Is given what goes wrong in renewing a key and letting it go, and what `onReplay` throws. @default writes to the console */
  readonly onFailure?: (error: unknown) => void;
}

/** What is left under a key that is done; JSON can carry it if it can carry the result. */
interface Done {
  readonly done: true;
  readonly result?: unknown;
}

const OPTIONS = ['key', 'store', 'ttlMs', 'leaseMs', 'postponeMs', 'onReplay', 'onFailure'];

/**
 * Runs the rest once for each key. A failure frees the key; a job that comes while another worker is at it is put off and uses up no
 * attempt. If the store cannot be asked, the run fails: what may have been done is not done again. Its place is outside any retry.
 *
 * @throws TypeError or RangeError for options out of range; PostponedError when called
 * @example
 * pipeline<JobContext<Order>, Receipt>().use(idempotency({ key: (ctx: JobContext<Order>) => ctx.data.number, store }));
 */
export function idempotency<C extends JobContext = JobContext>(
  options: IdempotencyOptions<C> = {},
): JobMiddleware<C> {
  const { keyOf, store, leaseMs, ttlMs, postponeMs, report, onReplay } = checked(options);
  return jobMiddleware<C>(
    {
      name: 'idempotency',
      description: 'Does nothing twice.',
      options: { ttlMs, leaseMs, postponeMs },
      answersNothing: true,
    },
    async (ctx, next) => {
      noteAttempt(ctx);
      const own = keyOf(ctx);
      if (own === undefined) return next(ctx);
      const key = `idempotency:${own}`;
      const hold = await KeyHold.take(key, { store, leaseMs, clock: ctx.clock, onFailure: report });
      if (!hold) {
        const found = (await store.get(key)) as Done | undefined;
        if (found?.done !== true) throw new PostponedError(postponeMs);
        if (onReplay) unharmed(() => onReplay(ctx), report);
        return found.result;
      }
      try {
        const result = await next(ctx);
        await hold.replace({ done: true, ...(result !== undefined && { result }) }, ttlMs);
        return result;
      } catch (error) {
        await hold.release();
        throw error;
      }
    },
  );
}

function checked<C extends JobContext>(options: IdempotencyOptions<C>) {
  checkNames('idempotency()', options, OPTIONS);
  const { key, store = memoryStore(), onReplay, onFailure = reportFailure } = options;
  const keyOf = key ?? (({ job }: C): string => JSON.stringify([job.queue, job.id]));
  if (typeof keyOf !== 'function') throw unexpected('key', 'a function', key);
  if (onReplay !== undefined && typeof onReplay !== 'function') {
    throw unexpected('onReplay', 'a function', onReplay);
  }
  if (typeof onFailure !== 'function') throw unexpected('onFailure', 'a function', onFailure);
  checkKeyStore(store);
  return {
    keyOf,
    store,
    onReplay,
    ttlMs: checkMs('ttlMs', options.ttlMs ?? 86_400_000, 1),
    leaseMs: checkMs('leaseMs', options.leaseMs ?? 60_000, 1),
    postponeMs: checkMs('postponeMs', options.postponeMs ?? 1000, 1),
    report: (error: unknown): void => unharmed(() => onFailure(error) as unknown),
  };
}
