/** loadShed: refuses the least important calls first when there is more to do than can be done. */
import { checkMs, outOfRange, unexpected } from '@interpose/kernel/options';
import { LoadShedError } from '../errors.ts';
import {
  checkFunction,
  createPolicy,
  type PolicyOptions,
  type ResiliencePolicy,
} from '../policy.ts';
import {
  type Overload,
  overloadByDelay,
  overloadByRefusals,
  type Turnstile,
  type WaitingLine,
} from './shed-pressure.ts';
import { PRIORITIES } from './shed-threshold.ts';
import { type ShedRules, Shedder } from './shedder.ts';
import type { Stage } from '../stage.ts';

/** Options of `loadShed`. Either `queueOf` or `refusalsOf` is needed. */
export interface LoadShedOptions<C = unknown> extends PolicyOptions {
  /**
   * The policy further in whose queue shows the overload: a `bulkhead` or an `adaptiveLimit` with a `maxQueue`, or anything else that says
   * how long whoever is next has waited. It stays as it was made.
   */
  readonly queueOf?: WaitingLine;
  /**
   * The policy further in whose refusals show the overload: an `adaptiveLimit` or a `bulkhead`, or anything else that counts as they do. It
   * stays as it was made.
   */
  readonly refusalsOf?: Turnstile;
  /** How important a call is, from 0 to 499; the highest is the last to go. @default 250 for all */
  readonly priority?: (ctx: C) => number;
  /** For `queueOf`: how long a wait may be, in milliseconds. @default 5 */
  readonly targetMs?: number;
  /** How long all waits must be too long before calls are refused, and how often their share is set anew, in milliseconds. @default 100 */
  readonly intervalMs?: number;
  /** The greatest share of calls that is refused in any interval, above 0 and below 1; the rest always gets through. @default 0.9 */
  readonly maxRejectRatio?: number;
}

/** Events of `loadShed`. */
export interface LoadShedEvents {
  /** A call has been refused. */
  readonly shed: { readonly priority: number; readonly rejectRatio: number };
  readonly [type: string]: object;
}

/** State of `loadShed`. */
export interface LoadShedState {
  /** The share of all calls that has to go. */
  readonly rejectRatio: number;
  /** Calls of a lower priority are refused, and some of those of this one. */
  readonly threshold: number;
  /** How many calls have been let through since it was made or reset. */
  readonly started: number;
  /** How many have been refused since it was made or reset. */
  readonly rejected: number;
}

/** A load shed. */
export type LoadShed<C = unknown> = ResiliencePolicy<
  C,
  LoadShedOptions<C>,
  LoadShedState,
  LoadShedEvents
>;

/**
 * Refuses a share of all calls while what it looks at is overloaded: the least important first, and never so many that nobody could see
 * that things have become better.
 *
 * @throws TypeError or RangeError for options out of range; LoadShedError when called
 * @example
 * const slots = bulkhead({ maxConcurrent: 20, maxQueue: 100 });
 * const serve = pipeline<Call, Row[]>().use(loadShed({ queueOf: slots })).use(slots).handle(({ sql }) => database.query(sql));
 */
export function loadShed<C = unknown>(options: LoadShedOptions<C>): LoadShed<C> {
  return createPolicy({
    policy: 'loadShed',
    description: 'Refuses the least important calls first when there is too much to do.',
    follows: true,
    options,
    names: ['queueOf', 'refusalsOf', 'priority', 'targetMs', 'intervalMs', 'maxRejectRatio'],
    fixed: ['queueOf', 'refusalsOf'],
    events: ['shed'],
    create: (base) => {
      let rules = rulesOf(options);
      const overload = overloadOf(options, () => rules.targetMs);
      const shedder = new Shedder(base.clock, overload, rules);
      const stage: Stage = (rest) => (ctx: C, outer) => {
        let priority = MIDDLE;
        if (rules.priority) {
          try {
            priority = checkPriority(rules.priority(ctx));
          } catch (error) {
            return outer.fail(error);
          }
        }
        if (!shedder.refuses(priority)) return rest(ctx, outer);
        base.events.emit('shed', { priority, rejectRatio: shedder.ratio });
        outer.fail(new LoadShedError({ policy: base.name }));
      };
      return {
        stage,
        apply(given) {
          shedder.rules = rules = rulesOf(given);
        },
        settings: () => {
          const { priority, targetMs, intervalMs, maxRejectRatio } = rules;
          const { queueOf, refusalsOf } = options;
          const by = queueOf
            ? { queueOf: nameOf(queueOf), targetMs }
            : { refusalsOf: nameOf(refusalsOf) };
          return { ...by, priority, intervalMs, maxRejectRatio };
        },
        state: () => ({ rejectRatio: shedder.ratio, ...shedder.state() }),
        reset: () => shedder.reset(),
      };
    },
  });
}

const MIDDLE = PRIORITIES / 2;

interface Rules<C> extends ShedRules {
  readonly priority: ((ctx: C) => number) | undefined;
  readonly targetMs: number;
}

/** Checks options and adds what they leave out. */
function rulesOf<C>(options: LoadShedOptions<C>): Rules<C> {
  const { priority, targetMs = 5, intervalMs = 100, maxRejectRatio = 0.9 } = options;
  checkFunction('priority', priority);
  checkAbove0('targetMs', targetMs);
  checkAbove0('intervalMs', intervalMs);
  const wanted = 'a number above 0 and below 1';
  if (typeof maxRejectRatio !== 'number')
    throw unexpected('maxRejectRatio', wanted, maxRejectRatio);
  if (!(maxRejectRatio > 0 && maxRejectRatio < 1)) {
    throw outOfRange('maxRejectRatio', wanted, maxRejectRatio);
  }
  if (options.targetMs !== undefined && options.refusalsOf) {
    throw new TypeError('`targetMs` is for `queueOf`; refusals have no delay.');
  }
  return { priority, targetMs, intervalMs, maxRejectRatio, onFailure: options.onListenerError };
}

function checkAbove0(name: string, value: unknown): void {
  if (checkMs(name, value) === 0) throw outOfRange(name, 'a number of milliseconds above 0', value);
}

function checkPriority(priority: unknown): number {
  const wanted = `a number from 0 to ${PRIORITIES - 1}`;
  if (typeof priority !== 'number') throw unexpected('priority()', wanted, priority);
  if (!(priority >= 0 && priority < PRIORITIES)) throw outOfRange('priority()', wanted, priority);
  return Math.floor(priority);
}

function overloadOf<C>(options: LoadShedOptions<C>, targetMs: () => number): Overload {
  const { queueOf, refusalsOf } = options;
  if ((queueOf === undefined) === (refusalsOf === undefined)) {
    throw new TypeError('Expected either `queueOf` or `refusalsOf`: where the overload shows.');
  }
  const source: unknown = queueOf === undefined ? refusalsOf : queueOf;
  if (typeof (source as { readonly state?: unknown } | null)?.state !== 'function') {
    const name = queueOf === undefined ? 'refusalsOf' : 'queueOf';
    throw unexpected(name, 'a policy with `state()`', source);
  }
  return queueOf ? overloadByDelay(queueOf, targetMs) : overloadByRefusals(refusalsOf as Turnstile);
}

const nameOf = (source: unknown): string =>
  (source as { readonly name?: string }).name ?? 'unnamed';
