/** The whole stack of background jobs round one handler that works through large files: eight middleware, each in its place. */
import { pathToFileURL } from 'node:url';
import {
  alert,
  cpuLimit,
  createQueue,
  createWorker,
  deadLetter,
  type DeadLetters,
  deadLetters,
  type JobContext,
  jobMetrics,
  jobStack,
  jobTimeout,
  jobTracking,
  memory,
  memoryLimit,
  type MemoryRecords,
  memoryRecords,
  type QueueDriver,
  trackQueued,
} from '@interpose/jobs';
import { type Clock, pipeline, type Runner } from '@interpose/kernel';
import { systemClock } from '@interpose/kernel/clock';
import { retry } from '@interpose/resilience';
import { type MetricsRegistry, metricsRegistry } from '@interpose/resilience/observing';

/** What a job carries. */
export interface FileJob {
  readonly path: string;
}

/** A file, read piece by piece. */
export type Files = (path: string) => AsyncIterable<string>;

/** What the workers stand on. */
export interface Desk {
  readonly driver: QueueDriver;
  readonly clock: Clock;
  readonly records: MemoryRecords;
  readonly meter: MetricsRegistry;
  readonly letters: DeadLetters;
  readonly files: Files;
  readonly sendAlertToOps: (text: string) => void;
  /** How long the first pause of a retry is. */
  readonly pauseMs: number;
}

/** Counts the lines of a file, chunk after chunk, says how far it is, and stops when it is told to. */
export const processLargeFile =
  (files: Files) =>
  async ({ data, progress, signal }: JobContext<FileJob>): Promise<number> => {
    let lines = 0;
    let chunks = 0;
    for await (const chunk of files(data.path)) {
      signal.throwIfAborted();
      lines += chunk.split('\n').length - 1;
      await progress({ chunks: ++chunks });
    }
    return lines;
  };

/** The stack in the order of the list: monitoring, reliability, resources, errors. Its own numbers are said, though they are the defaults. */
export function makeHandler(desk: Desk): Runner<JobContext<FileJob>, unknown> {
  const { clock, records, meter, letters, sendAlertToOps, pauseMs } = desk;
  return pipeline<JobContext<FileJob>, number>()
    .use(
      jobStack<JobContext<FileJob>>({
        tracking: jobTracking({ records }),
        metrics: jobMetrics({ meter }),
        retry: retry({
          maxAttempts: 3,
          backoff: { kind: 'exponential', baseMs: pauseMs, jitter: 'none' },
          budget: false,
          clock,
        }),
        timeout: jobTimeout({ timeoutMs: 300_000 }),
        memoryLimit: memoryLimit({ maxMb: 1024 }),
        // A demo does not wait until the machine has time; without a probe it is measured.
        cpuLimit: cpuLimit({ maxPercent: 80, probe: () => 0 }),
        deadLetter: deadLetter({ letters }),
        alert: alert({
          onFailure: ({ ctx, error }: { ctx: JobContext<FileJob>; error: Error }) =>
            sendAlertToOps(`${ctx.data.path}: ${error.message}`),
        }),
      }),
    )
    .handle(processLargeFile(desk.files));
}

/** A desk whose files are read by `files`. */
export function makeDesk(parts: Pick<Desk, 'files' | 'sendAlertToOps'> & Partial<Desk>): Desk {
  const { clock = systemClock } = parts;
  const driver = memory({ clock });
  return {
    driver,
    clock,
    records: memoryRecords({ clock }),
    meter: metricsRegistry(),
    letters: deadLetters(driver, { queue: 'files', clock }),
    pauseMs: 100,
    ...parts,
  };
}

/** Three files: one is whole, one is broken in its middle, one mends itself. */
async function* demoFile(path: string, broken: ReadonlySet<string>): AsyncGenerator<string> {
  yield 'one\ntwo\n';
  if (broken.has(path)) throw new Error(`unreadable from line 3 on`);
  yield 'three\n';
}

/** Runs three jobs, and the one that died once more. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  const broken = new Set(['/data/broken.csv']);
  let shaky = 2;
  const desk = makeDesk({
    pauseMs: 5,
    sendAlertToOps: (text) => print(`  alert to ops: ${text}`),
    files(path) {
      print(`  reading ${path}`);
      if (path === '/data/shaky.csv' && shaky-- > 0) throw new Error('not there yet');
      return demoFile(path, broken);
    },
  });
  const { driver, records, meter, letters } = desk;
  const handler = makeHandler(desk);
  const names = handler.describe().map(({ name }) => name);
  print(`${names.length} in order: ${names.join(', ')}`);

  const queue = createQueue<FileJob, number>(driver, {
    name: 'files',
    use: [trackQueued({ records })],
  });
  const worker = createWorker(driver, handler, { queue: 'files' });
  const run = async (path: string): Promise<string> => {
    const { id } = await queue.add('process', { path });
    const end = await queue.waitFor(id).then(
      (lines) => `${lines} lines`,
      (error: Error) => error.message,
    );
    const record = records.get('files', id);
    print(`${path}: ${record?.status} after ${record?.attempts} attempts, ${end}`);
    return id;
  };
  await run('/data/whole.csv');
  await run('/data/shaky.csv');
  const id = await run('/data/broken.csv');

  const dead = await letters.list();
  for (const { jobId, reason, attempts, error } of dead) {
    print(`dead letter of job ${jobId}: ${error.message} (${reason}, ${attempts} attempts)`);
  }
  broken.clear();
  await letters.requeue(id);
  print(`requeued: ${await queue.waitFor(id)} lines, ${await letters.count()} dead letters left`);

  const ends = meter
    .read()
    .filter(({ name, value }) => name === 'mware_job_runs_total' && value > 0);
  print(ends.map(({ labels, value }) => `${labels['end']}: ${value}`).join(', '));
  await worker.close();
  await driver.close();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
