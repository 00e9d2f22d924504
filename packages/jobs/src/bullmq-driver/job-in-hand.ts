/** JobInHand: a job that is being run, and the lease by which the worker holds it. */
import { systemClock } from '@interpose/kernel/clock';
import type { IQueueBackend, Job as BullJob } from 'bullmq';
import type { Delivery } from '../driver.ts';
import { LeaseLostError, WorkerClosedError } from '../errors.ts';
import type { Job } from '../job.ts';
import type { Bounded } from './bounded.ts';

/** What a job in hand needs to know of the consumption. */
export interface Holding {
  readonly leaseMs: number;
  readonly bounded: Bounded;
  readonly backend: IQueueBackend;
}

/** What was handed out. */
export interface Handed {
  readonly native: BullJob;
  readonly token: string;
  readonly job: Job;
  readonly exhausted: boolean;
}

/** A job in the hands of the consumer. */
export class JobInHand implements Delivery {
  readonly job: Job;
  readonly redelivered: boolean;
  readonly exhausted: boolean;
  readonly token: string;
  /** When the lease was last known to be ours, by the system's clock. */
  renewedAtMs: number = systemClock.now();
  readonly #native: BullJob;
  readonly #holding: Holding;
  // Made when somebody asks for the signal: most handlers do not.
  #controller: AbortController | undefined;
  #lost: LeaseLostError | WorkerClosedError | undefined;
  #tell: ((reason: unknown) => void) | undefined;
  #isGivenBack = false;

  constructor({ native, token, job, exhausted }: Handed, holding: Holding) {
    this.job = job;
    this.redelivered = exhausted || native.stalledCounter > 0;
    this.exhausted = exhausted;
    this.token = token;
    this.#native = native;
    this.#holding = holding;
  }

  /** The id by which BullMQ knows the job. */
  get nativeId(): string {
    return this.#native.id as string;
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#lost) this.#controller.abort(this.#lost);
    }
    return this.#controller.signal;
  }

  /** Whether the lease is known to be lost, or was given up. */
  get isAborted(): boolean {
    return this.#lost !== undefined;
  }

  /** Whether the job was put back among those that wait: then what becomes of this run is of no interest. */
  get isGivenBack(): boolean {
    return this.#isGivenBack;
  }

  readonly onAbort = (run: (reason: unknown) => void): void => {
    if (this.#lost) run(this.#lost);
    else this.#tell = run;
  };

  readonly progress = (value: number | object): Promise<void> =>
    this.#holding.bounded('progress', () => this.#native.updateProgress(value));

  readonly log = (line: string): Promise<void> =>
    this.#holding.bounded('log', async () => {
      await this.#native.log(line);
    });

  readonly renew = (): Promise<void> =>
    this.#holding.bounded('renew', async () => {
      if (this.#lost) throw this.#lostForGood();
      const at = systemClock.now();
      if (!(await this.#native.extendLock(this.token, this.#holding.leaseMs))) {
        this.lose();
        throw this.#lostForGood();
      }
      this.renewedAtMs = at;
    });

  #lostForGood(): LeaseLostError {
    return new LeaseLostError(this.job.id, { cause: this.#lost });
  }

  /** The lease is lost: tells the handler. */
  lose(reason: LeaseLostError | WorkerClosedError = new LeaseLostError(this.job.id)): Error {
    if (!this.#lost) {
      this.#lost = reason;
      this.#controller?.abort(reason);
      this.#tell?.(reason);
    }
    return this.#lost;
  }

  /** Ends the lease, and puts the job back among those that wait, marked as one that was begun. */
  async giveBack(): Promise<void> {
    this.#isGivenBack = true;
    this.lose(new WorkerClosedError(this.job.id));
    await this.#holding.backend.moveToDelayed(this.nativeId, systemClock.wall(), 0, this.token, {
      skipAttempt: true,
      fieldsToUpdate: { stc: this.#native.stalledCounter + 1 },
    });
  }
}
