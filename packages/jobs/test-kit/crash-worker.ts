/** A worker in a process of its own, which the tests kill, freeze and leave without Redis. */
import { bullmq } from '../src/bullmq.ts';
import {
  createWorker,
  deadLetters,
  type JobContext,
  jobStack,
  UnrecoverableError,
} from '../src/index.ts';
import { pipeline } from '@interpose/kernel';
import { retry } from '@interpose/resilience';
import { setTimeout as work } from 'node:timers/promises';

/** What it is told when it is started. */
export interface CrashOrder {
  readonly port: number;
  readonly queue: string;
  readonly leaseMs: number;
  readonly concurrency: number;
  readonly maxRedeliveries: number;
  readonly answerWithinMs: number;
}

/** What a job is about: its number, and how it goes. */
export interface CrashData {
  readonly n: number;
  /** `poison` takes its worker with it. */
  readonly goes: 'well' | 'badly' | 'hopelessly' | 'poison';
}

/** What it tells: that a run has begun, or what it came to. */
export interface CrashNews {
  readonly n: number;
  readonly is: 'begun' | 'over';
}

const order = JSON.parse(process.argv[2] ?? '') as CrashOrder;
const { port, queue, leaseMs, concurrency, maxRedeliveries, answerWithinMs } = order;
const driver = bullmq({
  connection: { port, retryStrategy: () => 20 },
  answerWithinMs,
});

const tell = (news: CrashNews): void => void (process.connected && process.send?.(news));

const run = pipeline<JobContext<CrashData>, number>()
  .use(
    jobStack({
      letters: deadLetters(driver, { queue }),
      retry: retry({ maxAttempts: 2, backoff: { baseMs: 1 }, budget: false }),
      // What the machine does besides is not to hold up this test.
      memoryLimit: false,
      cpuLimit: false,
    }),
  )
  .handle(async ({ data: { n, goes } }) => {
    tell({ n, is: 'begun' });
    if (goes === 'poison') process.kill(process.pid, 'SIGKILL');
    await work(n % 7);
    if (goes === 'badly') throw new Error(`job ${n} went badly`);
    if (goes === 'hopelessly') throw new UnrecoverableError(`job ${n} is hopeless`);
    return n;
  });

const worker = createWorker(driver, run, {
  queue,
  concurrency,
  leaseMs,
  maxRedeliveries,
  onError: () => {},
});
worker.on('completed', ({ job }) => tell({ n: (job.data as CrashData).n, is: 'over' }));

process.on('message', (message) => {
  if (message !== 'close') return;
  void worker
    .close()
    .then(() => driver.close())
    .then(() => process.disconnect());
});
