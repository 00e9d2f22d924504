/** holdsLease: asks whether a run may still speak for its job. */
import { LeaseLostError } from './errors.ts';
import type { JobContext } from './job-context.ts';

/** False if another worker has the job: how it has failed here is not how it will have ended. A store that cannot say so does not take it away. */
export async function holdsLease(ctx: JobContext): Promise<boolean> {
  try {
    await ctx.renew();
    return true;
  } catch (error) {
    return !LeaseLostError.is(error);
  }
}
