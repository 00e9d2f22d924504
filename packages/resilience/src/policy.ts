/** Policy: what all policies have in common, beside being middleware that fits every host. */
import type { Awaitable, Clock } from '@interpose/kernel';
import { systemClock } from '@interpose/kernel/clock';
import { linked, type OwnTraits } from '@interpose/kernel/layers';
import { checkNames, unexpected } from '@interpose/kernel/options';
import { DisposedError } from './errors.ts';
import { type EventMap, Events, type Listener } from './events.ts';
import { linkStages, type Stage, STAGE, type Start } from './stage.ts';

/** Options that every policy takes. */
export interface PolicyOptions {
  /** Names it in errors, events and reports. @default what the policy is called */
  readonly name?: string;
  /** Tells the time. @default systemClock */
  readonly clock?: Clock;
  /** Is given what a listener throws. @default writes to the console */
  readonly onListenerError?: (error: unknown) => void;
}

/** A policy as plain data. */
export interface PolicyDescription {
  /** What it is: `retry`, `timeout`, … */
  readonly policy: string;
  /** What it is called here. */
  readonly name: string;
  /** The options in force, defaults included; a function is shown by its name. */
  readonly options: Readonly<Record<string, unknown>>;
}

/**
 * A middleware that fits every pipeline, with what is needed to look after it.
 *
 * @typeParam C what it needs of the context
 * @typeParam O its options
 * @typeParam S its state
 * @typeParam E its events
 */
export interface ResiliencePolicy<C, O extends object, S extends object, E extends EventMap> {
  <Ctx extends C, R>(ctx: Ctx, next: (ctx?: Ctx) => Awaitable<R>): Awaitable<R>;
  readonly name: string;
  /** The state of now, as plain data. */
  state(): S;
  /** What it is and how it is set, as plain data. */
  describe(): PolicyDescription;
  /** As when it was made: counts are zero. Running calls are not disturbed and count no more. */
  reset(): void;
  /**
   * Changes options for the calls that start from now on; all of them, or none if one is wrong. Counts stay where they keep their meaning.
   *
   * @throws TypeError or RangeError for options out of range, or such as cannot change
   */
  reconfigure(changes: Partial<O>): void;
  /** Listens to one of its events, or with `*` to all; gives back how to stop. @throws TypeError if there is no such event */
  on<K extends keyof E & string>(type: K, listener: Listener<E, K>): () => void;
  on(type: '*', listener: Listener<E, keyof E & string>): () => void;
  /** Ends it: whoever waits in it gets a DisposedError, and so does every later call. */
  [Symbol.dispose](): void;
}

/** What a policy is made of. */
export interface PolicyParts<O extends object, S extends object, E extends EventMap> {
  /** What it is. */
  readonly policy: string;
  /** The options that it was given. */
  readonly options: O & PolicyOptions;
  /** Names of the options that it takes beside those that all take. */
  readonly names: readonly (keyof O & string)[];
  /** Names of its own options that stay as they were made. */
  readonly fixed?: readonly (keyof O & string)[];
  /** Names of its events. */
  readonly events: readonly (keyof E & string)[];
  /** One sentence, for reports. */
  readonly description: string;
  /** Whether it never ends a run that has begun before the rest has ended: it neither races the rest nor lets callers share it. @default false */
  readonly follows?: boolean;
  /** Makes it work. Called once. */
  create(base: PolicyBase<E>): PolicyWorks<O, S>;
}

/** What a policy is given to work with. */
export interface PolicyBase<E extends EventMap> {
  readonly name: string;
  readonly clock: Clock;
  readonly events: Events<E>;
}

/** How a policy works. */
export interface PolicyWorks<O extends object, S extends object> {
  readonly stage: Stage;
  /** Checks options, then lets them count from now on; throws before anything has changed. Called at once with what it was made with. */
  apply(options: O): void;
  /** The options in force, defaults included. */
  settings(): object;
  state(): S;
  reset(): void;
  /** Sends away whoever waits. */
  dispose?(error: DisposedError): void;
}

const COMMON = ['name', 'clock', 'onListenerError'] as const;

/**
 * Makes a policy of its parts.
 *
 * @throws TypeError or RangeError for options out of range
 */
export function createPolicy<C, O extends object, S extends object, E extends EventMap>(
  parts: PolicyParts<O, S, E>,
): ResiliencePolicy<C, O, S, E> {
  const { policy } = parts;
  let given: O & PolicyOptions = parts.options;
  checkNames(`${policy}()`, given, [...COMMON, ...parts.names]);
  const { name = policy, clock = systemClock, onListenerError } = given;
  if (typeof name !== 'string' || name === '') throw unexpected('name', 'a name', name);
  checkFunction('onListenerError', onListenerError);
  const events = new Events<E>({ policy: name, clock, onListenerError }, parts.events);
  const works = parts.create({ name, clock, events });
  works.apply(given);
  let disposed = false;

  const stage: Stage = Object.assign(
    (rest: Start): Start => {
      const start = works.stage(rest);
      return (ctx, receiver) => {
        if (disposed) return receiver.fail(new DisposedError(name));
        try {
          start(ctx, receiver);
        } catch (error) {
          // A context of somebody else's making may refuse to be looked at, or to be copied.
          receiver.fail(error);
        }
      };
    },
    { follows: parts.follows === true },
  );
  const traits: OwnTraits & { link: typeof linkStages } = {
    name,
    description: parts.description,
    link: linkStages,
  };
  return Object.assign(linked<ResiliencePolicy<C, O, S, E>>(traits), {
    [STAGE]: stage,
    state: () => works.state(),
    describe: () => ({ policy, name, options: shown(works.settings()) }),
    reset: () => works.reset(),
    reconfigure(changes: Partial<O>) {
      checkNames(`${policy}.reconfigure()`, changes, [...COMMON, ...parts.names]);
      const fixed = [...COMMON, ...(parts.fixed ?? [])].find((key) => key in changes);
      if (fixed) throw new TypeError(`\`${fixed}\` of "${name}" cannot change; make a new one.`);
      const next = { ...given, ...changes };
      works.apply(next);
      given = next;
    },
    on: (type: string, listener: (event: never) => unknown) => events.on(type, listener),
    [Symbol.dispose]() {
      if (disposed) return;
      disposed = true;
      works.dispose?.(new DisposedError(name));
    },
  });
}

/**
 * Checks that an option is a function, if it is given.
 *
 * @throws TypeError
 */
export function checkFunction(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'function') {
    throw unexpected(name, 'a function', value);
  }
}

const shown = (options: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(options).map(([key, value]: [string, unknown]) => [
      key,
      typeof value === 'function' ? `[function ${value.name || 'anonymous'}]` : value,
    ]),
  );
