/** How often, when and with what a middleware runs the rest. */
import { pending } from '../pending.ts';
import { begin } from '../trial.ts';
import { answerOf, ENDINGS, type LawText, throwing } from './law-text.ts';

export const named: LawText = {
  name: 'has a name',
  async check(bench) {
    const trial = await begin(bench, () => answerOf(bench));
    if (!trial.name) {
      throw trial.fault(
        'its function has none, and errors and traces could not tell which it is; name the inner function.',
      );
    }
  },
};

export const runsRest: LawText = {
  name: 'runs the rest',
  async check(bench) {
    for (const [when, rest] of ENDINGS) {
      const trial = await begin(bench, rest(bench));
      await trial.end();
      if (trial.seen.length === 0) {
        throw trial.fault(
          `next was not called (the rest ${when}); give a \`context\` that lets a call pass.`,
        );
      }
    }
  },
};

export const runsRestOnce: LawText = {
  name: 'runs the rest no more than once',
  unless: ({ repeats }) => repeats,
  async check(bench) {
    for (const [when, rest] of ENDINGS) {
      const trial = await begin(bench, rest(bench));
      await trial.end();
      const times = trial.seen.length;
      if (times > 1)
        throw trial.fault(
          `next was called ${times} times (the rest ${when}); if it must, declare \`repeats\`.`,
        );
    }
  },
};

/** How many timers are fired in search of a run that comes late. */
const MOST_LATE_TIMERS = 100;

export const runsNothingLater: LawText = {
  name: 'runs nothing after its end',
  unless: ({ detached }) => detached,
  async check(bench) {
    for (const [when, rest] of ENDINGS) {
      const trial = await begin(bench, rest(bench));
      await trial.end();
      const times = trial.seen.length;
      for (let fired = 0; trial.clock.nextInMs !== undefined && fired < MOST_LATE_TIMERS; fired++) {
        await trial.clock.advance(trial.clock.nextInMs);
      }
      if (trial.seen.length > times)
        throw trial.fault(`next was called after the call had ended (the rest ${when}).`);
    }
  },
};

export const waits: LawText = {
  name: 'waits for the rest',
  unless: ({ detached }) => detached,
  async check(bench) {
    const slow = pending<unknown>();
    const trial = await (await begin(bench, () => slow)).reach();
    if (trial.outcome && trial.seen.length > 0)
      throw trial.fault('it ended while the rest was running; await what next returns.');
    slow.resolve(answerOf(bench));
    await trial.end();
  },
};

export const handsOnContext: LawText = {
  name: 'hands on the context',
  unless: ({ changesContext }) => changesContext,
  async check(bench) {
    const trial = await begin(bench, () => answerOf(bench));
    await trial.end();
    if (trial.seen.some((ctx) => ctx !== trial.ctx)) {
      throw trial.fault(
        'the rest was given another context; if it must, declare `changesContext`.',
      );
    }
  },
};

export const staysSync: LawText = {
  name: 'is as synchronous as the rest',
  unless: ({ sync }) => !sync,
  async check(bench) {
    const answered = await begin(bench, () => answerOf(bench));
    if (!answered.sync)
      throw answered.fault('it returned a promise though the rest had answered without one.');
    const failed = await begin(bench, throwing(new Error('thrown by the rest')));
    if (!failed.sync) throw failed.fault('it returned a promise though the rest had thrown.');
  },
};
