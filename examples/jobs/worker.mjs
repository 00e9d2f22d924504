/** A worker with the whole stack of jobs: `node examples/jobs/worker.mjs` after `npm run build`; one line changed, and it runs on Redis. */
import {
  createQueue,
  createWorker,
  deadLetters,
  jobStack,
  memory,
  memoryRecords,
  trackQueued,
  UnrecoverableError,
} from '@interpose/jobs';
import { pipeline } from '@interpose/kernel';
import { metricsRegistry } from '@interpose/resilience/observing';

// To run it on Redis, change this line, and nothing else, into:
//   const driver = (await import('@interpose/jobs/bullmq')).bullmq({ connection: { host: '127.0.0.1', port: 6379 } });
const driver = memory();

const records = memoryRecords();
const meter = metricsRegistry();
// A queue of its own for each start: what an earlier one has left in Redis stays where it is.
const name = `mail-${process.pid}`;
const letters = deadLetters(driver, { queue: name });
const queue = createQueue(driver, {
  name,
  use: [trackQueued({ records })],
  defaults: { attempts: 2, backoff: { type: 'exponential', delay: 100 } },
});

let isDown = true;

/** Sends one mail. */
async function send({ data, progress, log }) {
  await progress(50);
  if (!data.to.includes('@')) throw new UnrecoverableError(`"${data.to}" is no address`);
  if (data.to.endsWith('@down.example') && isDown) throw new Error('the mail server is down');
  await log(`sent to ${data.to}`);
  return `sent to ${data.to}`;
}

const handler = pipeline()
  .use(
    jobStack({
      records,
      meter,
      letters,
      onFailure: ({ error, ctx }) =>
        console.log(
          `  alert: ${ctx.job.name} to ${ctx.data.to} has failed for good: ${error.message}`,
        ),
      // A demo does not wait until the machine has time.
      cpuLimit: false,
    }),
  )
  .handle(send);

const worker = createWorker(driver, handler, { queue: name, concurrency: 5 });

console.log(`The stack, the outermost first:\n${handler.explain()}\n`);
console.log(
  `Four jobs on the driver "${driver.name}", each with two attempts of the queue and three of the retry:`,
);
const jobs = await queue.addMany(
  ['ada@example.com', 'bob@example.com', 'nobody', 'eve@down.example'].map((to) => ({
    name: 'welcome',
    data: { to },
  })),
);
await Promise.allSettled(jobs.map(({ id }) => queue.waitFor(id)));

console.log('\nWhat is known of each:');
for (const { id, data } of jobs) {
  const { status, attempts, progress, result, error } = records.get(name, id) ?? {};
  const end = result ?? error?.message;
  const form = '  %s: %s, %d attempts, progress %d, %s';
  console.log(form, data.to, status, attempts, progress, end);
}

console.log('\nDead letters:');
for (const { data, reason, attempts, error } of await letters.list()) {
  console.log(`  ${data.to}: ${error.message} (${reason}, ${attempts} attempts)`);
}

isDown = false;
const again = await letters.requeue(jobs[3].id);
console.log('\nThe mail server is up again. Requeued: %s', await queue.waitFor(again.id));
console.log(`Dead letters left: ${await letters.count()}`);

console.log('\nMetrics:');
for (const { name: metric, labels, value } of meter.read()) {
  if (metric === 'mware_job_runs_total') console.log(`  runs ${labels.end}: ${value}`);
  if (metric === 'mware_job_attempts_total') console.log(`  attempts: ${value}`);
}
await worker.close();
await driver.close();
