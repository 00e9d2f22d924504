/** What a middleware leaves behind. */
import { pending } from '../pending.ts';
import { type Bench, begin, type Trial } from '../trial.ts';
import { ENDINGS, hasNoSignal, type LawText, rejecting } from './law-text.ts';

export const leavesNoTimer: LawText = {
  name: 'leaves no timer behind',
  async check(bench) {
    for (const [when, trial] of await ended(bench)) {
      const { pending: left } = trial.clock;
      if (left > 0) throw trial.fault(`it left timers on the clock: ${left} (${when}).`);
    }
  },
};

export const leavesNoListener: LawText = {
  name: 'leaves no listener behind',
  unless: hasNoSignal,
  async check(bench) {
    for (const [when, trial] of await ended(bench)) {
      const { listeners } = trial.watched;
      if (listeners > 0)
        throw trial.fault(`it left listeners on the signal: ${listeners} (${when}).`);
    }
  },
};

/** Calls that have ended in each of the ways in which a call can end. */
async function ended(bench: Bench): Promise<[when: string, trial: Trial][]> {
  const trials: [string, Trial][] = [];
  for (const [when, rest] of ENDINGS)
    trials.push([`the rest ${when}`, await begin(bench, rest(bench))]);
  if (!hasNoSignal(bench.declared)) {
    const reason = new Error('aborted by the caller');
    const slow = pending<unknown>();
    const running = await (await begin(bench, () => slow)).reach();
    running.watched.abort(reason);
    slow.reject(reason);
    trials.push(['the signal aborted while the rest ran', running]);
    trials.push([
      'the signal had aborted before',
      await begin(bench, rejecting(reason), { reason }),
    ]);
  }
  for (const [, trial] of trials) await trial.end();
  return trials;
}
