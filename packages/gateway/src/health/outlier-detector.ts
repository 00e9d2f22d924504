/** Passive health: a target that fails again and again is left out for a while, judged by the requests that it gets anyway. */
import type { Clock } from '@interpose/kernel';
import { checkMs, checkNames, checkWhole, outOfRange } from '@interpose/kernel/options';
import { reportFailure, unharmed } from '@interpose/kernel/unharmed';

/** When a target is left out. */
export interface OutlierOptions {
  /** After so many failures in a row; 0: never. @default 5 */
  readonly consecutiveFailures?: number;
  /** For how long the first time; the second time for twice as long, and so on. @default 30_000 */
  readonly ejectMs?: number;
  /** For how long at most. @default 300_000 */
  readonly maxEjectMs?: number;
  /** How many of the targets may be left out at once; the last one never is. @default 50 */
  readonly maxEjectedPercent?: number;
}

/** Is told when a target is left out, or comes back. */
export type EjectionListener<T> = (target: T, untilMs: number | undefined) => void;

/** How a target has done. */
interface Standing {
  failures: number;
  ejections: number;
  untilMs: number;
  /** Since when it has done well; a time without failures makes past ejections count less. */
  goodSinceMs: number;
}

/** Judges the targets of one upstream. */
export class OutlierDetector<T> {
  readonly #records = new Map<T, Standing>();
  readonly #clock: Clock;
  readonly #listener: EjectionListener<T> | undefined;
  readonly #failures: number;
  readonly #ejectMs: number;
  readonly #maxEjectMs: number;
  readonly #maxPercent: number;

  /** @throws TypeError or RangeError for options out of range */
  constructor(
    targets: readonly T[],
    clock: Clock,
    options: OutlierOptions & { readonly listener?: EjectionListener<T> } = {},
  ) {
    checkNames('outliers', options, [
      'consecutiveFailures',
      'ejectMs',
      'maxEjectMs',
      'maxEjectedPercent',
      'listener',
    ]);
    this.#clock = clock;
    this.#listener = options.listener;
    this.#failures = checkWhole('consecutiveFailures', options.consecutiveFailures ?? 5);
    this.#ejectMs = checkMs('ejectMs', options.ejectMs ?? 30_000, 1);
    this.#maxEjectMs = checkMs('maxEjectMs', options.maxEjectMs ?? 300_000, 1);
    this.#maxPercent = options.maxEjectedPercent ?? 50;
    if (!(this.#maxPercent >= 0 && this.#maxPercent <= 100)) {
      throw outOfRange('maxEjectedPercent', 'a number from 0 to 100', this.#maxPercent);
    }
    for (const target of targets) this.add(target);
  }

  /** Judges one more target from now on. */
  add(target: T): void {
    if (this.#records.has(target)) return;
    const goodSinceMs = this.#clock.now();
    this.#records.set(target, { failures: 0, ejections: 0, untilMs: 0, goodSinceMs });
  }

  /** Judges a target no more. */
  remove(target: T): void {
    this.#records.delete(target);
  }

  /** Takes over what another detector knows of a target that is the same. Gives until when it is left out; 0: it is not. */
  adopt(target: T, from: OutlierDetector<T>, known: T): number {
    const record = this.#records.get(target);
    const theirs = from.#records.get(known);
    if (record && theirs) Object.assign(record, theirs);
    return record?.untilMs ?? 0;
  }

  /** True while a target is left out. */
  isEjected(target: T): boolean {
    const record = this.#records.get(target);
    if (!record || record.untilMs === 0) return false;
    if (record.untilMs > this.#clock.now()) return true;
    record.untilMs = 0;
    record.failures = 0;
    record.goodSinceMs = this.#clock.now();
    this.#tell(target, undefined);
    return false;
  }

  /** A request to the target has ended well. */
  succeeded(target: T): void {
    const record = this.#records.get(target);
    if (!record) return;
    record.failures = 0;
    if (record.ejections === 0) return;
    const goodMs = this.#clock.now() - record.goodSinceMs;
    const forgiven = Math.floor(goodMs / this.#ejectMs);
    if (forgiven === 0) return;
    record.ejections = Math.max(0, record.ejections - forgiven);
    record.goodSinceMs = this.#clock.now();
  }

  /** A request to the target has failed: no connection, no answer in time, a broken answer, or a status of 500 and more. */
  failed(target: T): void {
    const record = this.#records.get(target);
    if (!record || this.#failures === 0 || this.isEjected(target)) return;
    record.failures++;
    record.goodSinceMs = this.#clock.now();
    if (record.failures < this.#failures || !this.#mayEject()) return;
    record.ejections++;
    const untilMs =
      this.#clock.now() + Math.min(record.ejections * this.#ejectMs, this.#maxEjectMs);
    record.untilMs = untilMs;
    this.#tell(target, untilMs);
  }

  #tell(target: T, untilMs: number | undefined): void {
    const listener = this.#listener;
    if (listener) unharmed(() => listener(target, untilMs), reportFailure);
  }

  #mayEject(): boolean {
    const targets = [...this.#records.keys()];
    const ejected = targets.filter((target) => this.isEjected(target)).length;
    const most = Math.floor((targets.length * this.#maxPercent) / 100);
    // One may always be left out, but never the last.
    return ejected < Math.max(most, 1) && ejected < targets.length - 1;
  }
}
