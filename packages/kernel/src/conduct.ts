/** Watches a middleware while it runs, where its text does not prove that it keeps the rules. */
import type { Layer, Run } from './layer.ts';
import { DoubleNextError, EarlyReturnError, LostResultError, NoAnswerError } from './errors.ts';
import { isThenable } from './middleware.ts';

/** How far the call of `next` has come. */
const NOT_CALLED = 0;
const RUNNING = 1;
const DONE = 2;

/** Runs a middleware and throws when it breaks a rule. A failure of its own or of the rest is never replaced. */
export function watch({ name, run, traits }: Layer, rest: Run): Run {
  return (ctx) => {
    let stage = NOT_CALLED;
    let answered = false;
    let handed: unknown;
    let value: unknown;

    const done = (fulfilled?: unknown): void => {
      value = fulfilled;
      stage = DONE;
    };
    const settle = (result: unknown): unknown => {
      answered = !traits.detached;
      if (stage === RUNNING && answered) throw new EarlyReturnError(name);
      if (result === undefined && !traits.answersNothing) {
        if (!stage) throw new NoAnswerError(name);
        if (value !== undefined) throw new LostResultError(name);
      }
      return result;
    };

    const result = run(ctx, (given: unknown) => {
      if (stage) throw new DoubleNextError(name);
      if (answered) throw new EarlyReturnError(name);
      stage = DONE;
      value = handed = rest(given === undefined ? ctx : given);
      if (isThenable(handed)) {
        stage = RUNNING;
        // Also sees to it that a result nobody waits for is no unhandled rejection.
        handed.then(done, () => done());
      }
      return handed;
    });
    if (!isThenable(result)) return settle(result);
    return result === handed ? result : result.then(settle);
  };
}
