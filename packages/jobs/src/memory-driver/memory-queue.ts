/** MemoryQueue: one queue in memory, and the handing out of its jobs. */
import type { CancelTimer } from '@interpose/kernel';
import type { ConsumeOptions, Consumer, DriverQueue, JobEnd, NewJob, Repeat } from '../driver.ts';
import type { Job, JobState } from '../job.ts';
import { JobStore, type StoreSettings } from './job-store.ts';
import { LimiterWindow } from './limiter-window.ts';
import { MemoryConsumption } from './memory-consumption.ts';
import { Schedulers } from './schedulers.ts';
import type { StoredJob } from './stored-job.ts';
import { Watchers } from './watchers.ts';

/** After so many turns everything else in the process has one, too. */
const TURNS = 10_000;

/** Jobs are handed out after the caller's turn, so that whoever adds one knows its id before it runs. */
export class MemoryQueue implements DriverQueue {
  readonly #settings: StoreSettings;
  readonly #watchers = new Watchers();
  readonly #store: JobStore;
  readonly #schedulers: Schedulers;
  readonly #consumptions = new Set<MemoryConsumption>();
  readonly #window = new LimiterWindow();
  #paused = false;
  #woken = false;
  #turns = 0;
  #alarm: CancelTimer | undefined;

  constructor(name: string, settings: StoreSettings) {
    this.#settings = settings;
    this.#store = new JobStore(name, settings, (job) => this.#watchers.ended(job));
    this.#schedulers = new Schedulers(this.#store, settings.clock);
  }

  add(job: NewJob): Promise<Job> {
    return promised(() => this.#addAll([job])[0] as Job);
  }

  addMany(jobs: readonly NewJob[]): Promise<readonly Job[]> {
    return promised(() => this.#addAll(jobs));
  }

  get(id: string): Promise<Job | undefined> {
    return Promise.resolve(this.#store.get(id)?.snapshot());
  }

  logs(id: string): Promise<readonly string[]> {
    return Promise.resolve([...(this.#store.get(id)?.logs ?? [])]);
  }

  counts(): Promise<Readonly<Record<JobState, number>>> {
    return Promise.resolve(this.#store.counts());
  }

  list(
    state: JobState,
    { offset = 0, limit = 100 }: { readonly offset?: number; readonly limit?: number } = {},
  ): Promise<readonly Job[]> {
    const found: Job[] = [];
    let at = 0;
    for (const job of this.#store.list(state)) {
      if (found.length >= limit) break;
      if (at++ >= offset) found.push(job.snapshot());
    }
    return Promise.resolve(found);
  }

  remove(id: string): Promise<boolean> {
    const job = this.#store.get(id);
    const removed = job !== undefined && this.#store.remove(job);
    if (removed) this.#watchers.ended(job);
    return Promise.resolve(removed);
  }

  retry(id: string): Promise<boolean> {
    const job = this.#store.get(id);
    const retried = job !== undefined && this.#store.retry(job);
    if (retried) this.#wake();
    return Promise.resolve(retried);
  }

  whenEnded(id: string, signal?: AbortSignal): Promise<JobEnd | undefined> {
    return this.#watchers.whenEnded(this.#store.get(id), signal);
  }

  pause(): Promise<void> {
    this.#paused = true;
    this.#wake();
    return Promise.resolve();
  }

  resume(): Promise<void> {
    this.#paused = false;
    this.#wake();
    return Promise.resolve();
  }

  schedule(id: string, repeat: Repeat, job: NewJob): Promise<void> {
    return promised(() => {
      this.#schedulers.schedule(id, repeat, job);
      this.#wake();
    });
  }

  unschedule(id: string): Promise<boolean> {
    return Promise.resolve(this.#schedulers.unschedule(id));
  }

  /** Hands out the jobs to one more consumer. */
  consume(options: ConsumeOptions, consumer: Consumer): MemoryConsumption {
    const source = {
      store: this.#store,
      maxLogLines: this.#settings.maxLogLines,
      wake: () => this.#wake(),
      onEnded: (ended: MemoryConsumption) => void this.#consumptions.delete(ended),
    };
    const consumption = new MemoryConsumption(source, options, consumer);
    this.#consumptions.add(consumption);
    this.#wake();
    return consumption;
  }

  /** The consumptions that take jobs, or have some. */
  get consumptions(): readonly MemoryConsumption[] {
    return [...this.#consumptions];
  }

  /** Where one cannot be kept none is added: all are made ready before. */
  #addAll(jobs: readonly NewJob[]): readonly Job[] {
    const drafts = jobs.map((job) => this.#store.draft(job));
    const stored = drafts.map((draft) => this.#store.add(draft));
    this.#wake();
    return stored.map((job) => job.snapshot());
  }

  #wake(): void {
    if (this.#woken) return;
    this.#woken = true;
    const handOut = (): void => {
      this.#woken = false;
      this.#handOut();
    };
    // Jobs that wait for nothing and add each other would never let the process come to anything else.
    if (++this.#turns % TURNS === 0) setImmediate(handOut);
    else queueMicrotask(handOut);
  }

  #handOut(): void {
    const { clock } = this.#settings;
    this.#alarm?.();
    this.#alarm = undefined;
    this.#store.promote();
    if (this.#paused || this.consumptions.every(({ closed }) => closed)) return;
    let wakeMs = Infinity;
    for (const consumption of this.consumptions) {
      const { limiter } = consumption.options;
      while (consumption.wants) {
        const waitMs = this.#window.waitMs(limiter, clock.now());
        if (waitMs > 0) wakeMs = Math.min(wakeMs, clock.now() + waitMs);
        const job = waitMs > 0 ? undefined : this.#store.take();
        if (!job) break;
        this.#window.begin(limiter, clock.now());
        this.#begin(consumption, job);
      }
    }
    wakeMs = Math.min(wakeMs, this.#store.nextDueMs);
    if (wakeMs < Infinity) {
      this.#alarm = clock.setTimer(() => this.#handOut(), wakeMs - clock.now());
    }
  }

  #begin(consumption: MemoryConsumption, job: StoredJob): void {
    this.#schedulers.begun(job);
    consumption.begin(job);
  }
}

/** What `act` throws rejects. */
const promised = <T>(act: () => T): Promise<T> => new Promise((resolve) => resolve(act()));
