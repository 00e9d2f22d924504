/** Limiter: what all calls of one rate limit share: its settings, its store, its queues and its counts. */
import type { Clock, Outcome } from '@interpose/kernel';
import { outOfRange, unexpected } from '@interpose/kernel/options';
import { Deadlines } from '../deadlines.ts';
import { type DisposedError, type LimitFigures, RateLimitedError } from '../errors.ts';
import type { PolicyBase } from '../policy.ts';
import { deadlineOf } from '../scope.ts';
import type { RateLimitEvents, RefusalReason } from './limit-events.ts';
import { LimitQueue, type QueueOwner } from './limit-queue.ts';
import type { LimitDecision, LimitStore } from './limit-store.ts';
import type { LimitedCall } from './limit-waiter.ts';
import type { MemoryLimitStore } from './memory-limit-store.ts';
import type { RateLimitSettings } from './rate-limit-settings.ts';
import type { StoreAnswer } from './store-answer.ts';
import { type LimitVerdict, type LinkOwner, StoreLink } from './store-link.ts';

type Figures = Omit<LimitFigures, 'limit'> & { readonly retryAfterMs: number };

/** The machinery of one rate limit. */
export class Limiter<C> implements QueueOwner, LinkOwner {
  readonly counts: { allowed: number; rejected: number; storeFailures: number } = {
    allowed: 0,
    rejected: 0,
    storeFailures: 0,
  };
  readonly queues: Map<string, LimitQueue> = new Map();
  readonly name: string;
  readonly clock: Clock;
  readonly link: StoreLink;
  /** The store, if it is nobody else's. */
  readonly own: MemoryLimitStore | undefined;
  settings: RateLimitSettings<C>;
  waits: Deadlines | undefined;
  readonly #base: PolicyBase<RateLimitEvents>;

  constructor(
    base: PolicyBase<RateLimitEvents>,
    settings: RateLimitSettings<C>,
    { store, own }: { readonly store: LimitStore; readonly own: MemoryLimitStore | undefined },
  ) {
    this.#base = base;
    this.name = base.name;
    this.clock = base.clock;
    this.own = own;
    this.settings = settings;
    this.link = new StoreLink(this, store, own === undefined);
    this.apply(settings);
  }

  get order(): 'fifo' | 'lifo' {
    return this.settings.order;
  }

  get burst(): number {
    return this.settings.rule.burst;
  }

  get maxWaitMs(): number {
    return this.settings.maxWaitMs;
  }

  get waiting(): number {
    let waiting = 0;
    for (const queue of this.queues.values()) waiting += queue.length;
    return waiting;
  }

  /** Lets settings count from now on; whoever waits may be able to start by them. @throws TypeError if the store cannot do it */
  apply(settings: RateLimitSettings<C>): void {
    const { store } = this.link;
    if (settings.rule.algorithm === 'cubic' && !store.learn) {
      throw unexpected('store', 'one that can `learn`, for `cubic`', store);
    }
    const { maxWaitMs } = settings;
    if (!this.waits || maxWaitMs !== this.settings.maxWaitMs) {
      this.waits = maxWaitMs === Infinity ? undefined : new Deadlines(this.clock);
    }
    this.settings = settings;
    this.wakeAll();
  }

  wakeAll(): void {
    for (const queue of this.queues.values()) queue.wake();
  }

  dispose(error: DisposedError): void {
    for (const queue of this.queues.values()) queue.dispose(error);
  }

  take(call: LimitedCall, tell: (verdict: LimitVerdict) => void): LimitVerdict | StoreAnswer {
    return this.link.take(call, tell);
  }

  giveBack(call: LimitedCall, takenAtMs: number): void {
    this.link.giveBack(call, takenAtMs);
    this.queues.get(call.key)?.wake();
  }

  storeFailed(key: string, error: unknown, hung: boolean): void {
    this.counts.storeFailures++;
    this.#base.events.emit('storeFailed', { key: this.#shown(key), error, hung });
  }

  /** The call cannot start now: it waits, or it is refused. `decision` is what the store has said to it, if it was asked. */
  wait(call: LimitedCall, decision: LimitDecision | undefined): void {
    const { maxQueue, maxWaitMs, order } = this.settings;
    const { key, ctx } = call;
    const waiting = this.queues.get(key);
    const deadlineMs = deadlineOf(ctx);
    const full = maxQueue === 0 || (order === 'fifo' && (waiting?.length ?? 0) >= maxQueue);
    if (full || maxWaitMs < Infinity || deadlineMs < Infinity) {
      const figures = this.#figures(call, decision);
      const { retryAfterMs } = figures;
      if (full) return this.refuse(call, waiting ? 'queue' : 'limit', figures);
      if (retryAfterMs > maxWaitMs) return this.refuse(call, 'wait', figures);
      if (this.clock.now() + retryAfterMs >= deadlineMs) {
        return this.refuse(call, 'deadline', figures);
      }
    }
    if (waiting && waiting.length >= maxQueue) {
      waiting.dropOldest((oldest) =>
        this.refuse(oldest, 'displaced', this.#figures(oldest, undefined)),
      );
    }
    let queue = this.queues.get(key);
    if (!queue) this.queues.set(key, (queue = new LimitQueue(key, this)));
    queue.join(call, decision?.retryAfterMs ?? 0);
  }

  begin(call: LimitedCall, waitedMs: number): void {
    const { key, cost, ctx, rest, outer } = call;
    this.counts.allowed++;
    this.#base.events.emit('waited', { key: this.#shown(key), cost, waitedMs });
    rest(ctx, outer);
  }

  refuse({ key, cost, outer }: LimitedCall, reason: RefusalReason, figures: Figures): void {
    const { limit } = this.settings.rule;
    this.counts.rejected++;
    const error = new RateLimitedError({ policy: this.name, limit, ...figures });
    this.#base.events.emit('rejected', { key: this.#shown(key), cost, reason, limit, ...figures });
    outer.fail(error);
  }

  refuseOverdue(call: LimitedCall): void {
    this.refuse(call, 'wait', this.#figures(call, undefined));
  }

  refuseDear({ cost, outer }: LimitedCall): void {
    const wanted = `a whole number from 0 to ${this.burst}, the most that "${this.name}" lets start at once`;
    outer.fail(outOfRange('cost', wanted, cost));
  }

  learn(key: string, outcome: Outcome<unknown>, ctx: C): void {
    let throttled: boolean;
    try {
      throttled = this.settings.throttledIf(outcome, ctx);
    } catch {
      throttled = true;
    }
    this.link.learn(key, throttled);
  }

  emptied(key: string): void {
    this.queues.delete(key);
  }

  /** What is known of when a call may start that may not start now: behind those who wait, if they go first. */
  #figures(call: LimitedCall, decision: LimitDecision | undefined): Figures {
    const { key, cost } = call;
    const nowMs = Math.floor(this.clock.now());
    const queue = this.queues.get(key);
    const ahead = this.order === 'fifo' ? queue : undefined;
    if (decision && !ahead) {
      const { remaining, resetMs, retryAfterMs } = decision;
      return { remaining, resetMs, retryAfterMs };
    }
    // Who costs more than may ever start is refused when its turn comes.
    const costs = ahead?.costs.filter((one) => one <= this.burst) ?? [];
    const forecast = this.link.forecast(key, [...costs, cost], nowMs);
    if (!forecast) {
      const dueInMs = Math.max(1, queue?.dueInMs(nowMs) ?? 1);
      return { remaining: 0, resetMs: dueInMs, retryAfterMs: dueInMs };
    }
    const { inMs, probe } = forecast;
    const remaining = ahead ? 0 : probe.remaining;
    return { remaining, resetMs: Math.max(probe.resetMs, inMs), retryAfterMs: inMs };
  }

  #shown(key: string): string | undefined {
    return this.settings.key && key;
  }
}
