/** ResourceGate: reads a probe, lets jobs in while there is room, and names those under way that must go. */
import type { CancelTimer, Clock } from '@interpose/kernel';
import { unexpected } from '@interpose/kernel/options';
import { onAbort, throwIfAborted } from '@interpose/resilience';
import { PostponedError } from '../errors.ts';
import type { JobContext } from '../job-context.ts';
import type { HandlerEnd, LimitReport } from './errors.ts';
import type { LimitFact } from './limit-events.ts';

/** How a gate is set. */
export interface GateSettings {
  readonly limit: number;
  readonly probe: () => number;
  readonly sampleMs: number;
  readonly maxWaitMs: number;
  readonly postponeMs: number;
  /** So many readings in a row above the limit are too many for those under way. */
  readonly readings: number;
  readonly clock: Clock;
  tell(fact: LimitFact): void;
  errorOf(report: LimitReport): Error;
}

/** Somebody under way who can be told to stop. */
export interface Stoppable {
  /** False once it has been told. */
  readonly mayBeStopped: boolean;
  stop(used: number): void;
}

interface Waiting {
  enter(): void;
}

/**
 * While there is room, jobs pass. Above the limit they stand in line, and of each later reading that has room only the first of the line
 * begins: what it takes is to be seen before the next one does.
 */
export class ResourceGate {
  readonly settings: GateSettings;
  readonly counts: { postponed: number; aborted: number } = { postponed: 0, aborted: 0 };
  readonly #line = new Set<Waiting>();
  readonly #runs = new Set<Stoppable>();
  /** The last reading; `undefined` before the first and after one that failed. */
  used: number | undefined;
  #readMs = -Infinity;
  /** Somebody from the line has begun on this reading. */
  #spent = false;
  #readingsOver = 0;
  #cancel: CancelTimer | undefined;

  constructor(settings: GateSettings) {
    this.settings = settings;
  }

  get waiting(): number {
    return this.#line.size;
  }

  get running(): number {
    return this.#runs.size;
  }

  /**
   * Nothing where a job may begin at once; else a promise for when it may.
   *
   * @throws PostponedError, now or later; why the run was ended
   */
  admit(ctx: JobContext): Promise<void> | undefined {
    throwIfAborted(ctx);
    if (this.#line.size === 0) {
      const { clock, sampleMs } = this.settings;
      if (clock.now() - this.#readMs >= sampleMs) this.#read();
      if (!this.#isOver && !this.#spent) return undefined;
    }
    return this.#wait(ctx);
  }

  /** What a limit says of this gate. */
  report(handler: HandlerEnd, cause?: unknown): Error {
    const { settings, used } = this;
    return settings.errorOf({ limit: settings.limit, used, handler, cause });
  }

  /** Is read for as long as it runs; gives back how to say that it is over. */
  enter(run: Stoppable): () => void {
    this.#runs.add(run);
    this.#arm();
    return () => {
      this.#runs.delete(run);
      this.#disarm();
    };
  }

  /** Reads no more by itself. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  get #isOver(): boolean {
    return this.used !== undefined && this.used > this.settings.limit;
  }

  #wait(ctx: JobContext): Promise<void> {
    const { clock, maxWaitMs, postponeMs, tell } = this.settings;
    const sinceMs = clock.now();
    tell({ type: 'waiting', used: this.used });
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        cancel();
        stopListening();
        this.#line.delete(place);
        this.#disarm();
      };
      const place: Waiting = {
        enter: () => {
          leave();
          tell({ type: 'admitted', waitedMs: clock.now() - sinceMs });
          resolve();
        },
      };
      const cancel = clock.setTimer(() => {
        leave();
        this.counts.postponed++;
        tell({ type: 'postponed', waitedMs: clock.now() - sinceMs, used: this.used });
        reject(new PostponedError(postponeMs, { cause: this.report('not-started') }));
      }, maxWaitMs);
      const stopListening = onAbort(ctx, (reason) => {
        leave();
        reject(reason as Error);
      });
      this.#line.add(place);
      this.#arm();
    });
  }

  #arm(): void {
    const { clock, sampleMs } = this.settings;
    this.#cancel ??= clock.setTimer(() => this.#look(), sampleMs);
    // Who waits has nothing else that keeps the process running; who runs has.
    this.#cancel.hold?.(this.#line.size > 0);
  }

  #disarm(): void {
    if (this.#line.size > 0 || this.#runs.size > 0)
      return this.#cancel?.hold?.(this.#line.size > 0);
    this.stop();
    this.#readingsOver = 0;
  }

  #look(): void {
    this.#cancel = undefined;
    this.#read();
    if (!this.#isOver) {
      const [first] = this.#line;
      this.#spent = first !== undefined;
      first?.enter();
    } else if (this.#readingsOver >= this.settings.readings) this.#stopOne();
    if (this.#line.size > 0 || this.#runs.size > 0) this.#arm();
  }

  /** The youngest has the least to lose; were all to go, nothing would ever be done. */
  #stopOne(): void {
    const run = [...this.#runs].findLast(({ mayBeStopped }) => mayBeStopped);
    if (!run || this.used === undefined) return;
    this.#readingsOver = 0;
    this.counts.aborted++;
    this.settings.tell({ type: 'aborted', used: this.used });
    run.stop(this.used);
  }

  #read(): void {
    const { clock, probe, tell } = this.settings;
    this.#readMs = clock.now();
    this.#spent = false;
    this.used = undefined;
    try {
      const used: unknown = probe();
      if (typeof used !== 'number' || Number.isNaN(used)) {
        throw unexpected('probe()', 'a number', used);
      }
      this.used = used;
    } catch (error) {
      tell({ type: 'probeFailed', error });
    }
    this.#readingsOver = this.#isOver ? this.#readingsOver + 1 : 0;
  }
}
