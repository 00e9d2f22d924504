/** A process that runs jobs of some keys when it is told to, each through a middleware that holds its key in Redis. */
import { systemClock } from '@interpose/kernel/clock';
import { redisKeyStore } from '../src/bullmq.ts';
import {
  idempotency,
  type JobContext,
  memory,
  unique,
  createQueue,
  createWorker,
} from '../src/index.ts';
import { pipeline } from '@interpose/kernel';

/** What it is told when it is started. */
export interface RaceOrder {
  readonly port: number;
  readonly by: 'idempotency' | 'unique';
  readonly leaseMs: number;
  /** How long a job takes. */
  readonly takesMs: number;
  readonly keys: readonly string[];
}

/** What it tells: that it can begin, from when to when a job was run, or what a job has come to. */
export type RaceNews =
  | { readonly is: 'ready' }
  | { readonly is: 'begun'; readonly key: string }
  | { readonly is: 'run'; readonly key: string; readonly fromMs: number; readonly toMs: number }
  | { readonly is: 'over'; readonly key: string; readonly result: unknown };

const { port, by, leaseMs, takesMs, keys } = JSON.parse(process.argv[2] ?? '') as RaceOrder;
const tell = (news: RaceNews): void => void (process.connected && process.send?.(news));

const store = redisKeyStore({ connection: { port } });
const driver = memory();
const queue = createQueue<string>(driver, { name: 'race' });
type Context = JobContext<string>;
const key = ({ data }: Context): string => data;
const run = pipeline<Context, unknown>({ answersNothing: true })
  .use(
    by === 'unique'
      ? unique<Context>({ key, store, ttlMs: leaseMs, postponeMs: 20 })
      : idempotency<Context>({ key, store, leaseMs, postponeMs: 20 }),
  )
  .handle(async ({ data }) => {
    const fromMs = systemClock.wall();
    tell({ is: 'begun', key: data });
    await new Promise<void>((done) => void systemClock.setTimer(done, takesMs));
    tell({ is: 'run', key: data, fromMs, toMs: systemClock.wall() });
    return `${process.pid} has done ${data}`;
  });

process.on('message', (message) => {
  if (message === 'close') process.exit(0);
  const worker = createWorker(driver, run, { queue: 'race', concurrency: keys.length });
  worker.on('completed', ({ job, result }) =>
    tell({ is: 'over', key: job.data as string, result }),
  );
  for (const name of keys) void queue.add('run', name);
});
void store.get('ready').then(() => tell({ is: 'ready' }));
