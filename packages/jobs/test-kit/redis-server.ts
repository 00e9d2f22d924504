/** A real Redis for tests: started on a free port of this machine, with a folder of its own, and ended by its own id. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';

/** A running Redis. */
export interface RedisServer {
  readonly port: number;
  readonly url: string;
  /** Ends it as a loss of power does. */
  kill(): Promise<void>;
  /** Starts it again, on the same port, with what it has kept. */
  start(): Promise<void>;
  /** Ends it for good, and removes what it has kept. */
  stop(): Promise<void>;
}

/** Where redis-server is, or why it is not to be had. */
export const redisCommand: string | Error = foundRedis();

/** True where suites that need Redis are left out: on a machine of a developer that has none. In CI they fail. */
export const isWithoutRedis: boolean =
  typeof redisCommand !== 'string' && process.env['CI'] === undefined;

if (isWithoutRedis) {
  process.stderr.write(`Skipped, for want of Redis: ${(redisCommand as Error).message}\n`);
}

/** Starts a Redis. With `keepsAll` it writes down every command before it answers, so that a restart loses nothing. */
export async function startRedis({ keepsAll = false } = {}): Promise<RedisServer> {
  if (typeof redisCommand !== 'string') throw redisCommand;
  const command = redisCommand;
  const folder = mkdtempSync(join(tmpdir(), 'redis-'));
  const port = await freePort();
  const options = [
    `--port ${port} --bind 127.0.0.1 --appendfsync always --appendonly ${keepsAll ? 'yes' : 'no'}`,
  ].flatMap((text) => text.split(' '));
  options.push('--dir', folder, '--save', '');
  let child: ChildProcess | undefined;
  const killNow = (): void => void child?.kill('SIGKILL');
  const kill = async (): Promise<void> => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    killNow();
    await ended;
  };
  const start = async (): Promise<void> => {
    child = spawn(command, options, { stdio: ['ignore', 'pipe', 'inherit'] });
    await isReady(child);
  };
  // What a test leaves behind when it dies is not to live on.
  process.on('exit', killNow);
  await start();
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    kill,
    start,
    async stop() {
      await kill();
      process.off('exit', killNow);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Resolves once it says that it takes connections. */
async function isReady(child: ChildProcess): Promise<void> {
  let said = '';
  for await (const text of child.stdout?.setEncoding('utf8') ?? []) {
    said += String(text);
    if (!said.includes('Ready to accept connections')) continue;
    child.stdout?.resume();
    return;
  }
  throw new Error(`redis-server has ended: ${said}`);
}

/** The repository's own script finds it, or installs it where it may. */
function foundRedis(): string | Error {
  const script = join(import.meta.dirname, '../../../scripts/debian.mjs');
  const args = [script, 'redis-server'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return status === 0 ? stdout.trim().replace('redis-server ', '') : new Error(stderr.trim());
}
