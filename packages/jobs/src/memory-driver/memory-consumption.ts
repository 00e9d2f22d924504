/** MemoryConsumption: hands the jobs of a queue in memory to one consumer. */
import type { ConsumeOptions, Consumer, Consumption } from '../driver.ts';
import { WorkerClosedError } from '../errors.ts';
import { type LeaseSource, MemoryLease } from './memory-lease.ts';
import type { StoredJob } from './stored-job.ts';

/** What a consumption needs of its queue. */
export interface Source extends LeaseSource {
  /** Something may have changed that lets jobs be handed out. */
  readonly wake: () => void;
  /** The consumption takes no more, and nothing is under way. */
  readonly onEnded: (consumption: MemoryConsumption) => void;
}

/** Jobs of one queue on their way to one consumer. */
export class MemoryConsumption implements Consumption {
  readonly options: ConsumeOptions;
  readonly #source: Source;
  readonly #consumer: Consumer;
  readonly #leases = new Set<MemoryLease>();
  readonly #listeners = new Set<(error: Error) => void>();
  readonly #idle = new Set<() => void>();
  #paused = false;
  #closed = false;

  constructor(source: Source, options: ConsumeOptions, consumer: Consumer) {
    this.#source = source;
    this.options = options;
    this.#consumer = consumer;
  }

  /** Whether it takes no more, for good. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Whether it takes another job now. */
  get wants(): boolean {
    return !this.#closed && !this.#paused && this.#leases.size < this.options.concurrency;
  }

  /** Gives the consumer a job that has been taken from the store. */
  begin(job: StoredJob): void {
    const lease = new MemoryLease(this.#source, job, this.options.maxRedeliveries);
    this.#leases.add(lease);
    void this.#run(lease);
  }

  pause(): Promise<void> {
    this.#paused = true;
    return Promise.resolve();
  }

  resume(): void {
    this.#paused = false;
    this.#source.wake();
  }

  async close({ force = false }: { readonly force?: boolean } = {}): Promise<void> {
    this.#closed = true;
    if (force)
      for (const lease of this.#leases) lease.giveBack(new WorkerClosedError(lease.job.id));
    if (force) this.#leases.clear();
    this.#rest();
    if (this.#leases.size > 0) await new Promise<void>((resolve) => this.#idle.add(resolve));
  }

  /** As if its process had died: nobody renews its leases, and what it settles reaches nobody. */
  kill(): void {
    this.#closed = true;
    for (const lease of this.#leases) lease.abandon(this.options.leaseMs);
    this.#leases.clear();
    this.#rest();
  }

  onError(listener: (error: Error) => void): void {
    this.#listeners.add(listener);
  }

  async #run(lease: MemoryLease): Promise<void> {
    try {
      lease.settle(await this.#consumer(lease));
    } catch (cause) {
      const error = cause instanceof Error ? cause : new Error(String(cause));
      lease.settle({ kind: 'failed', error, final: false });
      for (const listener of this.#listeners) listener(error);
    }
    this.#leases.delete(lease);
    this.#rest();
  }

  /** Something has come to its end here. */
  #rest(): void {
    if (this.#closed && this.#leases.size === 0) {
      this.#source.onEnded(this);
      for (const tell of this.#idle) tell();
      this.#idle.clear();
    }
    this.#source.wake();
  }
}
