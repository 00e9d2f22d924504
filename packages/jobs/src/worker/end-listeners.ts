/** EndListeners: what is to be done once a run is over, once for each key. */
import { type Awaitable, type Clock, isThenable } from '@interpose/kernel';
import { unexpected } from '@interpose/kernel/options';
import { settledWithin } from '../bounded-wait.ts';
import { OnEndTimeoutError } from '../errors.ts';
import type { RunEnd } from '../job-context.ts';

/** Is told how a run has ended. */
export type EndListener = (end: RunEnd) => Awaitable<void>;

/** How listeners are told. */
export interface Telling {
  readonly clock: Clock;
  /** How long one of them may take, in milliseconds. */
  readonly onEndMs: number;
  /** Is given what one of them throws. */
  readonly report: (error: unknown) => void;
}

/** The listeners of one run. */
export class EndListeners {
  #listeners: Map<string, EndListener> | undefined;
  #isOver = false;
  #areTold = false;

  /** The last listener of a key counts; what comes after the end is never called. */
  add(key: string, listener: EndListener): void {
    if (typeof key !== 'string') throw unexpected('key', 'a text', key);
    if (typeof listener !== 'function') throw unexpected('listener', 'a function', listener);
    if (!this.#isOver) (this.#listeners ??= new Map()).set(key, listener);
  }

  /** Whether all have been told: then the run is over for everybody. */
  get areTold(): boolean {
    return this.#areTold;
  }

  /** Calls them one after the other; none keeps the next from its turn. */
  async tell(end: RunEnd, { clock, onEndMs, report }: Telling): Promise<void> {
    this.#isOver = true;
    for (const [key, listener] of this.#listeners ?? []) {
      try {
        const said = listener(end);
        if (isThenable(said) && !(await settledWithin(said, onEndMs, clock))) {
          report(new OnEndTimeoutError(key, onEndMs));
        }
      } catch (error) {
        report(error);
      }
    }
    this.#areTold = true;
  }
}
