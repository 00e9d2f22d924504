/** Sends a request to its upstream and takes the answer, whose body then passes from one connection to the other. */
import type { Clock } from '@interpose/kernel';
import { checkMs, checkNames, outOfRange } from '@interpose/kernel/options';
import type { Resolver } from '@interpose/wire';
import { contentKey } from '../content-key.ts';
import type { GatewayRequest } from '../context.ts';
import type { Logger } from '../logger.ts';
import type { Asked } from './asked.ts';
import type { CallParts } from './call-parts.ts';
import { EndpointMaker } from './endpoint-maker.ts';
import { ForwardRules } from './forward-headers.ts';
import { pseudonymOf } from './pseudonym.ts';
import { RetryRules } from './retry-rules.ts';
import { StickyCookie } from './sticky-cookie.ts';
import type { Target } from './target.ts';
import { TargetHealth } from './target-health.ts';
import { TargetSet } from './target-set.ts';
import { TargetSource } from './target-source.ts';
import { UpstreamCall } from './upstream-call.ts';
import { FORWARDED_WORDS, UPSTREAM_NAMES, type UpstreamConfig } from './upstream-config.ts';
import { ProxyLoopError } from './upstream-errors.ts';
import { UpstreamGuards } from './upstream-guards.ts';
import { targetStatus, type UpstreamStatus } from './upstream-status.ts';

export type { Asked } from './asked.ts';

/** Where requests go. Lives as long as its config stays the same, through any number of reloads. */
export interface Upstream {
  readonly name: string;
  readonly config: UpstreamConfig;
  /**
   * Sends the request on, asking for something. Resolves when the head of the answer is there; the body is in the
   * response and comes as it is read.
   *
   * @throws UpstreamFailedError, UpstreamTimeoutError, UpstreamBusyError, UpstreamUnavailableError, ProxyLoopError, ClientLeftError, or what the body of the request failed with
   */
  forward(ctx: GatewayRequest, asked: Asked): Promise<void>;
  /** How it and its targets are doing. */
  status(): UpstreamStatus;
  /** Takes a target out of use, or back, by its name or its URL; requests under way end as they would. False if there is no such target. */
  setTarget(target: string, to: { readonly state: 'up' | 'drain' }): boolean;
  /** Cuts what is open. */
  close(): void;
}

/** What an upstream gets from the gateway instead of reaching for it. */
export interface UpstreamServices {
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** What an upstream is made with. */
export interface UpstreamSource {
  readonly services: UpstreamServices;
  /** Finds the addresses of names. @default what the system knows */
  readonly resolver?: Resolver | undefined;
  /** The one of the same name in the config before. */
  readonly earlier?: Upstream | undefined;
}

/**
 * An upstream; or the earlier one, if nothing has changed. Of what has stayed the same a new one takes over connections, health and figures.
 *
 * @throws TypeError or RangeError for a config out of range
 */
export function createUpstream(
  name: string,
  config: UpstreamConfig,
  { services, resolver, earlier }: UpstreamSource,
): Upstream {
  const before = earlier instanceof TargetsUpstream ? earlier : undefined;
  try {
    checkConfig(config);
    const maker = new EndpointMaker(config, { clock: services.clock, resolver }, before?.maker);
    // The likeness is that of certificates as well, which may be others under the same name.
    const key = contentKey(config) + maker.likeness;
    if (before?.key === key) return before;
    const made = new TargetsUpstream({ name, config, key, maker }, services, before);
    maker.forgetEarlier();
    return made;
  } catch (error) {
    // Says of which upstream it speaks.
    if (error instanceof Error) error.message = error.message.replace('`', `\`${name}.`);
    throw error;
  }
}

/** What tells an upstream from others. */
interface UpstreamParts {
  readonly name: string;
  readonly config: UpstreamConfig;
  readonly key: string;
  readonly maker: EndpointMaker;
}

class TargetsUpstream implements Upstream {
  readonly name: string;
  readonly config: UpstreamConfig;
  readonly key: string;
  readonly maker: EndpointMaker;
  readonly #clock: Clock;
  readonly #health: TargetHealth;
  readonly #set: TargetSet;
  readonly #source: TargetSource;
  readonly #guards: UpstreamGuards;
  readonly #headers: ForwardRules;
  readonly #parts: CallParts;

  constructor(
    { name, config, key, maker }: UpstreamParts,
    services: UpstreamServices,
    before: TargetsUpstream | undefined,
  ) {
    this.name = name;
    this.config = config;
    this.key = key;
    this.maker = maker;
    const { clock, random, logger } = services;
    this.#clock = clock;
    const { sticky, retry = {}, timeoutMs } = config;
    const cookie = sticky && new StickyCookie(name, sticky);
    this.#headers = new ForwardRules(config, pseudonymOf(services));
    this.#guards = new UpstreamGuards(name, config, clock);
    this.#health = new TargetHealth(name, config, { clock, random, logger });
    this.#set = new TargetSet(config, { health: this.#health, sticky: cookie, clock, random });
    this.#parts = {
      name,
      targets: this.#set,
      headers: this.#headers,
      retry: retry ? new RetryRules(retry, { clock, random }) : undefined,
      sticky: cookie,
      timeoutMs,
      clock,
      random,
    };
    const changed = (targets: readonly Target[]): void => this.#set.change(targets);
    const parts = { upstream: name, maker, clock, logger, changed };
    // Last, as it holds what has to be let go of.
    this.#source = new TargetSource(config, parts, before ? before.#source : undefined);
    this.#set.change(this.#source.targets);
    if (before) this.#adopt(before);
    this.#health.start();
    this.#source.start();
  }

  forward(ctx: GatewayRequest, asked: Asked): Promise<void> {
    if (this.#headers.isLoop(ctx)) return Promise.reject(new ProxyLoopError());
    const call = new UpstreamCall(this.#parts, ctx, asked);
    ctx.upstream = call;
    return this.#guards.isOpen ? call.run() : this.#guards.run(ctx, call);
  }

  status(): UpstreamStatus {
    const nowMs = this.#clock.now();
    const { breaker, bulkhead } = this.#guards;
    return {
      name: this.name,
      targets: this.#set.targets.map((target) => targetStatus(target, nowMs)),
      isPanicking: this.#health.isPanicking,
      breaker: breaker?.state(),
      bulkhead: bulkhead?.state(),
      retryBudget: this.#parts.retry?.budget.state(),
    };
  }

  setTarget(target: string, { state }: { readonly state: 'up' | 'drain' }): boolean {
    if (state !== 'up' && state !== 'drain') throw outOfRange('state', '`up` or `drain`', state);
    const meant = this.#set.targets.filter(({ name, endpoint: { url, basePath } }) =>
      [name, url.href, url.origin + basePath].includes(target),
    );
    for (const { endpoint } of meant) endpoint.isDrained = state === 'drain';
    return meant.length > 0;
  }

  close(): void {
    this.#health.close();
    this.#source.close();
    this.#guards.close();
  }

  #adopt(before: TargetsUpstream): void {
    for (const target of this.#set.targets) {
      const known = before.#set.targets.find(({ endpoint }) => endpoint === target.endpoint);
      if (known) this.#health.adopt(target, before.#health, known);
    }
    this.#guards.adopt(before.#guards);
  }
}

/** Checks what nobody further in does. */
function checkConfig(config: UpstreamConfig): void {
  checkNames('the upstream', config, UPSTREAM_NAMES);
  const { timeoutMs, forwarded } = config;
  if (timeoutMs !== undefined) checkMs('timeoutMs', timeoutMs, 1);
  if (forwarded !== undefined && !FORWARDED_WORDS.includes(forwarded)) {
    throw outOfRange('forwarded', `one of ${FORWARDED_WORDS.join(', ')}`, forwarded);
  }
}
