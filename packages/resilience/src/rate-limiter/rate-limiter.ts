/** rateLimit: caps how many calls start in a stretch of time, for all together or for each key. */
import { type Awaitable, isThenable } from '@interpose/kernel';
import { unexpected } from '@interpose/kernel/options';
import { createPolicy, type ResiliencePolicy } from '../policy.ts';
import { onAbort } from '../scope.ts';
import type { Receiver, Stage, Start } from '../stage.ts';
import { Limiter } from './limiter.ts';
import type { RateLimitEvents } from './limit-events.ts';
import type { LimitDecision } from './limit-store.ts';
import type { LimitedCall } from './limit-waiter.ts';
import {
  limitStoreOf,
  RATE_LIMIT_OPTIONS,
  type RateLimitOptions,
  rateLimitSettings,
} from './rate-limit-settings.ts';
import type { LimitVerdict } from './store-link.ts';

/** State of `rateLimit`. */
export interface RateLimitState {
  /** How many calls wait for their turn. */
  readonly waiting: number;
  /** How many keys are counted; `undefined` if a store was given, which alone knows. */
  readonly keys: number | undefined;
  /** How many calls could start since it was made or reset. */
  readonly allowed: number;
  /** How many were refused. */
  readonly rejected: number;
  /** How often the store failed. */
  readonly storeFailures: number;
}

/** A rate limit. */
export type RateLimit<C = unknown> = ResiliencePolicy<
  C,
  RateLimitOptions<C>,
  RateLimitState,
  RateLimitEvents
> & {
  /** What the store would say to a call that costs 1, with nothing taken: the figures that answers tell their clients. */
  peek(key?: string): Awaitable<LimitDecision>;
};

/**
 * Lets no more than `limit` calls start per `perMs`, for all together or for each key. What cannot start now waits if it may, else it is
 * refused with the exact time after which it would be let through.
 *
 * @throws TypeError or RangeError for options out of range; RateLimitedError, LimitStoreFailedError when called, and RangeError for a call
 * that costs more than may ever start at once
 * @example
 * const serve = pipeline<Call, Response>().use(rateLimit({ limit: 100, perMs: 60_000, key: (ctx: Call) => ctx.user })).handle(answer);
 */
export function rateLimit<C = unknown>(options: RateLimitOptions<C>): RateLimit<C> {
  let limiter!: Limiter<C>;
  const policy = createPolicy<C, RateLimitOptions<C>, RateLimitState, RateLimitEvents>({
    policy: 'rateLimit',
    description: 'Caps how many calls start in a stretch of time.',
    follows: true,
    options,
    names: RATE_LIMIT_OPTIONS,
    fixed: ['store', 'maxKeys', 'idleMs'],
    events: ['rejected', 'waited', 'storeFailed'],
    create(base) {
      const { own, store } = limitStoreOf(options);
      limiter = new Limiter<C>(base, rateLimitSettings(options), { own, store });
      return {
        stage: stageOf(limiter),
        apply: (given) => limiter.apply(rateLimitSettings(given)),
        settings: () => described(limiter, options),
        state: () => ({ waiting: limiter.waiting, keys: own?.size, ...limiter.counts }),
        reset() {
          Object.assign(limiter.counts, { allowed: 0, rejected: 0, storeFailures: 0 });
          own?.clear();
          limiter.wakeAll();
        },
        dispose: (error) => limiter.dispose(error),
      };
    },
  });
  return Object.assign(policy, {
    peek(key = '') {
      const atMs = Math.floor(limiter.clock.now());
      const { link, settings } = limiter;
      return link.store.take(link.keyOf(key), 0, settings.rule, atMs);
    },
  });
}

function described<C>({ settings, own }: Limiter<C>, options: RateLimitOptions<C>): object {
  const { rule, ...others } = settings;
  const { maxKeys = 10_000, idleMs = 600_000 } = options;
  return { ...rule, ...others, ...(own ? { maxKeys, idleMs } : { store: '[store]' }) };
}

/** One limit for all is that of the empty key. */
const ALL = '';

function stageOf<C>(limiter: Limiter<C>): Stage {
  const { clock, counts, link, queues } = limiter;
  return (rest) => (ctx: C, outer) => {
    const { settings } = limiter;
    const { rule } = settings;
    let key: string | undefined = ALL;
    let cost = 1;
    if (settings.key || settings.cost) {
      try {
        key = settings.key ? keyOf(settings.key(ctx)) : ALL;
        if (key !== undefined && settings.cost) cost = settings.cost(ctx);
      } catch (error) {
        return outer.fail(error);
      }
      if (key === undefined) return rest(ctx, outer);
    }
    const start = rule.algorithm === 'cubic' ? learning(limiter, key, rest) : rest;
    if (!isCost(cost, rule.burst)) {
      return limiter.refuseDear({ key, cost, ctx, rest: start, outer });
    }
    if (queues.size > 0 && standsBehind(limiter, key)) {
      return limiter.wait({ key, cost, ctx, rest: start, outer }, undefined);
    }
    const nowMs = Math.floor(clock.now());
    let said: Awaitable<LimitDecision>;
    let allowed: unknown;
    try {
      said = link.store.take(link.keyOf(key), cost, rule, nowMs);
      ({ allowed } = said as LimitDecision);
    } catch (error) {
      return settle(limiter, { key, cost, ctx, rest: start, outer }, link.failed(key, error));
    }
    if (allowed === true) {
      counts.allowed++;
      return start(ctx, outer);
    }
    const call: LimitedCall = { key, cost, ctx, rest: start, outer };
    if (allowed === false) return limiter.wait(call, said as LimitDecision);
    if (isThenable(said)) return awaitDecision(limiter, call, said, nowMs);
    const fault = new TypeError('The limit store gave an answer that is no decision.');
    settle(limiter, call, link.failed(key, fault));
  };
}

function settle<C>(limiter: Limiter<C>, call: LimitedCall, said: LimitVerdict['said']): void {
  if (said && 'allowed' in said && !said.allowed) return limiter.wait(call, said);
  if (said && !('allowed' in said)) return call.outer.fail(said);
  limiter.counts.allowed++;
  call.rest(call.ctx, call.outer);
}

/** Whoever comes later stands behind those who wait, unless their time has come already. */
function standsBehind<C>(limiter: Limiter<C>, key: string): boolean {
  if (limiter.order === 'lifo') return false;
  const queue = limiter.queues.get(key);
  if (queue && queue.dueInMs(limiter.clock.now()) <= 0) queue.wake();
  return limiter.queues.has(key);
}

/** A call for which the store's answer is waited for. */
function awaitDecision<C>(
  limiter: Limiter<C>,
  call: LimitedCall,
  promise: PromiseLike<LimitDecision>,
  nowMs: number,
): void {
  const tell = ({ said }: LimitVerdict): void => {
    stop();
    settle(limiter, call, said);
  };
  const answer = limiter.link.wait(promise, call, tell, nowMs);
  const stop = onAbort(call.ctx, (reason) => {
    answer.abandon();
    stop();
    call.outer.fail(reason);
  });
}

/** The rest, with its end told to those who learn from it. */
function learning<C>(limiter: Limiter<C>, key: string, rest: Start): Start {
  return (ctx: C, outer) =>
    rest(ctx, {
      get passive() {
        return outer.passive;
      },
      linger: () => outer.linger(),
      succeed(value) {
        limiter.learn(key, { ok: true, value }, ctx);
        outer.succeed(value);
      },
      fail(error) {
        limiter.learn(key, { ok: false, error }, ctx);
        outer.fail(error);
      },
    } satisfies Receiver);
}

const isCost = (cost: unknown, burst: number): boolean =>
  Number.isSafeInteger(cost) && (cost as number) >= 0 && (cost as number) <= burst;

/** @throws TypeError if it is none */
function keyOf(key: unknown): string | undefined {
  if (key === undefined || typeof key === 'string') return key;
  throw unexpected('key', 'a string, or undefined', key);
}
