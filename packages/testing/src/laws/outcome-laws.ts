/** What a middleware returns or throws when the rest has ended. */
import { type Bench, begin } from '../trial.ts';
import { answerOf, type LawText, rejecting, shown, throwing } from './law-text.ts';

export const returnsAnswer: LawText = {
  name: 'returns what the rest answered',
  unless: ({ changesResult }) => changesResult,
  async check(bench) {
    for (const answer of answersOf(bench)) {
      for (const rest of [() => answer, async () => answer]) {
        const trial = await begin(bench, rest);
        const outcome = await trial.end();
        if (!outcome.ok)
          throw trial.fault(`it failed though the rest had answered ${shown(answer)}.`);
        if (!Object.is(outcome.value, answer)) {
          throw trial.fault(
            `it returned ${shown(outcome.value)} though the rest had answered ${shown(answer)}; if it must, declare \`changesResult\`.`,
          );
        }
      }
    }
  },
};

export const passesThrown: LawText = {
  name: 'passes on what the rest throws',
  unless: ({ handlesErrors }) => handlesErrors,
  check: (bench) => passesOn(bench, throwing),
};

export const passesRejected: LawText = {
  name: 'passes on what the rest rejects with',
  unless: ({ handlesErrors }) => handlesErrors,
  check: (bench) => passesOn(bench, rejecting),
};

/** Answers that a careless middleware takes for none. */
function answersOf(bench: Bench): readonly unknown[] {
  return bench.declared.answer ? [answerOf(bench)] : [{}, undefined, null, 0, '', false];
}

async function passesOn(bench: Bench, failing: (error: unknown) => () => unknown): Promise<void> {
  for (const error of [new Error('from the rest'), 'no error object', undefined]) {
    const trial = await begin(bench, failing(error));
    const outcome = await trial.end();
    if (outcome.ok)
      throw trial.fault(
        `it answered ${shown(outcome.value)} though the rest had failed; if it must, declare \`handlesErrors\`.`,
      );
    if (!Object.is(outcome.error, error))
      throw trial.fault(`it threw something other than what the rest had thrown, ${shown(error)}.`);
  }
}
