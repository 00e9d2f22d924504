/** leaveAtEnd: a run's own end stays joined to its caller's as long as what it answered goes on. */
import { whenEnded } from '@interpose/kernel/when-ended';
import type { Scope } from './scope.ts';

/** Leaves a scope at the end of a stream; with any other result, at once. Gives back what is to be handed on. */
export function leaveAtEnd(scope: Scope, result: unknown): unknown {
  if (typeof result === 'object' && result !== null) {
    try {
      return whenEnded(result, () => scope.leave());
    } catch {
      // An object may refuse even to be looked at.
    }
  }
  scope.leave();
  return result;
}
