/** MemoryLease: one job in the hands of a consumer, for as long as it is there. */
import type { Delivery, Settlement } from '../driver.ts';
import { LeaseLostError } from '../errors.ts';
import type { Job } from '../job.ts';
import { jsonText } from '../json-text.ts';
import type { JobStore } from './job-store.ts';
import type { StoredJob } from './stored-job.ts';

/** Where leased jobs are. */
export interface LeaseSource {
  readonly store: JobStore;
  readonly maxLogLines: number;
}

/** Once it is lost, nothing that comes from it reaches the job. */
export class MemoryLease implements Delivery {
  readonly job: Job;
  readonly redelivered: boolean;
  readonly exhausted: boolean;
  readonly #source: LeaseSource;
  readonly #stored: StoredJob;
  #held = true;
  #lost: { readonly reason: Error } | undefined;
  #controller: AbortController | undefined;
  #tell: ((reason: unknown) => void) | undefined;

  constructor(source: LeaseSource, stored: StoredJob, maxRedeliveries: number) {
    this.#source = source;
    this.#stored = stored;
    stored.lease = this;
    this.job = stored.snapshot();
    this.redelivered = stored.left;
    this.exhausted = stored.deaths > maxRedeliveries;
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#lost) this.#controller.abort(this.#lost.reason);
    }
    return this.#controller.signal;
  }

  get isAborted(): boolean {
    return this.#lost !== undefined;
  }

  onAbort(run: (reason: unknown) => void): void {
    if (this.#lost) run(this.#lost.reason);
    else this.#tell = run;
  }

  progress(value: number | object): Promise<void> {
    // A value that cannot be written rejects.
    return new Promise((resolve) => {
      const text = jsonText('progress', value);
      if (this.#held) this.#stored.progress = text;
      resolve();
    });
  }

  log(line: string): Promise<void> {
    const { logs } = this.#stored;
    if (this.#held) logs.push(line);
    if (logs.length > this.#source.maxLogLines) logs.shift();
    return Promise.resolve();
  }

  renew(): Promise<void> {
    return this.#held
      ? Promise.resolve()
      : Promise.reject(new LeaseLostError(this.job.id, { cause: this.#lost?.reason }));
  }

  settle(settlement: Settlement): void {
    if (!this.#held) return;
    this.#source.store.settle(this.#stored, settlement);
    this.#held = false;
  }

  /** Puts the job back before all that wait. */
  giveBack(reason: Error): void {
    if (!this.#held) return;
    this.#source.store.giveBack(this.#stored);
    this.#end(reason);
  }

  /** Nobody renews it any more: it is lost after so much time. */
  abandon(leaseMs: number): void {
    if (!this.#held) return;
    this.#held = false;
    this.#source.store.abandon(this.#stored, leaseMs);
  }

  /** Somebody else has the job from now on. */
  lose(): void {
    this.#end(new LeaseLostError(this.job.id));
  }

  #end(reason: Error): void {
    this.#held = false;
    this.#lost = { reason };
    this.#controller?.abort(reason);
    this.#tell?.(reason);
  }
}
