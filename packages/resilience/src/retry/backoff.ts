/** Backoff: how long to wait before another attempt. */
import { checkMs, checkNames, outOfRange, unexpected } from '@interpose/kernel/options';

/**
 * Says how long to wait after an attempt has failed, in milliseconds.
 *
 * @param attempt the number of the attempt that failed, from 1
 * @param random chance, from 0 up to, but not including, 1
 * @param previousMs what it said after the attempt before; 0 the first time
 */
export type Backoff = (attempt: number, random: () => number, previousMs: number) => number;

/** How a delay grows: always the same, by the same, or by the same factor; or there is none. */
export type BackoffKind = 'constant' | 'linear' | 'exponential' | 'none';

/**
 * How chance changes a delay, so that callers that failed together do not come back together. `full`: from 0 to the delay. `equal`: from
 * half of it. `decorrelated`: from `baseMs` to three times the delay before. A number is the share by which it may be longer or shorter:
 * 0.25 is plus or minus 25 %.
 */
export type Jitter = 'none' | 'full' | 'equal' | 'decorrelated' | number;

/** Options of `backoff`. */
export interface BackoffOptions {
  /** How the delay grows. @default 'exponential' */
  readonly kind?: BackoffKind;
  /** The first delay, in milliseconds. @default 100 */
  readonly baseMs?: number;
  /** By what an exponential delay is multiplied each time. @default 2 */
  readonly factor?: number;
  /** No delay is longer, jitter included; in milliseconds. @default 30_000 */
  readonly capMs?: number;
  /** How chance changes it. @default 'full' */
  readonly jitter?: Jitter;
}

const KINDS: readonly string[] = ['constant', 'linear', 'exponential', 'none'];
const JITTERS: readonly unknown[] = ['none', 'full', 'equal', 'decorrelated'];
const NAMES: readonly (keyof BackoffOptions)[] = ['kind', 'baseMs', 'factor', 'capMs', 'jitter'];

/** Options with their defaults, checked. */
export type BackoffSettings = Required<BackoffOptions>;

/**
 * Makes a backoff.
 *
 * @throws TypeError or RangeError for options out of range
 * @example
 * const policy = retry({ backoff: backoff({ kind: 'linear', baseMs: 250, jitter: 0.25 }) });
 */
export function backoff(options: BackoffOptions = {}): Backoff {
  const settings = backoffSettings(options);
  if (settings.kind === 'none') return () => 0;
  const { baseMs, capMs, jitter } = settings;
  if (jitter === 'decorrelated') {
    return (_attempt, random, previousMs) => {
      const mostMs = Math.max(previousMs, baseMs) * 3;
      return Math.min(capMs, baseMs + random() * (mostMs - baseMs));
    };
  }
  const spread = SPREADS[String(jitter)] ?? shareOf(jitter as number);
  const grow = GROWTHS[settings.kind];
  return (attempt, random) => {
    // Capped before, too: else at the cap all callers would wait for the same time again.
    const delayMs = Math.min(capMs, grow(settings, attempt));
    return Math.min(capMs, spread(delayMs, random));
  };
}

type Spread = (delayMs: number, random: () => number) => number;

const SPREADS: Readonly<Record<string, Spread>> = {
  none: (delayMs) => delayMs,
  full: (delayMs, random) => delayMs * random(),
  equal: (delayMs, random) => delayMs / 2 + (delayMs / 2) * random(),
};

const shareOf =
  (share: number): Spread =>
  (delayMs, random) =>
    delayMs * (1 - share + 2 * share * random());

const GROWTHS: Readonly<
  Record<Exclude<BackoffKind, 'none'>, (of: BackoffSettings, attempt: number) => number>
> = {
  constant: ({ baseMs }) => baseMs,
  linear: ({ baseMs }, attempt) => baseMs * attempt,
  // 0 times a power that has overflowed would be no number.
  exponential: ({ baseMs, factor }, attempt) =>
    baseMs === 0 ? 0 : baseMs * factor ** (attempt - 1),
};

/**
 * Checks options and adds what they leave out.
 *
 * @throws TypeError or RangeError for options out of range
 */
export function backoffSettings(options: BackoffOptions): BackoffSettings {
  checkNames('backoff', options, NAMES);
  const { kind = 'exponential', factor = 2, jitter = 'full' } = options;
  if (!KINDS.includes(kind)) {
    throw unexpected('kind', `'constant', 'linear', 'exponential' or 'none'`, kind);
  }
  checkFactor(factor);
  checkJitter(jitter);
  if (kind === 'none') return { kind, baseMs: 0, factor, capMs: 0, jitter: 'none' };
  return {
    kind,
    baseMs: checkMs('baseMs', options.baseMs ?? 100),
    factor,
    capMs: checkMs('capMs', options.capMs ?? 30_000),
    jitter,
  };
}

function checkFactor(factor: unknown): void {
  const wanted = 'a finite number, 1 or more';
  if (typeof factor !== 'number') throw unexpected('factor', wanted, factor);
  if (!(factor >= 1 && factor < Infinity)) throw outOfRange('factor', wanted, factor);
}

function checkJitter(jitter: unknown): void {
  const wanted = `'none', 'full', 'equal', 'decorrelated' or a share from 0 to 1`;
  if (typeof jitter !== 'number') {
    if (!JITTERS.includes(jitter)) throw unexpected('jitter', wanted, jitter);
  } else if (!(jitter >= 0 && jitter <= 1)) throw outOfRange('jitter', wanted, jitter);
}
