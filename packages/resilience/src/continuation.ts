/** Continuation: lets one caller's work go on from another's event, in the async context of its own caller. */

/**
 * Gives back a function that lets `run` be called, once, a microtask later, in the async context of now. Whoever waits in a queue or for a
 * timer shared with others is woken in somebody else's context, where traces and `AsyncLocalStorage` would be those of a stranger.
 */
export function continuation(run: () => void): () => void {
  let goOn!: () => void;
  void new Promise<void>((resolve) => {
    goOn = resolve;
  }).then(run);
  return goOn;
}
