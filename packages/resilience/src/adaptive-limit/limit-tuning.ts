/** Limit tuning: the options of an adaptive limit, checked, with the defaults of its algorithm. */
import { checkMs, checkWhole, outOfRange, unexpected } from '@interpose/kernel/options';
import { aimd, type AimdTuning } from './aimd.ts';
import { gradient2, type Gradient2Tuning } from './gradient2.ts';
import type { LimitAlgorithm, LimitRange, LimitState } from './limit-algorithm.ts';
import { vegas, type VegasTuning } from './vegas.ts';

/** How an adaptive limit finds its limit. */
export type LimitAlgorithmName = 'gradient2' | 'aimd' | 'vegas';

/** Options of the algorithms. */
export interface LimitTuningOptions {
  /**
   * How the limit is found: by the slope of latency (`gradient2`), by losses alone (`aimd`), or by the queue in the callee (`vegas`). It
   * stays as it was made. @default 'gradient2'
   */
  readonly algorithm?: LimitAlgorithmName;
  /** The lowest limit. @default 1 */
  readonly min?: number;
  /** The highest limit. @default 200 */
  readonly max?: number;
  /** The limit at first, and after `reset()`. @default 20, or the end of the range nearest to it */
  readonly initial?: number;
  /** For `gradient2` and `vegas`: how much of a change one sample makes, above 0 and up to 1. @default 0.2 for gradient2, 1 for vegas */
  readonly smoothing?: number;
  /** For `gradient2`: so many times slower than as a rule is not slower yet. @default 1.5 */
  readonly tolerance?: number;
  /** For `gradient2`: over how many samples "as a rule" reaches. @default 600 */
  readonly longWindow?: number;
  /** For `gradient2`: how many more than needed are wanted, so that the limit can grow. @default 4 */
  readonly headroom?: number;
  /** For `aimd`: what is left of the limit after a loss, from 0.5 to below 1. @default 0.9 */
  readonly backoffRatio?: number;
  /** For `aimd`: a run that took longer counts as lost, in milliseconds. @default 5_000 */
  readonly slowCallMs?: number;
  /** For `vegas`: chance, from 0 up to but not including 1. @default Math.random */
  readonly random?: () => number;
}

/** Names of the options of the algorithms. */
export const TUNING_OPTIONS = [
  'algorithm',
  'min',
  'max',
  'initial',
  'smoothing',
  'tolerance',
  'longWindow',
  'headroom',
  'backoffRatio',
  'slowCallMs',
  'random',
] as const;

/** An algorithm ready to run, with its options as they are in force. */
export interface Tuned {
  readonly algorithm: LimitAlgorithm<LimitState, LimitRange>;
  readonly tuning: LimitRange;
  readonly initial: number;
  /** For descriptions. */
  readonly settings: object;
}

type Own = Omit<LimitTuningOptions, 'algorithm' | 'min' | 'max' | 'initial'>;

const ALGORITHMS: Record<
  LimitAlgorithmName,
  {
    readonly takes: readonly (keyof Own)[];
    readonly algorithm: LimitAlgorithm<LimitState, LimitRange>;
    tune(options: Own, range: LimitRange): LimitRange;
  }
> = {
  gradient2: {
    takes: ['smoothing', 'tolerance', 'longWindow', 'headroom'],
    algorithm: gradient2 as LimitAlgorithm<LimitState, LimitRange>,
    tune: (
      { smoothing = 0.2, tolerance = 1.5, longWindow = 600, headroom = 4 },
      range,
    ): Gradient2Tuning => ({
      ...range,
      smoothing: checkSmoothing(smoothing),
      tolerance: checkNumber('tolerance', tolerance, { wanted: '1 or more', is: (n) => n >= 1 }),
      longWindow: checkWhole('longWindow', longWindow, 1),
      headroom: checkWhole('headroom', headroom, 1),
    }),
  },
  aimd: {
    takes: ['backoffRatio', 'slowCallMs'],
    algorithm: aimd as LimitAlgorithm<LimitState, LimitRange>,
    tune: ({ backoffRatio = 0.9, slowCallMs = 5000 }, range): AimdTuning => ({
      ...range,
      backoffRatio: checkNumber('backoffRatio', backoffRatio, {
        wanted: 'from 0.5 to below 1',
        is: (n) => n >= 0.5 && n < 1,
      }),
      slowCallMs: slowCallMs === Infinity ? slowCallMs : checkMs('slowCallMs', slowCallMs),
    }),
  },
  vegas: {
    takes: ['smoothing', 'random'],
    algorithm: vegas as LimitAlgorithm<LimitState, LimitRange>,
    tune({ smoothing = 1, random = Math.random }, range): VegasTuning {
      if (typeof random !== 'function') throw unexpected('random', 'a function', random);
      return { ...range, smoothing: checkSmoothing(smoothing), random };
    },
  },
};

const OWN: readonly (keyof Own)[] = [
  ...new Set(Object.values(ALGORITHMS).flatMap(({ takes }) => takes)),
];

/**
 * Checks the options of the algorithms and adds what they leave out.
 *
 * @throws TypeError or RangeError for options out of range, or such as the algorithm does not take
 */
export function tuned(options: LimitTuningOptions): Tuned {
  const { algorithm = 'gradient2', min = 1, max = 200 } = options;
  if (!Object.hasOwn(ALGORITHMS, algorithm)) {
    throw unexpected('algorithm', `'gradient2', 'aimd' or 'vegas'`, algorithm);
  }
  const chosen = ALGORITHMS[algorithm];
  for (const name of OWN) {
    if (options[name] !== undefined && !chosen.takes.includes(name)) {
      const takers = Object.entries(ALGORITHMS).filter(([, { takes }]) => takes.includes(name));
      const whose = takers.map(([taker]) => `'${taker}'`).join(' and ');
      throw new TypeError(`\`${name}\` is for the algorithm ${whose}, not for '${algorithm}'.`);
    }
  }
  checkWhole('min', min, 1);
  checkWhole('max', max, min);
  const { initial = Math.max(min, Math.min(max, 20)) } = options;
  if (checkWhole('initial', initial, min) > max) {
    throw outOfRange('initial', `a whole number from ${min} to ${max}`, initial);
  }
  const tuning = chosen.tune(options, { min, max });
  return {
    algorithm: chosen.algorithm,
    tuning,
    initial,
    settings: { algorithm, initial, ...tuning },
  };
}

const checkSmoothing = (smoothing: unknown): number =>
  checkNumber('smoothing', smoothing, {
    wanted: 'above 0 and up to 1',
    is: (n) => n > 0 && n <= 1,
  });

function checkNumber(
  name: string,
  value: unknown,
  { wanted, is }: { readonly wanted: string; readonly is: (value: number) => boolean },
): number {
  if (typeof value !== 'number') throw unexpected(name, `a number ${wanted}`, value);
  if (!Number.isFinite(value) || !is(value)) throw outOfRange(name, `a number ${wanted}`, value);
  return value;
}
