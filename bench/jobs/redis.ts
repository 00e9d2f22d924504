/** A Redis of the benchmark's own, and queues in it that are full. */
import { Queue } from 'bullmq';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { findTools } from '../processes/tools.ts';
import { mailOf } from './order.ts';

/** How many jobs are added with one command. */
const CHUNK = 1000;

/** A Redis that keeps nothing on disk. */
export interface BenchRedis {
  readonly port: number;
  fill(queue: string, jobs: number): Promise<void>;
  /** Forgets everything. */
  empty(queue: string): Promise<void>;
  stop(): void;
}

export async function startBenchRedis(): Promise<BenchRedis> {
  // From the folder of the bundle.
  const root = join(import.meta.dirname, '..', '..', '..');
  const tools = await findTools(join(root, 'scripts', 'debian.mjs'), ['redis-server']);
  const command = tools('redis-server');
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const stop = (): void => void child.kill('SIGKILL');
  process.once('exit', stop);
  let said = '';
  for await (const text of child.stdout.setEncoding('utf8')) {
    said += String(text);
    if (said.includes('Ready to accept connections')) break;
  }
  const on = async (name: string, act: (queue: Queue) => Promise<unknown>): Promise<void> => {
    const queue = new Queue(name, { connection: { host: '127.0.0.1', port } });
    await act(queue);
    await queue.close();
  };
  return {
    port,
    fill: (name, jobs) =>
      on(name, async (queue) => {
        for (let from = 0; from < jobs; from += CHUNK) {
          const length = Math.min(CHUNK, jobs - from);
          await queue.addBulk(
            Array.from({ length }, (_, at) => ({ name: 'mail', data: mailOf(from + at) })),
          );
        }
      }),
    empty: (name) => on(name, (queue) => queue.obliterate({ force: true })),
    stop,
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
