/** runDelivery: runs one job that was handed out, and says what it has come to. */
import type { Outcome } from '@interpose/kernel';
import type { Delivery } from '../driver.ts';
import { StalledError } from '../errors.ts';
import type { JobContext } from '../job-context.ts';
import { EndListeners, type Telling } from './end-listeners.ts';
import { failThrough, type JobHandler } from './job-handler.ts';
import { runContext } from './run-context.ts';
import { type Verdict, verdictOn } from './verdict.ts';

/** Runs the job and then calls those who wait for its end. Never rejects. */
export async function runDelivery(
  handler: JobHandler<never>,
  delivery: Delivery,
  telling: Telling,
): Promise<Verdict> {
  const ends = new EndListeners();
  const ctx = runContext<never>(delivery, telling.clock, ends);
  const outcome = await outcomeOf(handler, ctx, delivery);
  const verdict = verdictOn(outcome, {
    lost: delivery.isAborted ?? delivery.signal.aborted,
    last: ctx.attempt >= ctx.maxAttempts,
  });
  await ends.tell(verdict.end, telling);
  return verdict;
}

async function outcomeOf(
  handler: JobHandler<never>,
  ctx: JobContext<never>,
  { exhausted, job }: Delivery,
): Promise<Outcome<unknown>> {
  try {
    const run = exhausted ? failThrough(handler, ctx, new StalledError(job.id)) : handler(ctx);
    return { ok: true, value: await run };
  } catch (error) {
    return { ok: false, error };
  }
}
