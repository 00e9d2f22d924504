/** A process that runs the jobs of a queue: BullMQ's own worker, or ours on BullMQ or in memory, with the stack of the seed or without. */
import {
  alert,
  cpuLimit,
  createWorker,
  deadLetters,
  type JobContext,
  type JobHandler,
  jobStack,
  memory,
  memoryLimit,
  memoryRecords,
  type QueueDriver,
} from '@interpose/jobs';
import { bullmq } from '@interpose/jobs/bullmq';
import { pipeline } from '@interpose/kernel';
import { metricsRegistry } from '@interpose/resilience/observing';
import { Worker } from 'bullmq';
import { type JobsFound, type JobsOrder, type Mail, mailOf } from './order.ts';

const order = JSON.parse(process.argv[2] ?? '') as JobsOrder;
const { subject, port, concurrency } = order;
const connection = { host: '127.0.0.1', port };

let sum = 0;
let left = 0;
let tellDone = (): void => {};

/** Does next to nothing, as all that costs is what is around it. */
function handle({ data }: { readonly data: Mail }): Promise<{ sent: boolean }> {
  sum += data.n;
  if (--left === 0) tellDone();
  return Promise.resolve({ sent: true });
}

/** Runs all jobs of a queue. Gives how to close what has run them. */
type Start = (queue: string) => () => Promise<void>;

const bare: Start = (queue) => {
  const worker = new Worker<Mail>(queue, handle, { connection, concurrency });
  return () => worker.close();
};

const ours = (driver: QueueDriver, handler: JobHandler<Mail>): Start => {
  return (queue) => {
    const worker = createWorker(driver, handler, { queue, concurrency });
    return () => worker.close();
  };
};

/** The stack as it is by default, all parts in place. Only the readings are fixed: this process is busy, and none of its jobs is to wait. */
const stacked = (driver: QueueDriver): JobHandler<Mail> =>
  pipeline<JobContext<Mail>, unknown>()
    .use(
      jobStack({
        records: memoryRecords(),
        meter: metricsRegistry(),
        letters: deadLetters(driver),
        memoryLimit: memoryLimit({ maxMb: 1024, probe: () => 100 }),
        cpuLimit: cpuLimit({ maxPercent: 80, probe: () => 10 }),
        alert: alert({ onFailure: () => {} }),
      }),
    )
    .handle(handle);

async function prepared(): Promise<{ start: Start; close(): Promise<void> }> {
  if (subject === 'bare BullMQ') return { start: bare, close: () => Promise.resolve() };
  const driver = subject.endsWith('memory')
    ? memory({ maxEnded: 1_000_000 })
    : bullmq({ connection });
  if (driver.name === 'memory') {
    for (const { name, jobs } of order.queues) {
      await driver
        .queue(name)
        .addMany(Array.from({ length: jobs }, (_, n) => ({ name: 'mail', data: mailOf(n) })));
    }
  }
  const handler = subject.includes('full stack') ? stacked(driver) : handle;
  return { start: ours(driver, handler), close: () => driver.close() };
}

const { start, close } = await prepared();
let found: JobsFound | undefined;
for (const { name, jobs } of order.queues) {
  sum = 0;
  left = jobs;
  const done = new Promise<void>((resolve) => (tellDone = resolve));
  const fromMs = performance.now();
  const spent = process.cpuUsage();
  const stop = start(name);
  await done;
  await stop();
  const { user, system } = process.cpuUsage(spent);
  found = { ms: performance.now() - fromMs, cpuMs: (user + system) / 1000, sum };
}
await close();
console.log(JSON.stringify(found));
