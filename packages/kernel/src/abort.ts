/** Links abort signals, and makes them only when somebody asks: a signal is dear, a controller that nobody reads is not. */

/** A signal that follows others, and the end of following. */
export interface LinkedSignal {
  /** Made when first read. Aborts with the reason of the first of the others, or of `abort`. */
  readonly signal: AbortSignal;
  /** True once it has aborted; asking makes no signal. */
  readonly aborted: boolean;
  /** Aborts it. The first reason stays. */
  abort(reason: unknown): void;
  /** Stops following the others and leaves no listener with them. */
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
  const followed = sources.filter((source) => source !== undefined);
  let controller: AbortController | undefined;
  let ended: { readonly reason: unknown } | undefined;
  const unlink: (() => void)[] = [];

  const dispose = (): void => {
    for (const stop of unlink.splice(0)) stop();
  };
  const abort = (reason: unknown): void => {
    if (ended) return;
    ended = { reason };
    controller?.abort(reason);
    dispose();
  };
  const aborted = (): boolean => {
    const first = followed.find((source) => source.aborted);
    if (first && !ended) abort(first.reason);
    return ended !== undefined;
  };
  const follow = (): AbortController => {
    const made = new AbortController();
    if (aborted()) {
      made.abort(ended?.reason);
      return made;
    }
    for (const source of followed) {
      const listener = (): void => abort(source.reason);
      source.addEventListener('abort', listener, { once: true });
      unlink.push(() => source.removeEventListener('abort', listener));
    }
    return made;
  };

  return {
    get signal() {
      controller ??= follow();
      return controller.signal;
    },
    get aborted() {
      return aborted();
    },
    abort,
    dispose,
  };
}
