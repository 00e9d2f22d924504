/** KeptPolicies: the policies of `keyed`, each joined once to each rest, and kept while work of theirs is under way. */
import type { Clock } from '@interpose/kernel';
import { unexpected } from '@interpose/kernel/options';
import { BoundedKeys, type Evicted, type KeyEntry } from './bounded-keys.ts';
import type { ResiliencePolicy } from '../policy.ts';
import { type Receiver, type Stage, STAGE, type Start } from '../stage.ts';

/** Any policy. */
// oxlint-disable-next-line typescript/no-explicit-any -- which policy it is, is of no concern here
export type AnyPolicy = ResiliencePolicy<any, any, any, any>;

/** Where policies come from, and who is told how they come and go. */
export interface PolicyKeeper<P extends AnyPolicy> {
  readonly clock: Clock;
  make(key: string): P;
  added(key: string): void;
  /** The policy is no longer kept, and has to be disposed of. */
  gone(key: string, policy: P, why: Evicted): void;
}

/** A policy that is kept. */
export type KeptPolicy<P extends AnyPolicy> = KeyEntry<Mounted<P>>;

/** Policies by key. */
export class KeptPolicies<P extends AnyPolicy> {
  readonly kept: BoundedKeys<Mounted<P>>;
  readonly #keeper: PolicyKeeper<P>;

  constructor(keeper: PolicyKeeper<P>) {
    this.#keeper = keeper;
    this.kept = new BoundedKeys(
      { maxKeys: 1, idleMs: 0 },
      { gone: (key, { policy }, why) => keeper.gone(key, policy, why) },
    );
  }

  /** The policy of a key, made if there is none. @throws TypeError if what is made is no policy */
  entryFor(key: string): KeptPolicy<P> {
    const entry = this.kept.get(key);
    if (entry) return entry;
    const policy = this.#keeper.make(key);
    if (typeof policy !== 'function' || !(STAGE in policy)) {
      throw unexpected('make(key)', 'a policy', policy);
    }
    const made = this.kept.add(key, new Mounted(policy), this.#keeper.clock.now());
    this.#keeper.added(key);
    return made;
  }

  /** As `entryFor`; the policy counts as used now. */
  policyFor(key: string): P {
    const entry = this.entryFor(key);
    this.kept.touch(entry, this.#keeper.clock.now());
    return entry.value.policy;
  }

  /** The way into a policy that leads on to a rest. */
  startOf(entry: KeptPolicy<P>, rest: Start): Start {
    return entry.value.round(rest, (inner) => this.#holding(entry, inner));
  }

  /** Holds the policy until the run has ended. */
  hold(entry: KeptPolicy<P>, outer: Receiver): Receiver {
    this.kept.hold(entry);
    return new KeptRun(this, entry, outer);
  }

  letGo(entry: KeptPolicy<P>): void {
    if (entry.holders > 1) entry.holders--;
    else this.kept.letGo(entry, this.#keeper.clock.now());
  }

  /** What a policy has been given to do may go on after its caller has been told, and holds it till it ends. */
  #holding(entry: KeptPolicy<P>, rest: Start): Start {
    const start = (ctx: unknown, receiver: Receiver): void => rest(ctx, this.hold(entry, receiver));
    return Object.assign(start, { blind: rest.blind === true });
  }
}

/** A policy, and the ways into it. */
class Mounted<P extends AnyPolicy> {
  readonly policy: P;
  readonly #starts = new WeakMap<object, Start>();
  #rest: Start | undefined;
  #start: Start | undefined;

  constructor(policy: P) {
    this.policy = policy;
  }

  /** The policy round a rest: joined once, and the last one at hand. */
  round(rest: Start, holding: (rest: Start) => Start): Start {
    if (rest === this.#rest && this.#start) return this.#start;
    let start = this.#starts.get(rest);
    if (!start) {
      start = (this.policy as unknown as { readonly [STAGE]: Stage })[STAGE](holding(rest));
      this.#starts.set(rest, start);
    }
    this.#rest = rest;
    this.#start = start;
    return start;
  }
}

/** One run that holds a policy. */
class KeptRun<P extends AnyPolicy> implements Receiver {
  readonly #policies: KeptPolicies<P>;
  readonly #entry: KeptPolicy<P>;
  readonly #outer: Receiver;

  constructor(policies: KeptPolicies<P>, entry: KeptPolicy<P>, outer: Receiver) {
    this.#policies = policies;
    this.#entry = entry;
    this.#outer = outer;
  }

  get passive(): boolean {
    return this.#outer.passive;
  }

  linger(): () => void {
    const further = this.#outer.linger();
    this.#policies.kept.hold(this.#entry);
    return () => {
      this.#policies.letGo(this.#entry);
      further();
    };
  }

  succeed(value: unknown): void {
    this.#policies.letGo(this.#entry);
    this.#outer.succeed(value);
  }

  fail(error: unknown): void {
    this.#policies.letGo(this.#entry);
    this.#outer.fail(error);
  }
}
