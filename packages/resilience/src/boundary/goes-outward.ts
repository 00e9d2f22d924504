/** Tells errors that nobody in between may answer: the caller has given up, or the error is an instruction to the host. */
import { passes } from '../instruction.ts';
import { endOf } from '../scope.ts';

/**
 * True for the reason with which the caller gave up, and for what an aborted operation makes of it: there is nobody left to answer, and
 * nothing to mend. True for an instruction, too.
 */
export function goesOutward(ctx: unknown, error: unknown): boolean {
  if (passes(error)) return true;
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
