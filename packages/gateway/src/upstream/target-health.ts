/** TargetHealth: knows which targets of an upstream are well, from asking them and from how requests end. */
import type { Clock } from '@interpose/kernel';
import { HealthChecker } from '../health/health-checker.ts';
import { OutlierDetector } from '../health/outlier-detector.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { percent } from './retry-rules.ts';
import type { Target } from './target.ts';
import type { UpstreamConfig } from './upstream-config.ts';

/** What it gets from the gateway instead of reaching for it. */
export interface TargetHealthServices {
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** Judges the targets of one upstream. */
export class TargetHealth {
  readonly #upstream: string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #checker: HealthChecker<Target> | undefined;
  readonly #outliers: OutlierDetector<Target> | undefined;
  readonly #panicPercent: number;
  #targets: readonly Target[] = [];

  /** @throws TypeError or RangeError for options out of range */
  constructor(
    upstream: string,
    config: UpstreamConfig,
    { clock, random, logger }: TargetHealthServices,
  ) {
    this.#upstream = upstream;
    this.#clock = clock;
    this.#logger = logger;
    this.#panicPercent = percent('panicPercent', config.panicPercent ?? 0);
    this.#checker =
      config.health &&
      new HealthChecker<Target>([], config.health, {
        clock,
        random,
        probe: ({ endpoint }, path, signal) => endpoint.probe(path, signal),
        listener: (target, isHealthy, cause) => this.#judged(target, isHealthy, cause),
      });
    const { outliers = {} } = config;
    if (outliers) {
      const listener = (target: Target, untilMs = 0): void => this.#ejected(target, untilMs);
      this.#outliers = new OutlierDetector<Target>([], clock, { ...outliers, listener });
    }
  }

  /** Begins to ask. */
  start(): void {
    this.#checker?.start();
  }

  close(): void {
    this.#checker?.close();
  }

  /** These are the targets from now on. */
  change(targets: readonly Target[]): void {
    const before = this.#targets;
    this.#targets = targets;
    for (const target of before) {
      if (targets.includes(target)) continue;
      this.#checker?.remove(target);
      this.#outliers?.remove(target);
    }
    for (const target of targets) {
      this.#checker?.add(target);
      this.#outliers?.add(target);
      // Of the only one there is nothing to be gained by counting its failures.
      target.outliers = targets.length > 1 ? this.#outliers : undefined;
      if (!target.outliers) target.ejectedUntilMs = 0;
    }
    this.recount();
  }

  /** Takes over what another one knows of a target that has the same endpoint. */
  adopt(target: Target, from: TargetHealth, known: Target): void {
    if (this.#checker && from.#checker) {
      target.isHealthy = known.isHealthy;
      this.#checker.adopt(target, known.isHealthy);
    }
    if (target.outliers && from.#outliers) {
      target.ejectedUntilMs = target.outliers.adopt(target, from.#outliers, known);
    }
    this.recount();
  }

  /** Finds out whether so many are out that all have to be used. */
  recount(): void {
    if (this.#panicPercent === 0) return;
    const targets = this.#targets;
    const well = targets.filter((target) => target.isWell).length;
    const isPanic = well * 100 < targets.length * this.#panicPercent;
    for (const target of targets) target.isNeeded = isPanic;
  }

  get isPanicking(): boolean {
    return this.#targets[0]?.isNeeded ?? false;
  }

  /** When the first of those that are left out comes back, from now on; `undefined` if nobody knows. */
  get backInMs(): number | undefined {
    const until = this.#targets.map(({ ejectedUntilMs }) => ejectedUntilMs).filter((ms) => ms > 0);
    return until.length > 0 ? Math.max(0, Math.min(...until) - this.#clock.now()) : undefined;
  }

  #judged(target: Target, isHealthy: boolean, cause: unknown): void {
    target.isHealthy = isHealthy;
    this.recount();
    const why = isHealthy ? '' : `: ${messageOf(cause)}`;
    this.#tell(target, `is ${isHealthy ? 'healthy again' : 'unhealthy'}${why}`, isHealthy);
  }

  #ejected(target: Target, untilMs: number): void {
    target.ejectedUntilMs = untilMs;
    this.recount();
    const forMs = Math.round(untilMs - this.#clock.now());
    const said = untilMs > 0 ? `is left out for ${forMs} ms, as it fails` : 'is used again';
    this.#tell(target, said, untilMs === 0);
  }

  #tell({ name }: Target, said: string, isGood: boolean): void {
    const upstream = this.#upstream;
    const entry = {
      message: `Target ${name} of upstream "${upstream}" ${said}`,
      upstream,
      target: name,
    };
    if (isGood) this.#logger.info(entry);
    else this.#logger.warn(entry);
  }
}
