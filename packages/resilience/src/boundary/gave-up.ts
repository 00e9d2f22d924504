/** Tells a call that its caller has given up from one that failed: there is nobody left to answer, and nothing to mend. */
import { endOf } from '../scope.ts';

/** True for the reason with which the caller gave up, and for what an aborted operation makes of it. */
export function gaveUp(ctx: unknown, error: unknown): boolean {
  const end = endOf(ctx);
  if (!end?.aborted) return false;
  if (error === end.reason) return true;
  try {
    return error instanceof Error && error.name === 'AbortError';
  } catch {
    // An error that cannot be read is an error like any other.
    return false;
  }
}
