/** recorder: writes down who was entered and who was left, in order. */
import type { Policy } from '@interpose/kernel';
import type { Observer } from '@interpose/kernel/observe';
import { checkNames } from '@interpose/kernel/options';
import { WrongOrderError } from './errors.ts';
import { onlooker } from './onlooker.ts';

/** Options of `recorder`. */
export interface RecorderOptions {
  /** Whether its observer keeps a copy of the context at each enter and leave. @default false */
  readonly snapshots?: boolean;
}

/** What a context held when a middleware was entered or left. */
export interface Snapshot {
  readonly middleware: string;
  readonly at: 'before' | 'after';
  /** A shallow copy of its own properties; nested objects are the live ones. */
  readonly context: Readonly<Record<string, unknown>>;
}

/** A journal of what has run. */
export interface Recorder {
  /** What has been written down so far, oldest first. */
  readonly entries: readonly string[];
  /** Writes an entry down. */
  log(entry: string): void;
  /** Makes a middleware that writes `name-before`, then `name-after` or, if the rest failed, `name-error`. */
  middleware(name: string): Policy;
  /** Makes a function that writes its name down and does as the given one does. */
  // oxlint-disable-next-line typescript/no-explicit-any -- functions of every kind are wrapped
  wrap<F extends (...args: any[]) => unknown>(fn: F, name?: string): F;
  /** For `observe` of `@interpose/kernel/observe`: writes the same entries for every middleware of a pipeline. */
  readonly observer: Observer;
  /** What the observer has kept, oldest first; nothing unless `snapshots` is on. */
  readonly snapshots: readonly Snapshot[];
  /** @throws WrongOrderError that shows both lists side by side, unless the entries are exactly these */
  expectOrder(...entries: readonly string[]): void;
  /** Forgets everything. */
  clear(): void;
}

/**
 * A journal for tests of order. Its middleware hand everything on as it is, and are as synchronous as the rest.
 *
 * @throws TypeError for options that are unknown
 * @example
 * const journal = recorder();
 * const stack = compose(journal.middleware('a'), journal.middleware('b'));
 * await stack({}, journal.wrap(() => 'ok', 'handler'));
 * journal.expectOrder('a-before', 'b-before', 'handler', 'b-after', 'a-after');
 */
export function recorder(options: RecorderOptions = {}): Recorder {
  checkNames('recorder', options, ['snapshots']);
  const entries: string[] = [];
  const snapshots: Snapshot[] = [];
  const snap = (middleware: string, at: Snapshot['at'], ctx: unknown): void => {
    if (options.snapshots) snapshots.push({ middleware, at, context: { ...(ctx as object) } });
  };
  const log = (entry: string): void => void entries.push(entry);

  return {
    entries,
    log,
    middleware: (name) =>
      onlooker(name, {
        before: () => log(`${name}-before`),
        after: () => log(`${name}-after`),
        onError: () => log(`${name}-error`),
      }),
    wrap(fn, name = fn.name || 'function') {
      function recorded(this: unknown, ...args: unknown[]): unknown {
        log(name);
        return fn.apply(this, args);
      }
      return Object.defineProperties(recorded, {
        name: { value: name },
        length: { value: fn.length },
      }) as unknown as typeof fn;
    },
    expectOrder(...expected) {
      const same =
        expected.length === entries.length && expected.every((entry, at) => entry === entries[at]);
      if (!same) throw new WrongOrderError(expected, [...entries]);
    },
    observer: {
      enter({ middleware, ctx }) {
        log(`${middleware}-before`);
        snap(middleware, 'before', ctx);
      },
      leave({ middleware, ctx, outcome }) {
        log(`${middleware}-${outcome.ok ? 'after' : 'error'}`);
        snap(middleware, 'after', ctx);
      },
    },
    snapshots,
    clear() {
      entries.splice(0);
      snapshots.splice(0);
    },
  };
}
