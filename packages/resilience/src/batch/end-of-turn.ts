/** Runs something once everything that needs no time has run. */
import type { Clock } from '@interpose/kernel';

type Later = (run: () => void) => void;

/** Node, Bun and Deno have it. Taken once, when the file is loaded, so that a test runner's fake timers do not stop it. */
const { nextTick } =
  (globalThis as { readonly process?: { readonly nextTick?: Later } }).process ?? {};

/**
 * Calls `run` when the microtasks that are queued now, and all that they queue, have run: promises that follow from one another without
 * waiting for anything are behind it. Where the platform cannot tell, it is a timer of the clock.
 */
export function atEndOfTurn(clock: Clock, run: () => void): void {
  // Called at once, it would come before the microtasks of a turn that has not begun to run them.
  if (nextTick) void Promise.resolve().then(() => nextTick(run));
  else clock.setTimer(run, 0);
}
