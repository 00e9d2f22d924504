/** Links abort signals, and makes them only when somebody asks: a signal is dear, a controller that nobody reads is not. */

/** A signal that follows others, and the end of following. */
export interface LinkedSignal {
  /**
   * Made when first read. Aborts with the reason of `abort`, or of the first of the others to abort; of those that had
   * aborted before anybody asked, the first listed.
   */
  readonly signal: AbortSignal;
  /** True once it has aborted; asking makes no signal. */
  readonly aborted: boolean;
  /** Aborts it. The first reason stays. */
  abort(reason: unknown): void;
  /** Stops following the others for good and leaves no listener with them. */
  dispose(): void;
}

/**
 * Follows any number of signals. Listeners are added when the signal is first read, and removed by `dispose`.
 *
 * @example
 * const linked = linkSignals(ctx.signal);
 * try { return await call({ get signal() { return linked.signal; } }); } finally { linked.dispose(); }
 */
export function linkSignals(...sources: readonly (AbortSignal | undefined)[]): LinkedSignal {
  let followed = sources.filter((source) => source !== undefined);
  let controller: AbortController | undefined;
  let ended: { readonly reason: unknown } | undefined;

  const end = (reason: unknown): void => {
    ended = { reason };
    unlink();
    controller?.abort(reason);
  };
  const hear = ({ target }: Event): void => end((target as AbortSignal).reason);
  const unlink = (): void => {
    for (const source of followed) source.removeEventListener('abort', hear);
    followed = [];
  };
  /** What has happened up to now counts, even if nobody had asked. */
  const hasAborted = (): boolean => {
    const first = followed.find((source) => source.aborted);
    if (first) end(first.reason);
    return ended !== undefined;
  };

  return {
    get signal() {
      if (!controller) {
        hasAborted();
        controller = new AbortController();
        if (ended) controller.abort(ended.reason);
        for (const source of followed) source.addEventListener('abort', hear, { once: true });
      }
      return controller.signal;
    },
    get aborted() {
      return hasAborted();
    },
    abort(reason) {
      if (!hasAborted()) end(reason);
    },
    dispose() {
      hasAborted();
      unlink();
    },
  };
}
