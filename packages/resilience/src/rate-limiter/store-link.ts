/** StoreLink: how a limiter speaks with its store, which may be elsewhere, may fail and may hang. */
import { type Clock, isThenable } from '@interpose/kernel';
import { Deadlines } from '../deadlines.ts';
import type { LimitRule } from './limit-rule.ts';
import { type LimitDecision, type LimitStore, LimitStoreFailedError } from './limit-store.ts';
import type { LimitedCall } from './limit-waiter.ts';
import { StoreAnswer } from './store-answer.ts';

/** What the store says to a call: its decision, or for a store that has failed why the call may not start, or nothing if it may. */
export interface LimitVerdict {
  readonly said: LimitDecision | LimitStoreFailedError | undefined;
  readonly atMs: number;
}

/** What a link is to go by, as it is now. */
export interface LinkOwner {
  readonly clock: Clock;
  readonly name: string;
  readonly settings: {
    readonly rule: LimitRule;
    readonly onStoreError: 'allow' | 'refuse';
    readonly storeTimeoutMs: number;
  };
  /** The store has failed, or (`hung`) has taken too long. */
  storeFailed(key: string, error: unknown, hung: boolean): void;
}

/** One limiter's way to its store. */
export class StoreLink {
  readonly store: LimitStore;
  readonly #owner: LinkOwner;
  readonly #prefix: string;
  #answers: Deadlines;
  #answerInMs = 0;

  /** A store that others use, too, has keys that begin with a name. */
  constructor(owner: LinkOwner, store: LimitStore, shared: boolean) {
    this.store = store;
    this.#owner = owner;
    this.#prefix = shared ? `${owner.name}:` : '';
    this.#answers = new Deadlines(owner.clock);
  }

  /** What the store calls a key. */
  keyOf(key: string): string {
    return this.#prefix === '' ? key : this.#prefix + key;
  }

  take(call: LimitedCall, tell: (verdict: LimitVerdict) => void): LimitVerdict | StoreAnswer {
    const atMs = Math.floor(this.#owner.clock.now());
    const { key, cost } = call;
    let said: ReturnType<LimitStore['take']>;
    try {
      said = this.store.take(this.keyOf(key), cost, this.#owner.settings.rule, atMs);
      if (!isThenable(said)) return { said: decisionOf(said), atMs };
    } catch (error) {
      return { said: this.failed(key, error), atMs };
    }
    return this.wait(said, call, tell, atMs);
  }

  /** Waits for what the store says later. */
  wait(
    promise: PromiseLike<LimitDecision>,
    call: LimitedCall,
    tell: (verdict: LimitVerdict) => void,
    atMs: number,
  ): StoreAnswer {
    const { clock, settings } = this.#owner;
    // Who waits in one row waits equally long.
    if (settings.storeTimeoutMs !== this.#answerInMs) this.#answers = new Deadlines(clock);
    this.#answerInMs = settings.storeTimeoutMs;
    const answer: StoreAnswer = new StoreAnswer({
      promise,
      deadlines: this.#answers,
      dueMs: clock.now() + settings.storeTimeoutMs,
      told: (said) => tell({ said, atMs }),
      failed: (error, hung) => {
        const said = this.failed(call.key, error, hung);
        if (said) answer.abandon();
        tell({ said, atMs });
      },
      giveBack: () => this.giveBack(call, atMs),
    });
    return answer;
  }

  giveBack({ key, cost }: LimitedCall, takenAtMs: number): void {
    if (cost === 0) return;
    const { rule } = this.#owner.settings;
    this.#tell(key, () => this.store.giveBack(this.keyOf(key), cost, rule, takenAtMs));
  }

  learn(key: string, throttled: boolean): void {
    const atMs = Math.floor(this.#owner.clock.now());
    const { rule } = this.#owner.settings;
    this.#tell(key, () => this.store.learn?.(this.keyOf(key), throttled, rule, atMs));
  }

  /** How long until the last of several costs could be taken, and what is known of the key; nothing if the store cannot say so at once. */
  forecast(
    key: string,
    costs: readonly number[],
    nowMs: number,
  ): { readonly inMs: number; readonly probe: LimitDecision } | undefined {
    if (!this.store.forecast) return undefined;
    const { rule } = this.#owner.settings;
    const at = this.keyOf(key);
    try {
      const inMs = this.store.forecast(at, costs, rule, nowMs);
      const probe = this.store.take(at, 0, rule, nowMs);
      if (isThenable(probe))
        throw new TypeError('A limit store that forecasts must answer at once.');
      return { inMs, probe: decisionOf(probe) };
    } catch (error) {
      this.failed(key, error);
      return undefined;
    }
  }

  /** Reports a failure; gives the error of the call if it may not start then. */
  failed(key: string, error: unknown, hung = false): LimitStoreFailedError | undefined {
    const { name, settings } = this.#owner;
    this.#owner.storeFailed(key, error, hung);
    return settings.onStoreError === 'allow' ? undefined : new LimitStoreFailedError(name, error);
  }

  /** What the store is told, and nobody waits for. */
  #tell(key: string, tell: () => unknown): void {
    const failed = (error: unknown): void => void this.failed(key, error);
    try {
      const told = tell();
      if (isThenable(told)) told.then(undefined, failed);
    } catch (error) {
      failed(error);
    }
  }
}

/** @throws TypeError if it is none */
function decisionOf(said: LimitDecision): LimitDecision {
  if (typeof said?.allowed === 'boolean') return said;
  throw new TypeError('The limit store gave an answer that is no decision.');
}
