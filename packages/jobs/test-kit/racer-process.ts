/** RacerProcess: a process that runs jobs whose keys are held in Redis, with what it tells. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished, vi } from 'vitest';
import type { RaceNews, RaceOrder } from './key-racer.ts';
import { programOf } from './program.ts';

/** A process that takes part in a race for keys. */
export class RacerProcess {
  /** The keys whose jobs it has begun. */
  readonly begun: string[] = [];
  /** From when to when the job of each key was run, by the clock of the machine. */
  readonly runs = new Map<string, { readonly fromMs: number; readonly toMs: number }>();
  /** What the job of each key has come to. */
  readonly results = new Map<string, unknown>();
  readonly #child: ChildProcess;
  #isReady = false;

  constructor(order: RaceOrder) {
    this.#child = fork(programOf('key-racer'), [JSON.stringify(order)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#child.on('message', (news: RaceNews) => {
      if (news.is === 'ready') this.#isReady = true;
      else if (news.is === 'begun') this.begun.push(news.key);
      else if (news.is === 'run') this.runs.set(news.key, news);
      else this.results.set(news.key, news.result);
    });
    onTestFinished(() => void this.#child.kill('SIGKILL'));
  }

  /** Waits until it is connected. */
  async ready(): Promise<void> {
    await vi.waitUntil(() => this.#isReady, { timeout: 20_000 });
  }

  go(): void {
    this.#child.send('go');
  }

  /** Ends it in the middle of whatever it does. */
  async kill(): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }
}
