/** settle: lets everything that needs no time run as far as it can. */

type Later = (run: () => void) => unknown;

// Taken once, when the file is loaded, so that a runner's fake timers do not stop it.
const later: Later =
  (globalThis as { setImmediate?: Later }).setImmediate ?? ((run) => setTimeout(run, 0));

/**
 * Waits until every promise that can settle without the passing of time has done so, with all that follows from it.
 * However long a row of `await` is, one call is enough; timers and sockets are not waited for.
 *
 * @example
 * const answer = run(ctx);      // waits for a slot
 * await settle();
 * expect(handler.calls).toHaveLength(0);
 */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    later(resolve);
  });
}
