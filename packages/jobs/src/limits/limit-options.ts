/** Options that memoryLimit and cpuLimit share, checked. */
import type { Clock } from '@interpose/kernel';
import { checkMs, checkNames, outOfRange, unexpected } from '@interpose/kernel/options';
import type { LimitEvent } from './limit-events.ts';

/** How hard a limit is: see `docs/jobs/limits.md`. */
export type LimitMode = 'gate' | 'watch' | 'isolate';

/** Options of `memoryLimit` and `cpuLimit` beside the limit itself. */
export interface JobLimitOptions {
  /**
   * `'gate'`: a job does not begin while the process is above the limit. `'watch'`: as well, and one under way is told to stop. `'isolate'`:
   * the handler, made with `isolated()`, runs in a child process that cannot take more.
   *
   * @default 'gate'
   */
  readonly mode?: LimitMode;
  /** Gives how much the process uses now; not with `isolate`. If it throws, or gives no number, nobody is held back. @default that of Node */
  readonly probe?: () => number;
  /** How long a reading counts, in milliseconds. @default 1000; 250 for memory with `watch`; 100 with `isolate` */
  readonly sampleMs?: number;
  /** How long a job waits for room before it is put off, in milliseconds. @default 30_000 */
  readonly maxWaitMs?: number;
  /** When a job that was put off is to come again, in milliseconds. @default 10_000 */
  readonly postponeMs?: number;
  /** With `watch`: how long a handler that was told has to stop before it is abandoned, in milliseconds. @default 5000 */
  readonly graceMs?: number;
  /** Is told what happens. What it throws changes nothing. */
  readonly onEvent?: (event: LimitEvent) => void;
  /** Names it in errors, events and reports. @default what it is called */
  readonly name?: string;
  /** Tells the time. @default the clock of the worker whose job comes first */
  readonly clock?: Clock;
}

/** The shared options with nothing left out. */
export interface LimitSettings {
  readonly mode: LimitMode;
  readonly sampleMs: number;
  readonly maxWaitMs: number;
  readonly postponeMs: number;
  readonly graceMs: number;
  readonly onEvent: ((event: LimitEvent) => void) | undefined;
  readonly name: string;
  readonly clock: Clock | undefined;
}

const SHARED = [
  'mode',
  'sampleMs',
  'maxWaitMs',
  'postponeMs',
  'graceMs',
  'onEvent',
  'name',
  'clock',
];
const OF_PROCESS = ['probe', 'maxWaitMs', 'postponeMs', 'graceMs', 'onEvent'];

/** What the two limits do not have in common. */
export interface LimitOwn {
  readonly policy: string;
  /** Names of its own options. */
  readonly names: readonly string[];
  /** How long a reading counts with `watch`. */
  readonly watchSampleMs: number;
}

/**
 * Checks the shared options.
 *
 * @throws TypeError or RangeError
 */
export function limitSettings(options: JobLimitOptions, own: LimitOwn): LimitSettings {
  const { policy, names, watchSampleMs } = own;
  checkNames(`${policy}()`, options, [...SHARED, 'probe', ...names]);
  const { mode = 'gate', name = policy, probe, onEvent, clock } = options;
  if (mode !== 'gate' && mode !== 'watch' && mode !== 'isolate') {
    throw unexpected('mode', `'gate', 'watch' or 'isolate'`, mode);
  }
  if (typeof name !== 'string' || name === '') throw unexpected('name', 'a name', name);
  for (const [key, value] of Object.entries({ probe, onEvent })) {
    if (value !== undefined && typeof value !== 'function') {
      throw unexpected(key, 'a function', value);
    }
  }
  if (mode === 'isolate') refuse(policy, options, { names: OF_PROCESS, where: `mode: 'isolate'` });
  if (mode === 'gate') refuse(policy, options, { names: ['graceMs'], where: `mode: 'gate'` });
  const defaultMs = mode === 'isolate' ? 100 : mode === 'watch' ? watchSampleMs : 1000;
  return {
    mode,
    name,
    onEvent,
    clock,
    sampleMs: checkMs('sampleMs', options.sampleMs ?? defaultMs, 1),
    maxWaitMs: endless('maxWaitMs', options.maxWaitMs ?? 30_000),
    postponeMs: checkMs('postponeMs', options.postponeMs ?? 10_000),
    graceMs: endless('graceMs', options.graceMs ?? 5000),
  };
}

/**
 * Refuses options that would have no effect.
 *
 * @throws TypeError
 */
export function refuse(
  policy: string,
  options: object,
  { names, where }: { readonly names: readonly string[]; readonly where: string },
): void {
  const idle = names.find((name) => options[name as keyof typeof options] !== undefined);
  if (idle) throw new TypeError(`\`${idle}\` of ${policy}() has no effect with ${where}.`);
}

/**
 * Checks a limit.
 *
 * @throws TypeError or RangeError
 */
export function checkLimit(name: string, value: unknown, least = 0): number {
  const wanted = least > 0 ? `a number, ${least} or more` : 'a number above 0';
  if (typeof value !== 'number') throw unexpected(name, wanted, value);
  if (!Number.isFinite(value) || value <= 0 || value < least) {
    throw outOfRange(name, wanted, value);
  }
  return value;
}

const endless = (name: string, value: unknown): number =>
  value === Infinity ? Infinity : checkMs(name, value);
