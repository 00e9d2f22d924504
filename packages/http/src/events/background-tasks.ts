/** BackgroundTasks: what is to be done when an answer is out, and who waits until all of it is done. */
import { isThenable } from '@interpose/kernel';
import type { HttpContext } from '../context/context.ts';
import type { HttpResponse } from '../context/response.ts';

/** Runs when the answer is out. `response` is `null` if there was an error in its place. */
export type BackgroundTask = (ctx: HttpContext, response: HttpResponse | null) => unknown;

/** A request whose answer is out. */
export interface Answered {
  readonly ctx: HttpContext;
  readonly response: HttpResponse | null;
}

/** What is to be done for every request, and what is to be done for one. */
export class BackgroundTasks {
  readonly #tasks: BackgroundTask[] = [];
  readonly #onFailure: (error: unknown) => void;
  #underWay = 0;
  #waiting: (() => void)[] = [];

  constructor(onFailure: (error: unknown) => void) {
    this.#onFailure = onFailure;
  }

  /** Is run for every request. */
  add(task: BackgroundTask): void {
    this.#tasks.push(task);
  }

  /** A request has come. */
  begin(): void {
    this.#underWay++;
  }

  /** Its answer is out: runs one task after the other, those of every request first. */
  finish(answered: Answered, own: readonly BackgroundTask[]): void {
    if (!own.length && !this.#tasks.length) return this.#over();
    void this.#run([...this.#tasks, ...own], answered).then(() => this.#over());
  }

  /** Resolves when no request is under way and no task runs. */
  idle(): Promise<void> {
    if (this.#underWay === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async #run(tasks: readonly BackgroundTask[], { ctx, response }: Answered): Promise<void> {
    for (const task of tasks) {
      try {
        const done = task(ctx, response);
        if (isThenable(done)) await done;
      } catch (error) {
        this.#onFailure(error);
      }
    }
  }

  #over(): void {
    this.#underWay--;
    if (this.#underWay > 0) return;
    for (const waiting of this.#waiting.splice(0)) waiting();
  }
}
