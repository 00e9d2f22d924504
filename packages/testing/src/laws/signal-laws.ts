/** What a middleware does with the signal of a call. */
import type { Outcome } from '@interpose/kernel';
import { type Pending, pending } from '../pending.ts';
import { settle } from '../settle.ts';
import { type Bench, begin, prepare, type Trial } from '../trial.ts';
import { answerOf, hasNoSignal, type LawText, rejecting, shown } from './law-text.ts';

export const handsOnSignal: LawText = {
  name: 'hands on the signal',
  unless: hasNoSignal,
  async check(bench) {
    const slow = pending<unknown>();
    const trial = await (await begin(bench, () => slow)).reach();
    const inner = bench.declared.signalOf(trial.seen[0]);
    if (!inner) throw trial.fault('the rest was given a context without a signal.');
    if (inner.aborted)
      throw trial.fault(
        'the signal that the rest was given had aborted, though the one of the call had not.',
      );
    const reason = new Error('aborted by the caller');
    trial.watched.abort(reason);
    await settle();
    if (!inner.aborted)
      throw trial.fault(
        'the signal that the rest was given did not abort with the one of the call.',
      );
    if (inner.reason !== reason)
      throw trial.fault('the signal that the rest was given aborted with another reason.');
    slow.reject(reason);
    await trial.end();
  },
};

export const heedsAborted: LawText = {
  name: 'does not run the rest once the signal has aborted',
  unless: ({ heedsSignal }) => !heedsSignal,
  async check(bench) {
    const reason = new Error('aborted before the call');
    const trial = await begin(bench, () => answerOf(bench), { reason });
    const outcome = await trial.end();
    if (trial.seen.length > 0) throw trial.fault('next was called nevertheless.');
    checkReason(trial, outcome, reason);
  },
};

export const givesUp: LawText = {
  name: "gives up with the signal's reason",
  unless: ({ heedsSignal }) => !heedsSignal,
  async check(bench) {
    for (const catchIt of [atItsStart, inTheRest, betweenRuns, behindAnother]) {
      const slow = pending<unknown>();
      const trial = await catchIt(bench, slow);
      await settle();
      if (!trial.outcome) await giveUp(trial, slow);
    }
  },
};

// Where a call can be when its signal aborts. Not every middleware ever waits in each of these places.
const atItsStart = (bench: Bench, slow: Pending<unknown>): Promise<Trial> =>
  begin(bench, () => slow);

const inTheRest = async (bench: Bench, slow: Pending<unknown>): Promise<Trial> =>
  (await begin(bench, () => slow)).reach();

const betweenRuns = async (bench: Bench, slow: Pending<unknown>): Promise<Trial> => {
  const first = rejecting(new Error('rejected by the rest'));
  let runs = 0;
  return (await begin(bench, () => (++runs > 1 ? slow : first()))).reach();
};

const behindAnother = async (bench: Bench, slow: Pending<unknown>): Promise<Trial> => {
  const other = (await prepare(bench)).start(() => pending());
  return other.beside(() => slow);
};

/** Aborts a call under way; the rest, if it is running, does as it is told. */
async function giveUp(trial: Trial, rest: Pending<unknown>): Promise<void> {
  const reason = new Error('aborted by the caller');
  const times = trial.seen.length;
  trial.watched.abort(reason);
  rest.reject(reason);
  const outcome = await trial.end('still');
  if (trial.seen.length > times)
    throw trial.fault('next was called again after the signal had aborted.');
  checkReason(trial, outcome, reason);
}

function checkReason(trial: Trial, outcome: Outcome<unknown>, reason: unknown): void {
  if (outcome.ok)
    throw trial.fault(`it answered ${shown(outcome.value)} though the signal had aborted.`);
  if (outcome.error !== reason)
    throw trial.fault("it threw something other than the signal's reason.");
}
