/** transaction: what the rest does counts wholly or not at all. */
import { type Awaitable, define, extend, isThenable } from '@interpose/kernel';
import { checkNames, unexpected } from '@interpose/kernel/options';
import { reportFailure, unharmed } from '@interpose/kernel/unharmed';
import { untilEnd } from '@interpose/kernel/when-ended';
import { endOf, throwIfAborted } from '../scope.ts';
import { checkKey, type Provider } from './validate.ts';

/** Options of `transaction`. */
export interface TransactionOptions<C, T, K extends string> {
  /** Begins; what it gives is put on the context. */
  readonly begin: (ctx: C) => Awaitable<T>;
  /** Makes it count. What it throws, the caller gets; `rollback` is called before. */
  readonly commit: (transaction: T, ctx: C) => unknown;
  /** Makes it not have happened. Told why: the error that the caller gets. Also called when `commit` has failed. */
  readonly rollback: (transaction: T, cause: unknown, ctx: C) => unknown;
  /** The name under which the transaction is put on the context. @default 'transaction' */
  readonly key?: K;
  /** For a result that is a stream: whether it lasts until its end or only until it is there. @default 'until-end' */
  readonly stream?: 'until-end' | 'until-first';
  /** Is given what cannot be told to the caller, who gets `cause`: a rollback that failed. @default writes to the console */
  readonly onFailure?: (error: unknown, cause: unknown) => void;
}

/**
 * Begins before the rest, commits when it has succeeded, rolls back when it has thrown, or when whoever called has given up meanwhile. The
 * caller always gets the first error, never that of the rollback. A stream is committed when it has been read to its end.
 *
 * @throws TypeError for options out of range
 * @example
 * const inTransaction = transaction({
 *   begin: () => db.begin(),
 *   commit: (one) => one.commit(),
 *   rollback: (one) => one.rollback(),
 * });
 * pipeline<Call, Reply>().use(inTransaction).handle((ctx) => ctx.transaction.insert(order));
 */
export function transaction<C extends object, T, const K extends string = 'transaction'>(
  options: TransactionOptions<C, T, K>,
): Provider<C, K, T> {
  const settings = settingsOf(options);
  return define(
    {
      name: 'transaction',
      description: 'Commits what the rest does, or rolls it back.',
      provides: [settings.key],
    },
    (ctx: C, next: (ctx: object) => unknown) => {
      throwIfAborted(ctx);
      return settled(
        () => settings.begin(ctx),
        (begun) => new Run(settings, ctx, begun).start(next),
        rethrow,
      );
    },
  ) as never;
}

type Settings<C, T> = Required<TransactionOptions<C, T, string>>;

function settingsOf<C, T, K extends string>(options: TransactionOptions<C, T, K>): Settings<C, T> {
  checkNames('transaction()', options, [
    'begin',
    'commit',
    'rollback',
    'key',
    'stream',
    'onFailure',
  ]);
  const { begin, commit, rollback, stream = 'until-end', onFailure = reportFailure } = options;
  for (const [name, value] of Object.entries({ begin, commit, rollback, onFailure })) {
    if (typeof value !== 'function') throw unexpected(name, 'a function', value);
  }
  if (stream !== 'until-end' && stream !== 'until-first') {
    throw unexpected('stream', `'until-end' or 'until-first'`, stream);
  }
  return {
    begin,
    commit,
    rollback,
    onFailure,
    stream,
    key: checkKey(options.key ?? 'transaction'),
  };
}

/** One transaction. */
class Run<C extends object, T> {
  readonly #settings: Settings<C, T>;
  readonly #ctx: C;
  readonly #begun: T;

  constructor(settings: Settings<C, T>, ctx: C, begun: T) {
    this.#settings = settings;
    this.#ctx = ctx;
    this.#begun = begun;
  }

  start(next: (ctx: object) => unknown): unknown {
    const { key, stream } = this.#settings;
    const end = endOf(this.#ctx);
    if (end?.aborted) return this.#undo(end.reason);
    return settled(
      () => next(extend(this.#ctx, { [key]: this.#begun })),
      (result) => (stream === 'until-end' ? this.#untilEnd(result) : this.#commit(result)),
      (error) => this.#undo(error),
    );
  }

  #untilEnd(result: unknown): unknown {
    return untilEnd(result, {
      ended: () => this.#commit(undefined),
      failed: (error) => this.#undoQuietly(error),
      left: () => this.#undoQuietly(endOf(this.#ctx)?.reason),
      unheard: (error) => this.#report(error, undefined),
    });
  }

  #commit(result: unknown): unknown {
    const end = endOf(this.#ctx);
    if (end?.aborted) return this.#undo(end.reason);
    return settled(
      () => this.#settings.commit(this.#begun, this.#ctx),
      () => result,
      (error) => this.#undo(error),
    );
  }

  #undo(cause: unknown): unknown {
    const fail = (): never => {
      throw cause;
    };
    return settled(() => this.#undoQuietly(cause), fail, fail);
  }

  #undoQuietly(cause: unknown): unknown {
    return settled(
      () => this.#settings.rollback(this.#begun, cause, this.#ctx),
      () => undefined,
      (error) => this.#report(error, cause),
    );
  }

  #report(error: unknown, cause: unknown): void {
    unharmed(() => this.#settings.onFailure(error, cause));
  }
}

const rethrow = (error: unknown): never => {
  throw error;
};

/** Goes on with what `act` gives or throws, at once where nothing has to be waited for. */
function settled<T>(
  act: () => Awaitable<T>,
  goOn: (value: T) => unknown,
  fail: (error: unknown) => unknown,
): unknown {
  let value: Awaitable<T>;
  try {
    value = act();
  } catch (error) {
    return fail(error);
  }
  return isThenable(value) ? value.then(goOn as (value: unknown) => unknown, fail) : goOn(value);
}
