/** JobEnds: tells who waits for the end of a job, by the events of BullMQ. */
import { QueueEvents } from 'bullmq';
import type { JobEnd } from '../driver.ts';
import { closeOrCut, type NativeEvents, type NativeQueue, type Opening } from './connected.ts';

/** As many as BullMQ keeps. */
const MAX_EVENTS = 10_000;

type Listener = (end: JobEnd | undefined) => void;

/** The ends of the jobs of one queue. A connection of its own is opened once somebody waits, as to read events blocks it. */
export class JobEnds {
  readonly #opening: Opening;
  readonly #queue: NativeQueue;
  readonly #waiting = new Map<string, Set<Listener>>();
  #events: Promise<NativeEvents> | undefined;

  constructor(queue: NativeQueue, opening: Opening) {
    this.#queue = queue;
    this.#opening = opening;
  }

  /**
   * Waits for the end of the job under this id.
   *
   * @throws the signal's reason
   */
  async whenEnded(id: string, signal?: AbortSignal): Promise<JobEnd | undefined> {
    signal?.throwIfAborted();
    let stop = (): void => {};
    const ending = new Promise<JobEnd | undefined>((resolve, reject) => {
      const abort = (): void => reject(signal?.reason as Error);
      signal?.addEventListener('abort', abort);
      this.#listen(id, resolve);
      stop = () => {
        signal?.removeEventListener('abort', abort);
        this.#unlisten(id, resolve);
      };
      // It may have ended before anybody listened.
      this.#endOf(id).then((end) => end !== 'not yet' && resolve(end), reject);
    });
    return ending.finally(() => stop());
  }

  async close(): Promise<void> {
    for (const listeners of this.#waiting.values()) for (const tell of listeners) tell(undefined);
    const events = await this.#events?.catch(() => undefined);
    if (events) await closeOrCut(events, this.#opening);
  }

  async #endOf(id: string): Promise<JobEnd | 'not yet' | undefined> {
    await this.#follow();
    const job = await this.#queue.getJob(id);
    if (!job) return undefined;
    const state = await job.getState();
    if (state === 'completed') {
      // What the job was a moment ago may be from before its end.
      const { returnvalue } = (await this.#queue.getJob(id)) ?? job;
      return { kind: 'completed', result: returnvalue as unknown };
    }
    if (state !== 'failed') return 'not yet';
    const { failedReason } = (await this.#queue.getJob(id)) ?? job;
    return { kind: 'failed', failedReason };
  }

  /** Whoever asks how a job is after this misses no end of it. */
  async #follow(): Promise<void> {
    this.#events ??= this.#open();
    try {
      await this.#events;
    } catch (error) {
      this.#events = undefined;
      throw error;
    }
  }

  async #open(): Promise<NativeEvents> {
    const { connected, backend, onError } = this.#opening;
    // An event of ours shows where the events of now begin: whatever comes after it is read, also what comes before the first reading.
    const lastEventId = await this.#queue
      .getBackend()
      .publishEvent({ event: 'interpose:follow' }, MAX_EVENTS);
    const events = new QueueEvents(this.#queue.name, { ...connected, lastEventId }, backend);
    events.on('error', onError);
    events.on('completed', ({ jobId, returnvalue }) =>
      this.#tell(jobId, { kind: 'completed', result: returnvalue as unknown }),
    );
    events.on('failed', ({ jobId, failedReason }) =>
      this.#tell(jobId, { kind: 'failed', failedReason }),
    );
    events.on('removed', ({ jobId }) => this.#tell(jobId, undefined));
    return events;
  }

  #tell(id: string, end: JobEnd | undefined): void {
    for (const tell of this.#waiting.get(id) ?? []) tell(end);
  }

  #listen(id: string, listener: Listener): void {
    const listeners = this.#waiting.get(id);
    if (listeners) listeners.add(listener);
    else this.#waiting.set(id, new Set([listener]));
  }

  #unlisten(id: string, listener: Listener): void {
    const listeners = this.#waiting.get(id);
    listeners?.delete(listener);
    if (listeners?.size === 0) this.#waiting.delete(id);
  }
}
