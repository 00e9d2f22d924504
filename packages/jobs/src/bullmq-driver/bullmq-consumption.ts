/** BullmqConsumption: jobs that BullMQ's worker hands out, each given to the consumer and settled as it says. */
import { type Job as BullJob, WaitingError } from 'bullmq';
import type { Consumer, ConsumeOptions, Consumption } from '../driver.ts';
import { type Bounded, boundedBy, endsWithin } from './bounded.ts';
import { cut, type Opening } from './connected.ts';
import { JobInHand } from './job-in-hand.ts';
import { viewOf } from './job-view.ts';
import { LeasedWorker } from './leased-worker.ts';
import { LeaseRenewal } from './lease-renewal.ts';
import { HandedJob } from './native-job.ts';
import { settle } from './settle.ts';

/** What is handed out, and to whom. */
export interface Consuming {
  readonly queue: string;
  readonly options: ConsumeOptions;
  readonly consumer: Consumer;
  /** Is told when it is closed. */
  readonly onClosed: () => void;
}

/** Jobs of one queue being handed out. */
export class BullmqConsumption implements Consumption {
  readonly #consuming: Consuming;
  readonly #opening: Opening;
  readonly #bounded: Bounded;
  readonly #worker: LeasedWorker;
  readonly #renewal: LeaseRenewal;
  readonly #listeners = new Set<(error: Error) => void>();
  #isPaused = false;
  #isEnding = false;
  #closing: Promise<void> | undefined;
  #forcing: Promise<void> | undefined;
  #tellIdle: (() => void) | undefined;

  constructor(consuming: Consuming, opening: Opening) {
    const { leaseMs } = consuming.options;
    this.#consuming = consuming;
    this.#opening = opening;
    this.#bounded = boundedBy(opening.answerWithinMs);
    this.#worker = this.#open();
    this.#renewal = new LeaseRenewal(
      (ids, tokens) => this.#worker.extendJobLocks(ids, tokens, leaseMs),
      leaseMs,
      this.#report,
    );
  }

  async pause(): Promise<void> {
    this.#isPaused = true;
    await this.#worker.pause(true);
  }

  resume(): void {
    if (!this.#isPaused || this.#isEnding) return;
    this.#isPaused = false;
    this.#worker.resume().catch(this.#report);
  }

  close({ force = false }: { readonly force?: boolean } = {}): Promise<void> {
    const { onClosed } = this.#consuming;
    if (force) return (this.#forcing ??= this.#closeByForce().finally(onClosed));
    return (this.#closing ??= this.#closeGently().finally(onClosed));
  }

  onError(listener: (error: Error) => void): void {
    this.#listeners.add(listener);
  }

  /** Ends everything at once, as the death of the process does: no lease is renewed, and what is settled reaches nobody. */
  cutOff(): void {
    this.#isEnding = true;
    this.#renewal.abandon();
    this.#worker.stopTimers();
    cut(this.#worker.getBackend(), this.#opening.isShared);
    this.#tellIdle?.();
  }

  #open(): LeasedWorker {
    const { queue, options } = this.#consuming;
    const { concurrency, leaseMs, maxRedeliveries, limiter } = options;
    const { connected, backend } = this.#opening;
    const worker = new LeasedWorker(
      queue,
      (job, token = '') => this.#run(job, token),
      {
        ...connected,
        concurrency,
        lockDuration: leaseMs,
        // What has died is found at the second look.
        stalledInterval: Math.max(1, leaseMs / 2),
        maxStalledCount: maxRedeliveries,
        skipLockRenewal: true,
        ...(limiter && { limiter }),
      },
      backend,
    );
    worker.on('error', this.#report);
    return worker;
  }

  async #run(native: BullJob, token: string): Promise<unknown> {
    // One more may come of a question that was asked before.
    if (this.#isPaused || this.#isEnding) {
      await native.moveToWait(token);
      throw new WaitingError();
    }
    const view = viewOf(this.#consuming.queue, native, 'active');
    const job = new HandedJob(view, { job: native, token });
    const exhausted = this.#worker.isExhausted(native);
    const hand = new JobInHand(
      { native, token, job, exhausted },
      {
        leaseMs: this.#consuming.options.leaseMs,
        bounded: this.#bounded,
        backend: this.#worker.getBackend(),
      },
    );
    this.#renewal.add(hand);
    try {
      const settled = await this.#consuming.consumer(hand);
      // BullMQ is to do nothing with it.
      if (hand.isGivenBack) throw new WaitingError();
      return await settle(native, token, settled);
    } finally {
      if (this.#renewal.delete(hand)) this.#tellIdle?.();
    }
  }

  async #closeGently(): Promise<void> {
    this.#isEnding = true;
    if (this.#renewal.isAbandoned) return;
    const closing = this.#worker.close();
    await Promise.race([closing, this.#whenIdle()]);
    const isClosed = await endsWithin(
      closing,
      this.#renewal.isAbandoned ? 0 : this.#opening.answerWithinMs,
    );
    if (!isClosed) this.cutOff();
    this.#renewal.abandon();
  }

  async #closeByForce(): Promise<void> {
    const { answerWithinMs } = this.#opening;
    this.#isEnding = true;
    await this.#worker.pause(true);
    const returning = this.#renewal.hands.map((hand) => hand.giveBack().catch(this.#report));
    await endsWithin(Promise.all(returning), answerWithinMs);
    if (!this.#closing) await endsWithin(this.#worker.close(true), answerWithinMs);
    this.cutOff();
  }

  #whenIdle(): Promise<void> {
    if (this.#renewal.hands.length === 0) return Promise.resolve();
    return new Promise((resolve) => (this.#tellIdle = resolve));
  }

  readonly #report = (error: Error): void => {
    for (const listener of this.#listeners) listener(error);
  };
}
