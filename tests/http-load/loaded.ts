/** Starts the loaded server in a process of its own, and tells it what to do. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { onTestFinished } from 'vitest';
import type { Command, Loaded } from './loaded-server.ts';

/** A server in a process of its own. */
export interface LoadedServer {
  readonly port: number;
  /** Tells it something; gives what it says of itself then. */
  tell(command: Command): Promise<Loaded>;
}

let program: string | undefined;

/** The program, made once. */
function programOf(): string {
  if (program) return program;
  const folder = mkdtempSync(join(tmpdir(), 'http-load-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  program = join(folder, 'server.mjs');
  buildSync({
    entryPoints: [join(import.meta.dirname, 'loaded-server.ts')],
    outfile: program,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // From the sources, as all tests.
    conditions: ['@interpose/source'],
  });
  return program;
}

async function answerOf<T>(child: ChildProcess): Promise<T> {
  const ended = new AbortController();
  const onExit = (): void => ended.abort();
  child.once('exit', onExit);
  try {
    const [message] = (await once(child, 'message', { signal: ended.signal })) as [T];
    return message;
  } finally {
    child.off('exit', onExit);
  }
}

/** Starts a server, which is gone when the test is over. */
export async function startLoaded(): Promise<LoadedServer> {
  const child = fork(programOf(), {
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const port = await answerOf<number>(child);
  return {
    port,
    tell(command) {
      const answer = answerOf<Loaded>(child);
      child.send(command);
      return answer;
    },
  };
}
