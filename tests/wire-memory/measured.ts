/** Starts a server in a process of its own, and asks it how much memory it has. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { onTestFinished } from 'vitest';
import type { ServerOptions } from '@interpose/wire';
import type { Measured } from './measured-server.ts';

/** A server in a process of its own. */
export interface MeasuredServer {
  readonly port: number;
  measure(): Promise<Measured>;
  /** Closes it at once; gives what is left of it. */
  close(): Promise<Measured>;
}

let program: string | undefined;

/** The program, made once. */
function programOf(): string {
  if (program) return program;
  const folder = mkdtempSync(join(tmpdir(), 'wire-memory-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  program = join(folder, 'server.mjs');
  buildSync({
    entryPoints: [join(import.meta.dirname, 'measured-server.ts')],
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
export async function startMeasured(
  options: Omit<ServerOptions, 'clock'> = {},
): Promise<MeasuredServer> {
  const child = fork(programOf(), [JSON.stringify(options)], {
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const port = await answerOf<number>(child);
  const ask = (what: 'measure' | 'close'): Promise<Measured> => {
    const answer = answerOf<Measured>(child);
    child.send(what);
    return answer;
  };
  return { port, measure: () => ask('measure'), close: () => ask('close') };
}
