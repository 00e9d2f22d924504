/** How a middleware treats calls that are under way at the same time. */
import type { Outcome } from '@interpose/kernel';
import { pending } from '../pending.ts';
import { settle } from '../settle.ts';
import { type Bench, prepare, type Trial } from '../trial.ts';
import { answerOf, hasNoSignal, type LawText } from './law-text.ts';

export const keepsApart: LawText = {
  name: 'keeps calls apart',
  unless: ({ shares }) => shares,
  async check(bench) {
    // The second call ends long before the first, then in the same moment.
    for (const apart of [true, false]) {
      const [one, two] = [pending<unknown>(), pending<unknown>()];
      const [first, second] = await beginTwo(
        bench,
        () => one,
        () => two,
      );
      const [mine, its] = [answerOf(bench), answerOf(bench)];
      two.resolve(its);
      if (apart) await settle();
      one.resolve(mine);
      checkApart(bench, { own: first, other: second, outcome: await first.end(), answer: mine });
      checkApart(bench, { own: second, other: first, outcome: await second.end(), answer: its });
    }
  },
};

export const keepsSignalsApart: LawText = {
  name: 'keeps the signals of calls apart',
  unless: (declared) => declared.shares || hasNoSignal(declared),
  async check(bench) {
    const slow = pending<unknown>();
    const [aborted, other] = await beginTwo(
      bench,
      () => slow,
      () => slow,
    );
    aborted.watched.abort(new Error('aborted by its caller'));
    await settle();
    if (other.seen.some((ctx) => bench.declared.signalOf(ctx)?.aborted)) {
      throw other.fault('the signal of a call aborted when another call was.');
    }
    slow.resolve(answerOf(bench));
    await aborted.end();
    await other.end();
  },
};

/** Two calls of one middleware that are under way at the same time, as far as it lets them. */
async function beginTwo(
  bench: Bench,
  ...[one, two]: [() => unknown, () => unknown]
): Promise<[Trial, Trial]> {
  const first = (await prepare(bench)).start(one);
  const second = first.beside(two);
  await first.reach();
  return [first, second];
}

interface Apart {
  readonly own: Trial;
  readonly other: Trial;
  readonly outcome: Outcome<unknown>;
  readonly answer: unknown;
}

function checkApart({ declared }: Bench, { own, other, outcome, answer }: Apart): void {
  if (own.seen.some((ctx) => ctx === other.ctx || other.seen.includes(ctx))) {
    throw own.fault('the rest of a call was given the context of another call of the same time.');
  }
  if (!declared.changesResult && outcome.ok && !Object.is(outcome.value, answer)) {
    throw own.fault('a call returned something other than the answer of its own rest.');
  }
}
