/** startWorker: a worker in a process of its own, as the tests for crashes start many. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import type { CrashNews, CrashOrder } from './crash-worker.ts';
import { programOf } from './program.ts';

/** A worker in a process of its own. */
export class WorkerProcess {
  /** The numbers of the jobs that are under way, as far as it has told. */
  readonly underWay = new Set<number>();
  /** How many runs it has begun. */
  begun = 0;
  readonly #child: ChildProcess;

  constructor(order: CrashOrder) {
    this.#child = fork(programOf('crash-worker'), [JSON.stringify(order)], {
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
