/** ResourceGauge: reads a probe now and then, and knows who is under way. */
import type { CancelTimer } from '@interpose/kernel';
import { unexpected } from '@interpose/kernel/options';
import { LoadShedError } from '../errors.ts';
import type { PolicyBase } from '../policy.ts';
import type { LimitedRun, Watch } from './limited-run.ts';

/** Events of `memoryLimit` and `cpuLimit`. */
export interface ResourceLimitEvents {
  /** A call was refused. */
  readonly rejected: { readonly used: number; readonly limit: number };
  /** Calls under way were aborted. */
  readonly aborted: { readonly used: number; readonly limit: number; readonly calls: number };
  /** The probe threw, or gave something that is no number. */
  readonly probeFailed: { readonly error: unknown };
  readonly [type: string]: object;
}

/** What it is told, with nothing left out. */
export interface GaugeSettings {
  readonly limit: number;
  readonly probe: () => number;
  readonly sampleMs: number;
  readonly running: 'continue' | 'abort';
}

/** Reads the probe, and knows who is under way. */
export class ResourceGauge implements Watch {
  readonly #base: PolicyBase<ResourceLimitEvents>;
  readonly runs: Set<LimitedRun> = new Set();
  readonly counts: { rejected: number; aborted: number } = { rejected: 0, aborted: 0 };
  limit: number = Infinity;
  sampleMs = 0;
  running: 'continue' | 'abort' = 'continue';
  used: number | undefined;
  #readMs = -Infinity;
  #cancel: CancelTimer | undefined;
  probe: () => number = () => 0;

  constructor(base: PolicyBase<ResourceLimitEvents>) {
    this.#base = base;
  }

  apply({ limit, probe, sampleMs, running }: GaugeSettings): void {
    if (probe !== this.probe) this.#readMs = -Infinity;
    Object.assign(this, { limit, probe, sampleMs, running });
  }

  /** Why a call may not start now, if it may not. */
  refusal(): LoadShedError | undefined {
    const { clock, events, name } = this.#base;
    const nowMs = clock.now();
    if (nowMs - this.#readMs >= this.sampleMs) this.#read(nowMs);
    const { used, limit } = this;
    if (used === undefined || used <= limit) return undefined;
    this.counts.rejected++;
    const retryAfterMs = this.#readMs + this.sampleMs - nowMs;
    events.emit('rejected', { used, limit });
    return new LoadShedError({ policy: name, retryAfterMs });
  }

  /** Reads on while anybody is under way. */
  watch(): void {
    // A reading that always counts afresh still needs some time between two.
    this.#cancel ??= this.#base.clock.setTimer(() => this.#look(), Math.max(this.sampleMs, 1), {
      keepAlive: false,
    });
  }

  /** Reads no more; whoever is under way goes on. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #look(): void {
    this.#cancel = undefined;
    this.#read(this.#base.clock.now());
    const { used, limit, runs } = this;
    if (used === undefined || used <= limit || this.running !== 'abort') return this.watch();
    const ended = [...runs];
    this.counts.aborted += ended.length;
    runs.clear();
    const reason = new LoadShedError({ policy: this.#base.name, retryAfterMs: this.sampleMs });
    for (const run of ended) run.abort(reason);
    this.#base.events.emit('aborted', { used, limit, calls: ended.length });
  }

  #read(nowMs: number): void {
    this.#readMs = nowMs;
    this.used = undefined;
    try {
      const used: unknown = this.probe();
      if (typeof used === 'number' && !Number.isNaN(used)) this.used = used;
      else throw unexpected('probe()', 'a number', used);
    } catch (error) {
      this.#base.events.emit('probeFailed', { error });
    }
  }
}
