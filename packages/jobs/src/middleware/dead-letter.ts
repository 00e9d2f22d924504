/** deadLetter: keeps a job that has failed for good, with all that is needed to know why and to run it again. */
import { checkNames, unexpected } from '@interpose/kernel/options';
import { errorFacts } from '@interpose/resilience/boundary';
import { AttemptSum, noteAttempt } from '../attempts.ts';
import { deathReason, type LetterBox } from '../dead-letters/letter-box.ts';
import type { JobContext, RunEnd } from '../job-context.ts';
import { endKey, type JobMiddleware, jobMiddleware } from '../job-middleware.ts';
import { holdsLease } from '../lease-held.ts';

/** Options of `deadLetter`. */
export interface DeadLetterOptions {
  /** Where letters are kept, such as `deadLetters(driver)`. */
  readonly letters: LetterBox;
}

/**
 * Keeps one letter for each job that has failed for good: after the last attempt of the queue and of any retry, wherever it stands, or
 * because the error said that there is to be no other. A job that was handed out a second time and succeeds loses the letter that its
 * first run has left. If the letter cannot be kept, the worker is told, and the job fails all the same.
 *
 * @throws TypeError for options that are none
 * @example
 * const letters = deadLetters(driver);
 * pipeline<JobContext, void>().use(retry()).use(deadLetter({ letters }));
 */
export function deadLetter(options: DeadLetterOptions): JobMiddleware {
  checkNames('deadLetter()', options, ['letters']);
  const { letters } = options;
  const { put, discard } = (letters ?? {}) as Partial<LetterBox>;
  if (typeof put !== 'function' || typeof discard !== 'function') {
    throw unexpected('letters', 'a place for dead letters', letters);
  }
  const key = endKey('deadLetter');
  const attempts = new AttemptSum();
  return jobMiddleware(
    { name: 'deadLetter', description: 'Keeps jobs that have failed for good.' },
    (ctx, next) => {
      noteAttempt(ctx);
      // Where there is nothing to wait for, there is no promise: most jobs are done and have no letter.
      ctx.onEnd(key, (end) => {
        if (end.kind === 'postponed') return undefined;
        if (end.kind === 'retrying') return attempts.keep(ctx);
        const sum = attempts.take(ctx);
        if (end.kind === 'failed') return bury(letters, ctx, { end, attempts: sum });
        return mayHaveLetter(ctx) ? revive(letters, ctx) : undefined;
      });
      return next(ctx);
    },
  );
}

interface Death {
  readonly end: Extract<RunEnd, { readonly kind: 'failed' }>;
  readonly attempts: number;
}

async function bury(letters: LetterBox, ctx: JobContext, { end, attempts }: Death): Promise<void> {
  if (!(await holdsLease(ctx))) return;
  const { job, clock, redelivered } = ctx;
  await letters.put({
    jobId: job.id,
    queue: job.queue,
    name: job.name,
    data: job.data,
    options: job.options,
    reason: deathReason(end.error),
    error: errorFacts(end.error),
    attempts,
    redelivered,
    addedAtMs: job.addedAtMs,
    failedAtMs: clock.wall(),
  });
}

/** Only what had failed before can have left a letter; to ask for all would cost each job a question. */
const mayHaveLetter = ({ job, redelivered }: JobContext): boolean =>
  redelivered || job.failedReason !== undefined;

async function revive(letters: LetterBox, { job }: JobContext): Promise<void> {
  await letters.discard(job.id, { queue: job.queue });
}
