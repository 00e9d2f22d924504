/** Runs an origin as a child process for as long as a test needs it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openClient } from './client.ts';
import type { Logged } from './observed.ts';
import type { Origin } from './origins.ts';

/** No process outlives this, whatever becomes of the test. */
const LIFE_S = 600 + Math.ceil(Number(process.env['CHAIN_RUNS'] ?? 0) / 5);
const START_MS = 15_000;

/** An origin that runs. */
export interface OriginProcess {
  readonly port: number;
  /** What has been logged since the last call. */
  takeLog(): readonly Logged[];
  stop(): Promise<void>;
}

/** Starts an origin in front of a recorder and waits until it answers. */
export async function startOrigin(
  origin: Origin,
  command: string,
  backend: number,
): Promise<OriginProcess> {
  const folder = mkdtempSync(join(tmpdir(), `chain-${origin.name}-`));
  // Some origins give up their rights before they open what is in it.
  chmodSync(folder, 0o755);
  const [config, log] = [join(folder, 'config'), join(folder, 'log')];
  const port = await freePort();
  writeFileSync(config, origin.config({ port, backend, folder, log }));
  const output = openSync(log, 'a+');
  const child = spawn('timeout', ['-k', '5', String(LIFE_S), command, ...origin.args(config)], {
    stdio: ['ignore', output, output],
    cwd: folder,
    env: { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
  });
  const ended = once(child, 'exit');
  const reader = logReader(output, origin);

  const stop = async (): Promise<void> => {
    if (isAlive(child)) {
      child.kill('SIGTERM');
      await ended;
    }
    closeSync(output);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await untilReady(child, port, reader);
  } catch (error) {
    const said = readFileSync(log, 'utf8').slice(-2_000);
    await stop();
    throw new Error(`${origin.name} did not start: ${said}`, { cause: error });
  }
  return { port, takeLog: reader, stop };
}

/** A port of this machine that nobody listens on, below those that outgoing connections take. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(12_000, 32_000);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}

function isAlive({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

async function untilReady(
  child: ChildProcess,
  port: number,
  takeLog: () => readonly Logged[],
): Promise<void> {
  const until = Date.now() + START_MS;
  while (isAlive(child) && Date.now() < until) {
    try {
      const client = await openClient(port);
      client.write('GET /ready HTTP/1.1\r\nHost: ready\r\nX-Chain-Id: ready\r\n\r\n');
      await client.until(1);
      client.destroy();
      if (client.answers[0]?.status === 200) {
        while (!takeLog().some(({ id }) => id === 'ready')) await sleep(2);
        return;
      }
    } catch {
      // Not yet.
    }
    await sleep(20);
  }
  throw new Error(isAlive(child) ? 'it did not answer' : 'it ended');
}

function logReader(file: number, origin: Origin): () => readonly Logged[] {
  const buffer = Buffer.alloc(65_536);
  let [at, text] = [0, ''];
  return () => {
    for (let read = 1; read > 0; at += read) {
      read = readSync(file, buffer, 0, buffer.length, at);
      text += buffer.toString('latin1', 0, read);
    }
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    return lines.flatMap((line) => origin.readLog(line) ?? []);
  };
}
