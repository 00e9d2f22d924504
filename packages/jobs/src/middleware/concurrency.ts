/** concurrency: lets so many jobs of a key run at once, and puts the others off. */
import type { Awaitable, Clock } from '@interpose/kernel';
import { checkMs, checkNames, checkWhole, outOfRange, unexpected } from '@interpose/kernel/options';
import { reportFailure } from '@interpose/kernel/unharmed';
import { bulkhead, keyed } from '@interpose/resilience';
import { noteAttempt } from '../attempts.ts';
import { PostponedError } from '../errors.ts';
import type { JobContext } from '../job-context.ts';
import { type JobMiddleware, jobMiddleware } from '../job-middleware.ts';
import { KeyHold } from '../key-hold.ts';
import { checkKeyStore, type KeyStore } from '../key-store.ts';
import { PostponedRefusal } from '../postponed-refusal.ts';

/** Options of `concurrency`. */
export interface ConcurrencyOptions<C extends JobContext = JobContext> {
  /** How many of a key may run at once. */
  readonly max: number;
  /** Which are counted together, such as those of a customer; `undefined` is not counted. @default those of one queue and name */
  readonly key?: (ctx: C) => string | undefined;
  /** Where keys are held, for all workers that share it together. @default each worker counts for itself */
  readonly store?: KeyStore;
  /** What becomes of one too many: it is put off, or waits and keeps its place in the worker; with a `store` it cannot wait. @default 'postpone' */
  readonly whenFull?: 'postpone' | 'wait';
  /** How long it is put off. @default 1_000 */
  readonly postponeMs?: number;
  /** How long a place in the store stays taken when its worker has died. @default 60_000 */
  readonly leaseMs?: number;
}

const OPTIONS = ['max', 'key', 'store', 'whenFull', 'postponeMs', 'leaseMs'];

/**
 * Lets so many jobs of a key run at once. What is one too many has not failed: it is put off and uses up no attempt, or waits.
 *
 * @throws TypeError or RangeError for options out of range; PostponedError when called
 * @example
 * pipeline<JobContext<Mail>, void>().use(concurrency({ max: 2, key: (ctx: JobContext<Mail>) => ctx.data.customer }));
 */
export function concurrency<C extends JobContext = JobContext>(
  options: ConcurrencyOptions<C>,
): JobMiddleware<C> {
  const settings = checked(options);
  const { max, whenFull, postponeMs } = settings;
  const run = settings.store ? inStore(settings) : inProcess(settings);
  return jobMiddleware<C>(
    {
      name: 'concurrency',
      description: 'Lets so many jobs of a key run at once.',
      options: { max, whenFull, postponeMs },
    },
    (ctx, next) => {
      noteAttempt(ctx);
      return run(ctx, next);
    },
  );
}

interface Settings<C> {
  readonly max: number;
  readonly keyOf: (ctx: C) => string | undefined;
  readonly store: KeyStore | undefined;
  readonly whenFull: 'postpone' | 'wait';
  readonly postponeMs: number;
  readonly leaseMs: number;
}

type Run<C> = (ctx: C, next: (ctx?: C) => Awaitable<unknown>) => Awaitable<unknown>;

function checked<C extends JobContext>(options: ConcurrencyOptions<C>): Settings<C> {
  checkNames('concurrency()', options, OPTIONS);
  const { max, key, store, whenFull = 'postpone' } = options;
  const keyOf = key ?? (({ job }: C) => JSON.stringify([job.queue, job.name]));
  if (typeof keyOf !== 'function') throw unexpected('key', 'a function', key);
  if (whenFull !== 'postpone' && whenFull !== 'wait') {
    throw unexpected('whenFull', `'postpone' or 'wait'`, whenFull);
  }
  if (store !== undefined) {
    checkKeyStore(store);
    if (whenFull === 'wait') throw outOfRange('whenFull', `'postpone' with a \`store\``, whenFull);
  }
  return {
    max: checkWhole('max', max, 1),
    keyOf,
    store,
    whenFull,
    postponeMs: checkMs('postponeMs', options.postponeMs ?? 1000, 1),
    leaseMs: checkMs('leaseMs', options.leaseMs ?? 60_000, 1),
  };
}

/** A bulkhead for each key. */
function inProcess<C extends JobContext>(settings: Settings<C>): Run<C> {
  const { max, keyOf, whenFull, postponeMs } = settings;
  const maxQueue = whenFull === 'wait' ? Number.MAX_SAFE_INTEGER : 0;
  const make = (clock: Clock) =>
    keyed(() => bulkhead({ maxConcurrent: max, maxQueue, clock }), { clock, key: keyOf });
  const refusal = new PostponedRefusal(make, 'BULKHEAD_FULL', () => postponeMs);
  return (ctx, next) => refusal.run(ctx, next);
}

/** As many keys as there are places. */
function inStore<C extends JobContext>(settings: Settings<C>): Run<C> {
  const { max, keyOf, postponeMs } = settings;
  return async (ctx, next) => {
    const key = keyOf(ctx);
    if (key === undefined) return next(ctx);
    const hold = await place(settings, `concurrency:${key}`, ctx.clock);
    if (!hold) throw new PostponedError(postponeMs);
    try {
      return await next(ctx);
    } finally {
      await hold.release();
    }
  };

  async function place(
    { store, leaseMs }: Settings<C>,
    key: string,
    clock: Clock,
  ): Promise<KeyHold | undefined> {
    for (let at = 0; at < max; at++) {
      const hold = await KeyHold.take(`${key}:${at}`, {
        store: store as KeyStore,
        leaseMs,
        clock,
        onFailure: reportFailure,
      });
      if (hold) return hold;
    }
    return undefined;
  }
}
