/** Active health: asks each target at intervals whether it is well. */
import type { Clock } from '@interpose/kernel';
import { checkMs, checkNames, checkWhole, unexpected } from '@interpose/kernel/options';
import { reportFailure, unharmed } from '@interpose/kernel/unharmed';

/** How targets are asked. */
export interface HealthCheckOptions {
  /** What is asked for. @default '/' */
  readonly path?: string;
  /** @default 10_000 */
  readonly intervalMs?: number;
  /** How long an answer may take. @default 2_000 */
  readonly timeoutMs?: number;
  /** So many good answers in a row make a target well again. @default 2 */
  readonly healthyAfter?: number;
  /** So many bad ones in a row make it unwell. @default 3 */
  readonly unhealthyAfter?: number;
  /** Which statuses are good. @default 200 to 399 */
  readonly statuses?: { readonly from: number; readonly to: number };
}

/** Asks one target; the status of its answer. Rejects if there is none. */
export type Probe<T> = (target: T, path: string, signal: AbortSignal) => PromiseLike<number>;

/** What a checker is given. */
export interface HealthCheckerServices<T> {
  readonly clock: Clock;
  /** A number from 0 to less than 1: targets, and gateways, do not ask all at once. */
  readonly random: () => number;
  readonly probe: Probe<T>;
  /** Is told when a target becomes well or unwell. */
  readonly listener?: (target: T, isHealthy: boolean, cause: unknown) => void;
}

interface Patient {
  isHealthy: boolean;
  /** Answers in a row that say otherwise. */
  against: number;
  stop: () => void;
}

const NAMES = ['path', 'intervalMs', 'timeoutMs', 'healthyAfter', 'unhealthyAfter', 'statuses'];

/** Asks the targets of one upstream. All are well until they have been asked. */
export class HealthChecker<T> {
  readonly #patients = new Map<T, Patient>();
  readonly #services: HealthCheckerServices<T>;
  readonly #path: string;
  readonly #intervalMs: number;
  readonly #timeoutMs: number;
  readonly #healthyAfter: number;
  readonly #unhealthyAfter: number;
  readonly #statuses: { readonly from: number; readonly to: number };
  #isStarted = false;
  #isClosed = false;

  /** @throws TypeError or RangeError for options out of range */
  constructor(
    targets: readonly T[],
    options: HealthCheckOptions,
    services: HealthCheckerServices<T>,
  ) {
    checkNames('health', options, NAMES);
    this.#services = services;
    this.#path = options.path ?? '/';
    if (!this.#path.startsWith('/')) throw unexpected('path', 'a path', this.#path);
    this.#intervalMs = checkMs('intervalMs', options.intervalMs ?? 10_000, 1);
    this.#timeoutMs = checkMs('timeoutMs', options.timeoutMs ?? 2000, 1);
    this.#healthyAfter = checkWhole('healthyAfter', options.healthyAfter ?? 2, 1);
    this.#unhealthyAfter = checkWhole('unhealthyAfter', options.unhealthyAfter ?? 3, 1);
    this.#statuses = options.statuses ?? { from: 200, to: 399 };
    for (const target of targets) this.add(target);
  }

  /** Begins to ask, each target at a time of its own within the first interval. */
  start(): void {
    this.#isStarted = true;
    for (const target of this.#patients.keys()) this.#askFirst(target);
  }

  /** Asks one more target from now on. */
  add(target: T): void {
    if (this.#patients.has(target)) return;
    this.#patients.set(target, { isHealthy: true, against: 0, stop: () => {} });
    if (this.#isStarted) this.#askFirst(target);
  }

  /** Asks a target no more. */
  remove(target: T): void {
    const patient = this.#patients.get(target);
    this.#patients.delete(target);
    patient?.stop();
  }

  /** Asks no more. */
  close(): void {
    this.#isClosed = true;
    for (const { stop } of this.#patients.values()) stop();
  }

  isHealthy(target: T): boolean {
    return this.#patients.get(target)?.isHealthy ?? true;
  }

  /** Takes over what another checker knows of targets that are the same. */
  adopt(target: T, isHealthy: boolean): void {
    const patient = this.#patients.get(target);
    if (patient) patient.isHealthy = isHealthy;
  }

  #askFirst(target: T): void {
    this.#askIn(target, this.#services.random() * this.#intervalMs);
  }

  #askIn(target: T, afterMs: number): void {
    const patient = this.#patients.get(target);
    if (this.#isClosed || !patient) return;
    patient.stop = this.#services.clock.setTimer(() => void this.#ask(target, patient), afterMs, {
      keepAlive: false,
    });
  }

  async #ask(target: T, patient: Patient): Promise<void> {
    const { clock, probe } = this.#services;
    const asking = new AbortController();
    const stopTimer = clock.setTimer(
      () => asking.abort(new Error(`No answer in ${this.#timeoutMs} ms`)),
      this.#timeoutMs,
      { keepAlive: false },
    );
    patient.stop = () => {
      stopTimer();
      asking.abort();
    };
    let cause: unknown;
    try {
      const status = await untilAborted(probe(target, this.#path, asking.signal), asking.signal);
      const { from, to } = this.#statuses;
      if (!(status >= from && status <= to)) cause = new Error(`The answer was a ${status}`);
    } catch (error) {
      cause = error ?? new Error('No answer');
    }
    stopTimer();
    if (this.#isClosed || this.#patients.get(target) !== patient) return;
    this.#judge(target, patient, cause);
    // A tenth more or less, so that gateways that were started together part.
    this.#askIn(target, this.#intervalMs * (0.9 + 0.2 * this.#services.random()));
  }

  #judge(target: T, patient: Patient, cause: unknown): void {
    const isWell = cause === undefined;
    if (isWell === patient.isHealthy) {
      patient.against = 0;
      return;
    }
    patient.against++;
    if (patient.against < (isWell ? this.#healthyAfter : this.#unhealthyAfter)) return;
    patient.isHealthy = isWell;
    patient.against = 0;
    const { listener } = this.#services;
    if (listener) unharmed(() => listener(target, isWell, cause), reportFailure);
  }
}

/** A probe that does not heed its signal must not hold up the next one. */
function untilAborted<T>(asked: PromiseLike<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    asked.then(resolve, reject);
  });
}
