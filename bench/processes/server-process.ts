/** Starts a server as a process of its own on one core, waits until it answers, and stops it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { processesOf } from './cpu-time.ts';

/** What is run, and where it will listen. */
export interface Launch {
  readonly command: readonly [string, ...string[]];
  /** @default the first line that it prints is its port */
  readonly port?: number;
}

/** A server that runs and takes connections. */
export interface ServerProcess {
  readonly pid: number;
  readonly port: number;
  /** Ends it and all that it has started. */
  stop(): Promise<void>;
}

const START_MS = 15_000;
const STOP_MS = 5_000;

/** Starts a server on a core. It ends with this process, whatever becomes of that. */
export async function startServer(launch: Launch, core: number): Promise<ServerProcess> {
  // No environment of the caller's may change how the measured process is compiled or collected.
  const { NODE_OPTIONS: _, ...env } = process.env;
  const args = ['-c', `${core}`, 'setpriv', '--pdeathsig', 'TERM', ...launch.command];
  const child = spawn('taskset', args, {
    env: { ...env, NODE_ENV: 'production' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = `${said}${chunk.toString()}`.slice(-4096)));
  try {
    const port = await Promise.race([ready(child, launch), failed(child)]);
    return { pid: child.pid ?? NaN, port, stop: () => stop(child) };
  } catch (error) {
    await stop(child);
    const what = `${launch.command.join(' ')}: ${(error as Error).message}`;
    throw new Error([what, said.trim()].filter(Boolean).join('\n'), { cause: error });
  }
}

async function failed(child: ChildProcess): Promise<never> {
  const [code, signal] = (await once(child, 'exit', {
    signal: AbortSignal.timeout(START_MS),
  }).catch((error: Error) => {
    throw error.name === 'AbortError' ? new Error('It did not come up in time') : error;
  })) as [number | null, string | null];
  throw new Error(`It ended with ${signal ?? code}`);
}

async function ready(child: ChildProcess, { port }: Launch): Promise<number> {
  const found = port ?? (await printedPort(child));
  while (child.exitCode === null && child.signalCode === null) {
    if (await accepts(found)) return found;
    await new Promise((resolve) => void setTimeout(resolve, 10));
  }
  throw new Error('It ended at once');
}

async function printedPort({ stdout }: ChildProcess): Promise<number> {
  let text = '';
  for await (const chunk of stdout ?? []) {
    text += String(chunk);
    if (text.includes('\n')) return Number.parseInt(text, 10);
  }
  throw new Error('It printed no port');
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const tree = processesOf(child.pid);
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const force = setTimeout(() => {
    for (const pid of tree) killed(pid);
  }, STOP_MS);
  await ended;
  clearTimeout(force);
}

function killed(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** A port that nobody listens on, for servers that cannot choose one. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
