/** watchedSignal: an abort signal that counts who still listens to it. */

/** A signal, the means to abort it, and the count of its listeners. */
export interface WatchedSignal {
  readonly signal: AbortSignal;
  /** How many listeners it has now. */
  readonly listeners: number;
  abort(reason: unknown): void;
}

interface Entry {
  readonly type: string;
  readonly listener: unknown;
  readonly capture: boolean;
  readonly once: boolean;
  readonly until: AbortSignal | undefined;
}

/** Makes a real signal whose listeners are counted; `onabort` counts as one. */
export function watchedSignal(): WatchedSignal {
  const controller = new AbortController();
  const { signal } = controller;
  const add: AbortSignal['addEventListener'] = signal.addEventListener.bind(signal);
  const remove: AbortSignal['removeEventListener'] = signal.removeEventListener.bind(signal);
  let entries: readonly Entry[] = [];
  let onabort: ((event: Event) => void) | null = null;
  add('abort', (event) => onabort?.call(signal, event));
  const without = (gone: Entry): readonly Entry[] =>
    entries.filter(
      ({ type, listener, capture }) =>
        type !== gone.type || listener !== gone.listener || capture !== gone.capture,
    );

  Object.defineProperties(signal, {
    addEventListener: {
      value(...args: Parameters<typeof add>) {
        const entry = entryOf(args);
        // As in the DOM, the same listener counts once.
        entries = [...without(entry), entry];
        add(...args);
      },
    },
    removeEventListener: {
      value(...args: Parameters<typeof remove>) {
        entries = without(entryOf(args));
        remove(...args);
      },
    },
    // Of its own, since platforms differ in whether the usual one goes by way of addEventListener.
    onabort: {
      get: () => onabort,
      set(listener: typeof onabort) {
        onabort = typeof listener === 'function' ? listener : null;
      },
    },
  });

  return {
    signal,
    get listeners() {
      const left = entries.filter(
        ({ type, once, until }) => !until?.aborted && !(once && type === 'abort' && signal.aborted),
      );
      return left.length + (onabort ? 1 : 0);
    },
    abort: (reason) => controller.abort(reason),
  };
}

function entryOf([type, listener, options]: Parameters<AbortSignal['addEventListener']>): Entry {
  const {
    capture = false,
    once = false,
    signal,
  } = typeof options === 'object' ? options : { capture: options };
  return { type, listener, capture, once, until: signal };
}
