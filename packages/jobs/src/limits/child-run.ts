/** ChildRun: one run of a job in a child process, from its start to its last word. */
import type { CancelTimer, Clock } from '@interpose/kernel';
import { suggestion } from '@interpose/kernel/options';
import type { JobContext } from '../job-context.ts';
import type { Bounds } from './bounds.ts';
import { ChildGuard } from './child-guard.ts';
import { type ChildSettings, JobChild } from './child-process.ts';
import type { Errand, FromChild } from './child-words.ts';
import { ChildEndedError, CpuLimitError, IsolatedModuleError, MemoryLimitError } from './errors.ts';
import { usageOf } from './process-tree.ts';
import { isOutOfMemory, received, toSend } from './sent-error.ts';

/** What to run. */
export interface ChildTask {
  readonly ctx: JobContext;
  readonly url: string;
  /** The name of the export. */
  readonly name: string;
  readonly bounds: Bounds;
  readonly settings: ChildSettings;
  readonly graceMs: number;
  readonly clock: Clock;
}

type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: unknown };

/** Runs a job in a child process. When the promise settles, the child is gone. */
export class ChildRun {
  readonly #task: ChildTask;
  readonly #child: JobChild;
  #guard: ChildGuard | undefined;
  #outcome: Outcome | undefined;
  #hasBegun = false;
  #isOver = false;
  #cancelKill: CancelTimer | undefined;
  readonly ended: Promise<unknown>;

  constructor(task: ChildTask) {
    this.#task = task;
    const { promise, settle } = settled();
    this.ended = promise;
    const { signal } = task.ctx;
    const giveUp = (): void => this.#giveUp();
    const close = (outcome: Outcome): void => {
      this.#isOver = true;
      signal.removeEventListener('abort', giveUp);
      this.#guard?.stop();
      this.#cancelKill?.();
      settle(outcome);
    };
    this.#child = new JobChild(task.settings, task.bounds, {
      message: (message) => this.#hear(message),
      ended: (end) => close((this.#outcome ??= { ok: false, error: this.#whyEnded(end) })),
      failed: (error) => close({ ok: false, error }),
    });
    signal.addEventListener('abort', giveUp, { once: true });
  }

  /** Ends it by force. What it has come to already counts. */
  kill(error: unknown): void {
    this.#outcome ??= { ok: false, error };
    this.#child.signal('SIGKILL');
  }

  #hear(message: FromChild): void {
    if (message.kind === 'ready') void this.#begin();
    else if (message.kind === 'errand') void this.#run(message.id, message.what, message.value);
    else {
      this.#outcome ??=
        message.kind === 'done'
          ? { ok: true, value: message.result }
          : { ok: false, error: this.#failure(message) };
      // Now it has only to leave, which takes no time unless something in it holds it.
      this.#guard?.hurry();
      this.#killLater(LEAVING_MS, undefined);
    }
  }

  /** The bounds are there before a line of the job's own is read. */
  async #begin(): Promise<void> {
    const { ctx, url, name, bounds, clock } = this.#task;
    const child = this.#child;
    const isBounded = Object.keys(bounds).length > 0;
    try {
      if (isBounded) {
        const start = usageOf(Number(child.pid));
        if (!start) throw new Error(`The child ${child.pid} cannot be measured.`);
        await child.hold(bounds, start);
        if (this.#isOver || ctx.signal.aborted) return;
        const condemn = (error: Error): void => this.kill(error);
        this.#guard = new ChildGuard({ child, bounds, clock, start, condemn });
      }
      this.#hasBegun = true;
      const { job, data, attempt, maxAttempts, redelivered } = ctx;
      const facts = { job, data, attempt, maxAttempts, redelivered };
      child.say({ kind: 'run', url, name, facts });
    } catch (error) {
      this.kill(error);
    }
  }

  async #run(id: number, what: Errand, value: unknown): Promise<void> {
    const { ctx } = this.#task;
    let error: unknown;
    try {
      if (what === 'progress') await ctx.progress(value as number | object);
      else if (what === 'log') await ctx.log(value as string);
      else await ctx.renew();
    } catch (caught) {
      error = caught ?? new Error('failed');
    }
    this.#child.say({ kind: 'answer', id, error: error === undefined ? undefined : toSend(error) });
  }

  #giveUp(): void {
    const { reason } = this.#task.ctx.signal as { readonly reason: unknown };
    if (!this.#hasBegun) return this.kill(reason);
    this.#guard?.hurry();
    this.#child.say({ kind: 'abort', reason: toSend(reason) });
    this.#killLater(this.#task.graceMs, reason);
  }

  #killLater(afterMs: number, reason: unknown): void {
    this.#cancelKill?.();
    this.#cancelKill = this.#task.clock.setTimer(() => this.kill(reason), afterMs);
  }

  #failure(message: FromChild & { readonly kind: 'failed' }): unknown {
    const { url, name, bounds, ctx } = this.#task;
    const { error, exports, isReason } = message;
    if (isReason) return ctx.signal.reason;
    if (exports === 'none') {
      const said = `The module ${shown(url)} could not be loaded: ${error.message}`;
      return new IsolatedModuleError(said, { cause: received(error, ctx.job.id) });
    }
    if (exports) {
      const said = `The module ${shown(url)} exports no function "${name}". ${suggestion(name, exports)}`;
      return new IsolatedModuleError(said);
    }
    const { maxMb } = bounds;
    if (maxMb === undefined || !isOutOfMemory(error)) return received(error, ctx.job.id);
    const cause = received(error, ctx.job.id);
    return new MemoryLimitError({ limit: maxMb, used: undefined, handler: 'stopped', cause });
  }

  #whyEnded(end: { readonly exitCode: number | null; readonly signal: string | null }): Error {
    const { maxMb, maxCpuMs } = this.#task.bounds;
    const cause = new ChildEndedError({ ...end, stderr: this.#child.stderr });
    const report = { used: undefined, handler: 'killed', cause } as const;
    if (maxCpuMs !== undefined && end.signal === 'SIGXCPU') {
      return new CpuLimitError({ ...report, limit: maxCpuMs, unit: 'ms' });
    }
    if (maxMb !== undefined && ranOutOfMemory(cause)) {
      return new MemoryLimitError({ ...report, limit: maxMb });
    }
    return cause;
  }
}

/** How long a child may take to leave once it has said its last word. */
const LEAVING_MS = 5000;

/** V8 ends the process: mostly with a word on standard error, and with a trap where it cannot say one. */
const ranOutOfMemory = ({ signal, stderr }: ChildEndedError): boolean =>
  signal === 'SIGTRAP' ||
  signal === 'SIGILL' ||
  (signal === 'SIGABRT' && /out of memory|allocation failed|bad_alloc/i.test(stderr));

/** A module may be given as its own text. */
const shown = (url: string): string => (url.length > 200 ? `${url.slice(0, 200)}…` : url);

function settled(): { promise: Promise<unknown>; settle: (outcome: Outcome) => void } {
  let settle: (outcome: Outcome) => void = () => {};
  const promise = new Promise((resolve, reject) => {
    settle = (outcome) => (outcome.ok ? resolve(outcome.value) : reject(outcome.error as Error));
  });
  return { promise, settle };
}
