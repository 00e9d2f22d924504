/** discard: lets go of a result that nobody will get, so that what it holds open is closed. */

interface Body {
  readonly locked?: boolean;
  cancel?(): unknown;
}

/** Cancels a stream, or the body of a `fetch` response, that nobody reads. Never throws, and waits for nothing. */
export function discard(result: unknown): void {
  if (typeof result !== 'object' || result === null) return;
  try {
    const { body } = result as { readonly body?: Body | null };
    const stream = result instanceof ReadableStream ? result : body;
    if (typeof stream?.cancel !== 'function' || stream.locked) return;
    Promise.resolve(stream.cancel()).catch(() => {});
  } catch {
    // What cannot be looked at cannot be closed.
  }
}
