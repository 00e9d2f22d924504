/** Shed pressure: by how much more comes than can be done, as the share of calls that has to be refused. */

/** Something before which calls wait: a bulkhead, an adaptive limit, or whatever else says how long whoever is next has waited. */
export interface WaitingLine {
  state(): { readonly waitedMs: number };
}

/** Something that refuses calls: an adaptive limit, a bulkhead, or whatever else counts as they do. */
export interface Turnstile {
  state(): { readonly started: number; readonly rejected: number };
}

/** How overloaded what it looks at has been, from 0 to below 1. */
export interface Overload {
  /** A call has come. */
  look(): void;
  /** An interval is over. */
  measure(): number;
}

/**
 * By delay, after CoDel (Nichols and Jacobson, "Controlling queue delay", 2012): a queue is too long if nobody in a whole interval has
 * waited for less than the target. Then the overload is by how much the shortest wait was too long, as a share.
 */
export function overloadByDelay(line: WaitingLine, targetMs: () => number): Overload {
  let shortestMs = Infinity;
  const look = (): void => {
    const { waitedMs } = line.state();
    if (waitedMs < shortestMs) shortestMs = waitedMs;
  };
  return {
    look,
    measure() {
      look();
      const waitedMs = shortestMs;
      shortestMs = Infinity;
      return waitedMs > targetMs() && waitedMs < Infinity ? 1 - targetMs() / waitedMs : 0;
    },
  };
}

/** By refusals: the share of calls that it has refused. */
export function overloadByRefusals(turnstile: Turnstile): Overload {
  let before = turnstile.state();
  return {
    look() {},
    measure() {
      const { started, rejected } = turnstile.state();
      // Counts that have gone down have been reset.
      const isReset = started < before.started || rejected < before.rejected;
      const refused = isReset ? rejected : rejected - before.rejected;
      const asked = refused + (isReset ? started : started - before.started);
      before = { started, rejected };
      return asked > 0 ? refused / asked : 0;
    },
  };
}
