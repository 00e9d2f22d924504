/** TargetSet: the targets of an upstream, of which each request gets one. */
import type { Clock } from '@interpose/kernel';
import { outOfRange } from '@interpose/kernel/options';
import type { Balancer } from '../balancing/balancer.ts';
import { consistentHash } from '../balancing/consistent-hash.ts';
import { ewma } from '../balancing/ewma.ts';
import { leastRequests } from '../balancing/least-requests.ts';
import { roundRobin } from '../balancing/round-robin.ts';
import type { GatewayRequest } from '../context.ts';
import { type KeyOf, keyOf } from './request-key.ts';
import type { StickyCookie } from './sticky-cookie.ts';
import type { Target } from './target.ts';
import type { TargetHealth } from './target-health.ts';
import { BALANCE_NAMES, type UpstreamConfig } from './upstream-config.ts';
import { UpstreamUnavailableError } from './upstream-errors.ts';

/** What a set is made with. */
export interface TargetSetParts {
  readonly health: TargetHealth;
  readonly sticky: StickyCookie | undefined;
  readonly clock: Clock;
  readonly random: () => number;
}

/** The targets of one upstream. */
export class TargetSet {
  readonly #config: UpstreamConfig;
  readonly #parts: TargetSetParts;
  readonly #keyOf: KeyOf | undefined;
  /** Set where there is no choice. */
  #only: Target | undefined;
  #targets: readonly Target[] = [];
  #all: Balancer<Target>;
  /** Those of the gateway's own zone. */
  #near: Balancer<Target> | undefined;

  /** @throws TypeError or RangeError for a way to balance that there is not */
  constructor(config: UpstreamConfig, parts: TargetSetParts) {
    this.#config = config;
    this.#parts = parts;
    const { balance } = config;
    this.#keyOf = typeof balance === 'object' ? keyOf('balance.by', balance.by) : undefined;
    this.#all = this.#balancer([]);
  }

  /** True if it matters how long answers take. */
  get isTimed(): boolean {
    return this.#all.observe !== undefined;
  }

  get targets(): readonly Target[] {
    return this.#targets;
  }

  /** These are the targets from now on. */
  change(targets: readonly Target[]): void {
    const { health, sticky } = this.#parts;
    const { zone } = this.#config;
    this.#targets = targets;
    this.#only = targets.length === 1 ? targets[0] : undefined;
    this.#all = this.#balancer(targets);
    const near = zone === undefined ? [] : targets.filter((target) => target.zone === zone);
    this.#near = near.length > 0 && near.length < targets.length ? this.#balancer(near) : undefined;
    health.change(targets);
    sticky?.change(targets);
  }

  /**
   * The target of a request.
   *
   * @throws UpstreamUnavailableError if there is none
   */
  pick(ctx: GatewayRequest): Target {
    const only = this.#only;
    const target = only ? (only.isAvailable ? only : undefined) : this.#choose(ctx);
    if (target) return target;
    const cause = new Error(this.#targets.length ? 'No target is well' : 'There are no targets');
    throw new UpstreamUnavailableError({
      code: 'NO_HEALTHY_TARGET',
      retryAfterMs: this.#parts.health.backInMs,
      cause,
    });
  }

  /** Another target than those that have been tried. */
  other(ctx: GatewayRequest, tried: ReadonlySet<Target>): Target | undefined {
    if (this.#only) return undefined;
    const key = this.#keyOf?.(ctx);
    return this.#near?.pick(key, tried) ?? this.#all.pick(key, tried);
  }

  /** A target has answered. */
  answered(target: Target, status: number, startedAtMs: number): void {
    if (status >= 500) return this.failed(target);
    target.outliers?.succeeded(target);
    const balancer = this.#all;
    if (balancer.observe) balancer.observe(target, this.#parts.clock.now() - startedAtMs);
  }

  /** A target has failed. */
  failed(target: Target): void {
    target.endpoint.failures++;
    target.outliers?.failed(target);
  }

  #choose(ctx: GatewayRequest): Target | undefined {
    const { health, sticky } = this.#parts;
    if (health.isPanicking) health.recount();
    const before = sticky?.find(ctx);
    if (before?.isAvailable) return before;
    const key = this.#keyOf?.(ctx);
    return this.#near?.pick(key) ?? this.#all.pick(key);
  }

  #balancer(targets: readonly Target[]): Balancer<Target> {
    const { balance = 'round-robin' } = this.#config;
    const { clock, random } = this.#parts;
    if (balance === 'round-robin') return roundRobin(targets);
    if (balance === 'least-requests') return leastRequests(targets);
    if (balance === 'ewma') {
      return ewma(targets, { clock, random, latencyOf: ({ endpoint }) => endpoint.latency });
    }
    if (typeof balance === 'object' && balance.kind === 'consistent-hash') {
      const { loadBound = 0 } = balance;
      return consistentHash(targets, { loadBound });
    }
    throw outOfRange('balance', `one of ${BALANCE_NAMES.join(', ')}, consistent-hash`, balance);
  }
}
