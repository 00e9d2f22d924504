/** keyed: one policy for each key: a breaker a host, a bulkhead a tenant. */
import { checkMs, checkWhole, unexpected } from '@interpose/kernel/options';
import { unharmed } from '@interpose/kernel/unharmed';
import type { Evicted } from './bounded-keys.ts';
import { type AnyPolicy, KeptPolicies, type KeptPolicy } from './kept-policies.ts';
import { createPolicy, type PolicyOptions, type ResiliencePolicy } from '../policy.ts';
import type { Stage, Start } from '../stage.ts';

/** Options of `keyed`. */
export interface KeyedOptions<C = unknown> extends PolicyOptions {
  /** Which policy the call goes through; `undefined` lets it pass through none. An error that it throws is that of the call. */
  readonly key: (ctx: C) => string | undefined;
  /** How many policies there may be; one more drops the least recently used. @default 10_000 */
  readonly maxKeys?: number;
  /** How long a policy may be unused before it is dropped. @default 600_000, ten minutes */
  readonly idleMs?: number;
}

/** Events of `keyed`. Policies tell their own events themselves. */
export interface KeyedEvents {
  /** A policy was made. */
  readonly added: { readonly key: string };
  /** A policy was dropped and disposed of: it was idle, or there was no room. */
  readonly evicted: { readonly key: string; readonly reason: Evicted };
  readonly [type: string]: object;
}

/** State of `keyed`. */
export interface KeyedState<S extends object = object> {
  /** How many policies there are. */
  readonly keys: number;
  /** Each of them, in the order in which they were made. */
  readonly policies: readonly {
    readonly key: string;
    /** Whether work of it is under way, so that it stays. */
    readonly busy: boolean;
    readonly state: S;
  }[];
}

type StateOf<P extends AnyPolicy> = ReturnType<P['state']>;

/** One policy for each key. */
export type Keyed<C, P extends AnyPolicy> = ResiliencePolicy<
  C,
  KeyedOptions<C>,
  KeyedState<StateOf<P>>,
  KeyedEvents
> & {
  /** The policy of a key, which is made if there is none: to look at it, to listen, to steer it. It may be dropped later. */
  policyFor(key: string): P;
};

/**
 * Gives each key a policy of its own, made when the key is first seen. Policies that are idle are dropped when others are used, and so is the
 * least recently used when there are too many; one with work under way stays.
 *
 * @throws TypeError or RangeError for options out of range
 * @example
 * const perHost = keyed((host) => circuitBreaker({ name: host }), { key: (ctx: Call) => ctx.host });
 */
export function keyed<P extends AnyPolicy, C = unknown>(
  make: (key: string) => P,
  options: KeyedOptions<C>,
): Keyed<C, P> {
  if (typeof make !== 'function') {
    throw unexpected('make', 'a function from a key to a policy', make);
  }
  /** A policy that fails at its end harms nobody else. */
  const end = (policy: P): void =>
    unharmed(() => policy[Symbol.dispose](), options.onListenerError);
  let policies!: KeptPolicies<P>;
  const policy = createPolicy<C, KeyedOptions<C>, KeyedState<StateOf<P>>, KeyedEvents>({
    policy: 'keyed',
    description: 'Gives each key a policy of its own.',
    options,
    names: ['key', 'maxKeys', 'idleMs'],
    events: ['added', 'evicted'],
    create({ clock, events }) {
      policies = new KeptPolicies({
        clock,
        make,
        added: (key) => events.emit('added', { key }),
        gone(key, one, reason) {
          end(one);
          events.emit('evicted', { key, reason });
        },
      });
      const { kept } = policies;
      const settings = { key: options.key };
      const each = (act: (policy: P) => void): void => {
        for (const { value } of kept.entries()) act(value.policy);
      };
      return {
        stage: stageOf(policies, settings),
        apply(given) {
          kept.bounds = checked(given);
          settings.key = given.key;
        },
        settings: () => ({ ...settings, ...kept.bounds }),
        state: () => stateOf(policies),
        reset: () => each((one) => one.reset()),
        dispose() {
          each(end);
          kept.clear();
        },
      };
    },
  });
  return Object.assign(policy, {
    policyFor(key: string) {
      if (typeof key !== 'string') throw unexpected('key', 'a string', key);
      return policies.policyFor(key);
    },
  });
}

/** @throws TypeError or RangeError for options out of range */
function checked<C>({ key, maxKeys = 10_000, idleMs = 600_000 }: KeyedOptions<C>): {
  readonly maxKeys: number;
  readonly idleMs: number;
} {
  if (typeof key !== 'function') throw unexpected('key', 'a function', key);
  return { maxKeys: checkWhole('maxKeys', maxKeys, 1), idleMs: checkMs('idleMs', idleMs) };
}

function stateOf<P extends AnyPolicy>({ kept }: KeptPolicies<P>): KeyedState<StateOf<P>> {
  return {
    keys: kept.size,
    policies: Array.from(kept.entries(), ({ key, value, holders }) => ({
      key,
      busy: holders > 0,
      state: value.policy.state() as StateOf<P>,
    })),
  };
}

function stageOf<C, P extends AnyPolicy>(
  policies: KeptPolicies<P>,
  settings: { readonly key: (ctx: C) => string | undefined },
): Stage {
  return (rest) => (ctx: C, outer) => {
    let entry: KeptPolicy<P>;
    let start: Start;
    try {
      const key: unknown = settings.key(ctx);
      if (key === undefined) return rest(ctx, outer);
      if (typeof key !== 'string') throw unexpected('key', 'a string, or undefined', key);
      entry = policies.entryFor(key);
      start = policies.startOf(entry, rest);
    } catch (error) {
      return outer.fail(error);
    }
    start(ctx, policies.hold(entry, outer));
  };
}
