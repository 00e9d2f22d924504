/** What the limits of memory and of CPU have in common: a probe is read now and then, and above the limit new calls are refused. */
import { checkMs, outOfRange, unexpected } from '@interpose/kernel/options';
import { createPolicy, type PolicyOptions, type ResiliencePolicy } from '../policy.ts';
import type { Receiver, Stage } from '../stage.ts';
import { LimitedRun } from './limited-run.ts';
import { type GaugeSettings, type ResourceLimitEvents, ResourceGauge } from './resource-gauge.ts';

/** Options of `memoryLimit` and `cpuLimit` beside the limit itself. */
export interface ResourceLimitOptions extends PolicyOptions {
  /** Gives how much is in use now. If it throws, or gives no number, nothing is refused. */
  readonly probe: () => number;
  /** How long a reading counts, in milliseconds. @default 1000 */
  readonly sampleMs?: number;
  /**
   * What becomes of calls under way when the limit is passed: they go on, or their signals are aborted and their callers told. To see it
   * in time, the probe is then read for as long as calls are running. @default 'continue'
   */
  readonly running?: 'continue' | 'abort';
}

/** State of `memoryLimit` and `cpuLimit`. */
export interface ResourceLimitState {
  /** The last reading; `undefined` before the first and after one that failed. */
  readonly used: number | undefined;
  /** How many calls are under way; counted only where they may be aborted. */
  readonly running: number;
  /** How many were refused since it was made or reset. */
  readonly rejected: number;
  /** How many were aborted since it was made or reset. */
  readonly aborted: number;
}

/** Which of the two it is. */
export interface ResourceKind<K extends string> {
  readonly policy: string;
  readonly description: string;
  /** The name of the option that is the limit, and its default. */
  readonly option: K;
  readonly limit: number;
}

/** Options with the limit under its own name. */
export type LimitOptions<K extends string> = ResourceLimitOptions &
  Partial<Readonly<Record<K, number>>>;

/** A limit of memory or CPU. */
export type ResourceLimit<K extends string> = ResiliencePolicy<
  unknown,
  LimitOptions<K>,
  ResourceLimitState,
  ResourceLimitEvents
>;

/**
 * Makes a limit of either kind.
 *
 * @throws TypeError or RangeError for options out of range
 */
export function resourceLimit<K extends string>(
  kind: ResourceKind<K>,
  options: LimitOptions<K>,
): ResourceLimit<K> {
  const { policy, description, option } = kind;
  return createPolicy<unknown, LimitOptions<K>, ResourceLimitState, ResourceLimitEvents>({
    policy,
    description,
    options,
    names: [option, 'probe', 'sampleMs', 'running'],
    events: ['rejected', 'aborted', 'probeFailed'],
    create: (base) => {
      const gauge = new ResourceGauge(base);
      return {
        stage: stageOf(gauge),
        apply: (given) => gauge.apply(checked(kind, given)),
        settings: () => ({
          [option]: gauge.limit,
          probe: gauge.probe,
          sampleMs: gauge.sampleMs,
          running: gauge.running,
        }),
        state: () => ({ used: gauge.used, running: gauge.runs.size, ...gauge.counts }),
        reset: () => void Object.assign(gauge.counts, { rejected: 0, aborted: 0 }),
        dispose: () => gauge.stop(),
      };
    },
  });
}

function checked<K extends string>(kind: ResourceKind<K>, options: LimitOptions<K>): GaugeSettings {
  const { option } = kind;
  const { probe, sampleMs = 1000, running = 'continue' } = options;
  const limit: unknown = options[option] ?? kind.limit;
  if (typeof limit !== 'number') throw unexpected(option, 'a number above 0', limit);
  if (!(limit > 0)) throw outOfRange(option, 'a number above 0', limit);
  if (typeof probe !== 'function') throw unexpected('probe', 'a function', probe);
  if (running !== 'continue' && running !== 'abort') {
    throw unexpected('running', `'continue' or 'abort'`, running);
  }
  return { limit, probe, sampleMs: checkMs('sampleMs', sampleMs), running };
}

function stageOf(gauge: ResourceGauge): Stage {
  return (rest) => (ctx, outer: Receiver) => {
    const error = gauge.refusal();
    if (error) return outer.fail(error);
    if (gauge.running === 'continue') return rest(ctx, outer);
    const run = new LimitedRun(ctx, outer, gauge);
    rest(run.ctx, run);
    if (gauge.runs.has(run)) gauge.watch();
  };
}
