/** JobWorker: takes jobs from a driver, counts them, and tells who listens. */
import { unexpected } from '@interpose/kernel/options';
import { unharmed } from '@interpose/kernel/unharmed';
import type { Consumption, Delivery, QueueDriver, Settlement } from '../driver.ts';
import type { Job } from '../job.ts';
import type { JobHandler } from './job-handler.ts';
import { runDelivery } from './job-run.ts';
import { type WorkerEvents, type WorkerListener, WorkerListeners } from './worker-events.ts';
import type { WorkerSettings } from './worker-options.ts';

/** How a worker is doing. */
export interface WorkerState {
  readonly status: 'idle' | 'running' | 'paused' | 'closing' | 'closed';
  /** How many jobs it runs now. */
  readonly active: number;
  /** How many runs have ended each way since it began. */
  readonly completed: number;
  readonly retrying: number;
  readonly failed: number;
  readonly postponed: number;
}

/** How a worker is closed. */
export interface CloseOptions {
  /** Aborts what is under way and gives the jobs back, so that another worker takes them. @default false */
  readonly force?: boolean;
  /** For how long it waits for what is under way before it does so by force, in milliseconds. @default for ever */
  readonly graceMs?: number;
}

/** Takes jobs until it is closed. */
export interface Worker extends AsyncDisposable {
  /** Begins to take jobs; a second call does nothing. */
  start(): void;
  /** Takes no more jobs until `resume`; those under way go on. */
  pause(): Promise<void>;
  resume(): void;
  /** Takes no more jobs, and waits for those under way. */
  close(options?: CloseOptions): Promise<void>;
  state(): WorkerState;
  /** Listens to an event; gives back how to stop. */
  on<K extends keyof WorkerEvents>(type: K, listener: WorkerListener<K>): () => void;
}

/** One worker. */
export class JobWorker implements Worker {
  readonly autorun: boolean;
  readonly #driver: QueueDriver;
  readonly #handler: JobHandler<never>;
  readonly #settings: WorkerSettings;
  readonly #listeners = new WorkerListeners();
  readonly #counts = { completed: 0, retrying: 0, failed: 0, postponed: 0 };
  #consumption: Consumption | undefined;
  #status: WorkerState['status'] = 'idle';
  #active = 0;

  constructor(driver: QueueDriver, handler: JobHandler<never>, settings: WorkerSettings) {
    this.#driver = driver;
    this.#handler = handler;
    this.#settings = settings;
    this.autorun = settings.autorun;
  }

  start(): void {
    if (this.#consumption || this.#isEnding) return;
    const { queue, consume } = this.#settings;
    this.#consumption = this.#driver.consume(queue, consume, (delivery) => this.#run(delivery));
    this.#consumption.onError((error) => this.#report(error));
    if (this.#status === 'paused') void this.#consumption.pause();
    else this.#status = 'running';
  }

  async pause(): Promise<void> {
    if (this.#isEnding) return;
    this.#status = 'paused';
    await this.#consumption?.pause();
  }

  resume(): void {
    if (this.#status !== 'paused') return;
    this.#status = this.#consumption ? 'running' : 'idle';
    this.#consumption?.resume();
  }

  async close({ force = false, graceMs }: CloseOptions = {}): Promise<void> {
    if (graceMs !== undefined && !(graceMs >= 0)) {
      throw unexpected('graceMs', 'a number of milliseconds, 0 or more', graceMs);
    }
    const consumption = this.#consumption;
    if (this.#status !== 'closed') this.#status = 'closing';
    if (consumption) await this.#closed(consumption, { force, graceMs });
    this.#status = 'closed';
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  state(): WorkerState {
    return { status: this.#status, active: this.#active, ...this.#counts };
  }

  on<K extends keyof WorkerEvents>(type: K, listener: WorkerListener<K>): () => void {
    return this.#listeners.on(type, listener);
  }

  get #isEnding(): boolean {
    return this.#status === 'closing' || this.#status === 'closed';
  }

  #closed(
    consumption: Consumption,
    { force, graceMs }: { readonly force: boolean; readonly graceMs: number | undefined },
  ): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const byForce = (): void => void consumption.close({ force: true }).then(resolve, reject);
      if (force) return byForce();
      const cancel =
        graceMs === undefined ? undefined : this.#settings.clock.setTimer(byForce, graceMs);
      consumption
        .close()
        .finally(() => cancel?.())
        .then(resolve, reject);
    });
  }

  async #run(delivery: Delivery): Promise<Settlement> {
    const { clock, onEndMs } = this.#settings;
    const { job } = delivery;
    const report = (error: unknown): void => this.#report(error, job);
    const fromMs = clock.now();
    this.#active++;
    this.#listeners.emit('active', { job }, report);
    const { settlement, end } = await runDelivery(this.#handler, delivery, {
      clock,
      onEndMs,
      report,
    });
    this.#active--;
    this.#counts[end.kind]++;
    const { kind, ...said } = end;
    const event = { ...said, job, elapsedMs: clock.now() - fromMs };
    this.#listeners.emit(kind, event as never, report);
    return settlement;
  }

  #report(error: unknown, job?: Job): void {
    const { onError } = this.#settings;
    const event = job === undefined ? { error } : { error, job };
    const heard = this.#listeners.emit('error', event, (fault) => this.#lastResort(fault));
    if (onError) {
      unharmed(
        () => onError(error, job) as unknown,
        (fault) => this.#lastResort(fault),
      );
    } else if (!heard) this.#lastResort(error);
  }

  #lastResort(error: unknown): void {
    // oxlint-disable-next-line no-console -- nobody else has asked for it
    console.error(`The worker of queue "${this.#settings.queue}" met with an error:`, error);
  }
}
