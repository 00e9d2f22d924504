/** DriverKit: what the contract of drivers needs to know of one, and what its cases have in common. */
import { expect } from 'vitest';
import type {
  ConsumeOptions,
  Consumption,
  Delivery,
  DriverQueue,
  QueueDriver,
  Settlement,
} from '../src/driver.ts';
import type { Job, JobState } from '../src/job.ts';

/** One driver on an empty store, and time as it goes there: the machine's or a test's. */
export interface DriverKit {
  readonly driver: QueueDriver;
  /** Milliseconds since some fixed moment, by the time that the driver goes by. */
  now(): number;
  /** Lets so much time pass. */
  advance(ms: number): Promise<void>;
  /** Lets time pass until the condition holds. Throws if that takes half a minute. */
  until(condition: () => boolean | Promise<boolean>): Promise<void>;
  /**
   * Lets a consumption die as with its process: it renews no lease, and what it settles reaches nobody. How that is brought about is the
   * driver's affair.
   */
  kill(consumption: Consumption): Promise<void>;
  /**
   * Does with the job what comes before an instruction of the driver's own, and gives the instruction: an error after which the job is handed
   * out again, and no attempt is used. Left out where a driver has none.
   */
  readonly instruct?: (delivery: Delivery) => Promise<Error>;
  /** Ends the driver and all that was started for it. */
  close(): Promise<void>;
}

/** Starts a driver on an empty store. */
export type OpenDriver = () => DriverKit | Promise<DriverKit>;

/** What one case works with. */
export interface Case {
  readonly kit: DriverKit;
  readonly driver: QueueDriver;
  /** The name of a queue that nobody else uses, and the queue. */
  readonly name: string;
  readonly queue: DriverQueue;
  /** Consumes the queue; what was handed out is written down. */
  consume(
    behave: (delivery: Delivery) => Settlement | Promise<Settlement>,
    options?: Partial<ConsumeOptions>,
  ): Consumed;
  /** Waits until a job is in this state, and gives it. */
  reach(id: string, state: JobState): Promise<Job>;
}

/** A consumption with what it was handed. */
export interface Consumed {
  readonly consumption: Consumption;
  readonly deliveries: readonly Delivery[];
  /** The names of the jobs, in the order in which they came. */
  names(): readonly string[];
  /** When each came, by `kit.now()`. */
  readonly times: readonly number[];
}

/** The counts of an empty queue. */
export const NO_JOBS: Readonly<Record<JobState, number>> = {
  waiting: 0,
  delayed: 0,
  active: 0,
  completed: 0,
  failed: 0,
};

/** Settles as completed. */
export const done = (result?: unknown): Settlement => ({ kind: 'completed', result });

/** Settles as failed. */
export const failed = (
  message = 'broken',
  more: { readonly final?: boolean; readonly retryAfterMs?: number } = {},
): Settlement => ({ kind: 'failed', error: new Error(message), final: false, ...more });

let queues = 0;

/** Runs one case on a driver of its own. */
export async function onDriver(
  open: OpenDriver,
  run: (parts: Case) => Promise<void>,
  name: string = `contract-${++queues}`,
): Promise<void> {
  const kit = await open();
  const { driver } = kit;
  const queue = driver.queue(name);
  try {
    await run({
      kit,
      driver,
      name,
      queue,
      consume(behave, options = {}) {
        const deliveries: Delivery[] = [];
        const times: number[] = [];
        const consumption = driver.consume(
          name,
          { concurrency: 1, leaseMs: 1_000, maxRedeliveries: 1, ...options },
          async (delivery) => {
            deliveries.push(delivery);
            times.push(kit.now());
            return behave(delivery);
          },
        );
        const names = (): string[] => deliveries.map(({ job }) => job.name);
        return { consumption, deliveries, times, names };
      },
      async reach(id, state) {
        let job: Job | undefined;
        await kit.until(async () => (job = await queue.get(id))?.state === state);
        expect(job).toBeDefined();
        return job as Job;
      },
    });
  } finally {
    await kit.close();
  }
}
