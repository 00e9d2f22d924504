/** Stage: how policies are joined. Neighbours hand outcomes to each other by plain calls; a promise is made once for all of them. */
import { type Awaitable, isThenable } from '@interpose/kernel';
import type { Link, Run } from '@interpose/kernel/layers';
import { throwIfAborted } from './scope.ts';
import { isBlind } from './sight.ts';

/** Is told how a run has ended: once, by one of the two, perhaps before `Start` returns. Neither may throw. */
export interface Receiver {
  /**
   * True where nobody further out does anything but pass the outcome on to whoever awaits it. Else the outcome must be told in the async
   * context of the call, so that what is done about it (another attempt, say) happens there; see `continuation`.
   */
  readonly passive: boolean;
  succeed(value: unknown): void;
  fail(error: unknown): void;
  /**
   * Something of this run goes on though nobody further in waits for it: whoever holds a slot for the run must hold it until then. Gives back
   * how to say that it has ended. A receiver that holds nothing hands it on to the one further out.
   */
  linger(): () => void;
}

const nothing = (): void => {};

/** Starts a run with a context. Never throws: the receiver is told. */
export interface Start {
  // oxlint-disable-next-line typescript/no-explicit-any -- contexts of every kind pass through here
  (ctx: any, receiver: Receiver): void;
  /** True where nobody further in can see the context, so that it need not be copied to put a signal on it. */
  readonly blind?: boolean;
}

/** Puts a policy round the rest. */
export interface Stage {
  (rest: Start): Start;
  /** True where it never ends a run that has begun before the rest has ended. */
  readonly follows?: boolean;
}

/** Where a policy keeps its stage; one symbol for all copies of the package. */
export const STAGE: unique symbol = Symbol.for('interpose.stage');

/**
 * Joins neighbouring policies to the rest. What is synchronous stays so: a promise is made only where something has to be waited for. Where
 * no policy of the row can end a run early, the promise by which the innermost waits for the rest is the caller's as well.
 */
export const linkStages: Link = (layers, rest) => {
  const stages = layers.map(({ run }) => (run as unknown as { readonly [STAGE]: Stage })[STAGE]);
  const follows = stages.every((stage) => stage.follows === true);
  let asynchronous = false;
  /** The end of the call that is being started, as long as nobody has taken it. */
  let starting: Ending | undefined;
  const innermost = (ctx: unknown, receiver: Receiver): void => {
    let result: Awaitable<unknown>;
    try {
      result = rest(ctx) as unknown;
    } catch (error) {
      receiver.fail(error);
      return;
    }
    if (!isThenable(result)) return receiver.succeed(result);
    asynchronous = true;
    const ending = starting;
    if (ending && Object.getPrototypeOf(result) === Promise.prototype) {
      ending.promise = result.then(
        (value) => {
          receiver.succeed(value);
          return ending.result(false);
        },
        (error: unknown) => {
          receiver.fail(error);
          return ending.result(false);
        },
      );
      return;
    }
    result.then(
      (value) => receiver.succeed(value),
      (error: unknown) => receiver.fail(error),
    );
  };
  const start = stages.reduceRight<Start>(
    (next, stage) => stage(next),
    Object.assign(innermost, { blind: isBlind(rest) }),
  );
  const run: Run = (ctx) => {
    const ending = new Ending();
    if (follows) starting = ending;
    try {
      throwIfAborted(ctx);
      start(ctx, ending);
    } catch (error) {
      ending.fail(error);
    }
    starting = undefined;
    return ending.promise ?? ending.result(asynchronous);
  };
  return run;
};

const RUNNING = 0;
const SUCCEEDED = 1;
const FAILED = 2;

/** The end of a call, for whoever called. */
class Ending implements Receiver {
  #state: typeof RUNNING | typeof SUCCEEDED | typeof FAILED = RUNNING;
  #value: unknown;
  #resolve: ((value: unknown) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;
  /** What the caller gets, where that is known already. */
  promise: PromiseLike<unknown> | undefined;

  get passive(): boolean {
    return true;
  }

  /** Whoever called holds nothing. */
  linger(): () => void {
    return nothing;
  }

  succeed(value: unknown): void {
    if (this.#resolve) return this.#resolve(value);
    this.#state = SUCCEEDED;
    this.#value = value;
  }

  fail(error: unknown): void {
    if (this.#reject) return this.#reject(error);
    this.#state = FAILED;
    this.#value = error;
  }

  /** Whoever calls something that gives promises must get failures by promise, too, also those that come at once. */
  result(asynchronous: boolean): unknown {
    if (this.#state === SUCCEEDED) return this.#value;
    if (this.#state === RUNNING) {
      return new Promise((resolve, reject) => {
        this.#resolve = resolve;
        this.#reject = reject;
      });
    }
    if (asynchronous) return Promise.reject(this.#value);
    throw this.#value;
  }
}
