/** All laws, in the order in which they are best read. */
import { keepsApart, keepsSignalsApart } from './concurrency-laws.ts';
import type { LawText } from './law-text.ts';
import { leavesNoListener, leavesNoTimer } from './leftover-laws.ts';
import { passesRejected, passesThrown, returnsAnswer } from './outcome-laws.ts';
import {
  handsOnContext,
  named,
  runsNothingLater,
  runsRest,
  runsRestOnce,
  staysSync,
  waits,
} from './run-laws.ts';
import { givesUp, handsOnSignal, heedsAborted } from './signal-laws.ts';

/** The laws for every middleware; `unless` says whom each does not bind. */
export const LAWS: readonly LawText[] = [
  named,
  runsRest,
  runsRestOnce,
  runsNothingLater,
  waits,
  returnsAnswer,
  passesThrown,
  passesRejected,
  handsOnContext,
  handsOnSignal,
  heedsAborted,
  givesUp,
  leavesNoTimer,
  leavesNoListener,
  keepsApart,
  keepsSignalsApart,
  staysSync,
];
