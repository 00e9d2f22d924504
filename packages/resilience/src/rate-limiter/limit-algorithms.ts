/** Limit algorithms by name, for whoever keeps states: a limit store. */
import { cubic, type LearningAlgorithm } from './cubic.ts';
import { fixedWindow } from './fixed-window.ts';
import { gcra } from './gcra.ts';
import type { LimitAlgorithm, RateAlgorithmName, LimitRule } from './limit-rule.ts';
import { slidingLog } from './sliding-log.ts';
import { slidingWindow } from './sliding-window.ts';
import { tokenBucket } from './token-bucket.ts';

const MAKERS: { readonly [N in RateAlgorithmName]: (rule: LimitRule) => LimitAlgorithm } = {
  'token-bucket': tokenBucket,
  gcra,
  'fixed-window': fixedWindow,
  'sliding-window': slidingWindow,
  'sliding-log': slidingLog,
  cubic,
};

/** What counts by a rule. */
export function limitAlgorithm(rule: LimitRule): LimitAlgorithm {
  return MAKERS[rule.algorithm](rule);
}

/** Tells an algorithm that learns from one that does not. */
export function canLearn(algorithm: LimitAlgorithm): algorithm is LearningAlgorithm {
  return 'learn' in algorithm;
}
