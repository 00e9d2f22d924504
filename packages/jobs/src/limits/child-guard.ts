/** ChildGuard: measures a child process now and then, and holds it within its bounds. */
import type { CancelTimer, Clock } from '@interpose/kernel';
import type { Bounds } from './bounds.ts';
import type { JobChild } from './child-process.ts';
import { CpuLimitError, MemoryLimitError } from './errors.ts';
import { type Usage, usageOf } from './process-tree.ts';

/** What a guard needs. */
export interface GuardParts {
  readonly child: JobChild;
  readonly bounds: Bounds;
  readonly clock: Clock;
  /** What it used before it had a job: that is not the job's. */
  readonly start: Usage;
  /** The child is to be killed for this reason. */
  condemn(error: Error): void;
}

/** Measures a child until it is told to stop. */
export class ChildGuard {
  readonly #parts: GuardParts;
  readonly #sampleMs: number;
  #cancel: CancelTimer | undefined;
  /** Processor time that it may still take before it has to rest, in milliseconds. */
  #creditMs = 0;
  #lastMs: number;
  #lastCpuMs: number;
  #isResting = false;
  #mayRest = true;

  constructor(parts: GuardParts) {
    this.#parts = parts;
    this.#sampleMs = parts.bounds.sampleMs ?? 100;
    this.#lastMs = parts.clock.now();
    this.#lastCpuMs = parts.start.cpuMs;
    if (parts.bounds.maxMb ?? parts.bounds.maxCpuMs ?? parts.bounds.maxPercent) {
      this.#arm(this.#sampleMs);
    }
  }

  /** Lets it run as fast as it can from now on: it is to come to its end. */
  hurry(): void {
    this.#mayRest = false;
    this.#wake();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #arm(afterMs: number): void {
    this.#cancel = this.#parts.clock.setTimer(() => this.#look(), afterMs, { keepAlive: false });
  }

  #look(): void {
    const { child, bounds, condemn } = this.#parts;
    const usage = child.pid === undefined ? undefined : usageOf(child.pid);
    // It has gone, which is told elsewhere, or cannot be read just now: then the kernel's limits hold alone.
    if (!usage) return this.#arm(this.#sampleMs);
    const excess = this.#excess(usage);
    if (excess) return condemn(excess);
    this.#arm(
      bounds.maxPercent === undefined ? this.#sampleMs : this.#pace(usage, bounds.maxPercent),
    );
  }

  #excess({ rssMb, cpuMs }: Usage): Error | undefined {
    const { bounds, start } = this.#parts;
    const { maxMb = Infinity, maxCpuMs = Infinity } = bounds;
    if (rssMb > maxMb) {
      return new MemoryLimitError({ limit: maxMb, used: rssMb, handler: 'killed' });
    }
    const used = cpuMs - start.cpuMs;
    if (used <= maxCpuMs) return undefined;
    return new CpuLimitError({ limit: maxCpuMs, used, unit: 'ms', handler: 'killed' });
  }

  /** Has it rest until its share is what it may be; gives back when to look again. */
  #pace({ cpuMs }: Usage, maxPercent: number): number {
    const nowMs = this.#parts.clock.now();
    const share = maxPercent / 100;
    const earnedMs = (nowMs - this.#lastMs) * share;
    // What it did not use for long is lost: else it could run unhindered for as long.
    const saved = Math.min(this.#creditMs + earnedMs, this.#sampleMs * share);
    this.#creditMs = saved - (cpuMs - this.#lastCpuMs);
    this.#lastMs = nowMs;
    this.#lastCpuMs = cpuMs;
    if (this.#creditMs >= 0 || !this.#mayRest) {
      this.#wake();
      return this.#sampleMs;
    }
    if (!this.#isResting) this.#parts.child.signal('SIGSTOP');
    this.#isResting = true;
    return Math.max(1, -this.#creditMs / share);
  }

  #wake(): void {
    if (!this.#isResting) return;
    this.#isResting = false;
    this.#parts.child.signal('SIGCONT');
  }
}
