/** startWorker: a worker in a process of its own, as the tests for crashes start many. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { onTestFinished } from 'vitest';
import type { CrashNews, CrashOrder } from './crash-worker.ts';

const CACHE = join(import.meta.dirname, '../../../.cache');

let program: string | undefined;

/** The program, made once; inside of the repository, where it finds BullMQ. */
function programOf(): string {
  if (program) return program;
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, 'jobs-crash-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  program = join(folder, 'worker.mjs');
  buildSync({
    entryPoints: [join(import.meta.dirname, 'crash-worker.ts')],
    outfile: program,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['bullmq', 'ioredis'],
    // From the sources, as all tests.
    conditions: ['@interpose/source'],
  });
  return program;
}

/** A worker in a process of its own. */
export class WorkerProcess {
  /** The numbers of the jobs that are under way, as far as it has told. */
  readonly underWay = new Set<number>();
  /** How many runs it has begun. */
  begun = 0;
  readonly #child: ChildProcess;

  constructor(order: CrashOrder) {
    this.#child = fork(programOf(), [JSON.stringify(order)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#child.on('message', ({ n, is }: CrashNews) => {
      if (is === 'over') this.underWay.delete(n);
      else if (++this.begun) this.underWay.add(n);
    });
    onTestFinished(() => void this.#child.kill('SIGKILL'));
  }

  get isGone(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Ends it in the middle of whatever it does. */
  async kill(): Promise<void> {
    if (this.isGone) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  /** Holds it, as a machine does that is short of memory. */
  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child.kill('SIGCONT');
  }

  /** Tells it to close; gives how the process has ended, which is to end by itself. */
  async close(): Promise<number | null> {
    const gone = once(this.#child, 'exit') as Promise<[number | null]>;
    this.#child.send('close');
    const [code] = await gone;
    return code;
  }
}
