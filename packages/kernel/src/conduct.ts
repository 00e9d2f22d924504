/** Watches a middleware while it runs, where its text does not prove that it keeps the rules. */
import type { Layer, Run } from './layer.ts';
import { DoubleNextError, EarlyReturnError, LostResultError, NoAnswerError } from './errors.ts';
import { isThenable } from './middleware.ts';

/** What is known of the calls of `next` when a middleware has answered. */
export interface Conduct {
  readonly called: boolean;
  readonly running: boolean;
  /** The result of the last one; `undefined` also after a failure. */
  readonly value: unknown;
}

/** Gives an answer on, unless the middleware has broken a rule. */
export function judge(
  { name, traits }: Pick<Layer, 'name' | 'traits'>,
  { called, running, value }: Conduct,
  answer: unknown,
): unknown {
  if (running && !traits.detached) throw new EarlyReturnError(name);
  if (answer === undefined && !traits.answersNothing) {
    if (!called) throw new NoAnswerError(name);
    if (value !== undefined) throw new LostResultError(name);
  }
  return answer;
}

/** Runs a middleware and throws when it breaks a rule. A failure of its own or of the rest is never replaced. */
export function watch(layer: Layer, rest: Run): Run {
  const { name, run, traits } = layer;
  return (ctx) => {
    let called = false;
    let running = false;
    let answered = false;
    let handed: unknown;
    let value: unknown;

    const done = (fulfilled?: unknown): void => {
      value = fulfilled;
      running = false;
    };
    const settle = (answer: unknown): unknown => {
      answered = true;
      return judge(layer, { called, running, value }, answer);
    };

    const result = run(ctx, (given: unknown) => {
      if (called) throw new DoubleNextError(name);
      if (answered && !traits.detached) throw new EarlyReturnError(name);
      called = true;
      value = handed = rest(given === undefined ? ctx : given);
      if (isThenable(handed)) {
        running = true;
        // Also sees to it that a result nobody waits for is no unhandled rejection.
        handed.then(done, () => done());
      }
      return handed;
    });
    if (!isThenable(result)) return settle(result);
    return result === handed ? result : result.then(settle);
  };
}
