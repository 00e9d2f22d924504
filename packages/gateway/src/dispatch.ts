/** Dispatch: leads each request to the plan of its route, by the config that holds when it comes. */
import { type Exchange, RefusedMessageError, type Refusal } from '@interpose/wire';
import { healthOf } from './admin/public-health.ts';
import { GatewayRequest } from './context.ts';
import type { PluginServices } from './definition/plugin.ts';
import { messageOf } from './errors.ts';
import { findRoute } from './find-route.ts';
import type { GatewayOptions } from './gateway-options.ts';
import type { Lifecycle } from './lifecycle.ts';
import { type TurnAway, turnedAway } from './listeners/turn-away.ts';
import type { Observers } from './observers.ts';
import { FollowedPlans } from './recent/followed-plans.ts';
import { refusedExchange } from './refused-exchange.ts';
import type { PluginRegistry } from './registry/registry.ts';
import { runPhase } from './run-phase.ts';
import type { Gateway } from './running-gateway.ts';
import { serve } from './serve.ts';
import { makePlans, type Plans, type Snapshot } from './snapshot.ts';

/** What requests meet on their way. */
export interface DispatchParts {
  readonly gateway: Gateway;
  readonly registry: PluginRegistry;
  readonly services: PluginServices;
  readonly observers: Observers;
  readonly lifecycle: Lifecycle;
  readonly options: GatewayOptions;
}

/** The way of all requests into the plans. */
export class Dispatch {
  readonly #parts: DispatchParts;
  readonly #followed = new FollowedPlans();
  #snapshot: Snapshot;
  #plans: Plans;
  #health: ReturnType<typeof healthOf> | undefined;

  constructor(parts: DispatchParts, snapshot: Snapshot) {
    this.#parts = parts;
    this.#snapshot = snapshot;
    this.#plans = this.#makePlans();
    this.#health = this.#healthNow();
  }

  /** What comes from now on goes by another config. */
  follow(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    this.#plans = this.#makePlans();
    this.#health = this.#healthNow();
  }

  /** Leads a request from its beginning to its end. Never rejects. */
  take(exchange: Exchange, turnAway?: TurnAway): Promise<void> {
    return this.#run(exchange, (ctx) => this.#serve(ctx, turnAway));
  }

  /** What the server has refused meets the log phase like any other request. */
  refused(refusal: Refusal): Promise<void> {
    return this.#run(refusedExchange(refusal), async (ctx) => {
      this.#parts.observers.started(ctx);
      ctx.failure = new RefusedMessageError(refusal.code);
      ctx.response.status = refusal.status;
      ctx.outcome = { status: refusal.status, bytes: 0, durationMs: 0 };
      await runPhase(this.#current().otherwise.phases.log, ctx);
    });
  }

  async #run(exchange: Exchange, course: (ctx: GatewayRequest) => Promise<void>): Promise<void> {
    const { services, lifecycle, observers } = this.#parts;
    const ctx = new GatewayRequest(exchange, services);
    const place = lifecycle.began(ctx);
    try {
      await course(ctx);
      observers.ended(ctx);
    } catch (error) {
      exchange.destroy();
      services.logger.error({ message: `Gateway error: ${messageOf(error)}` });
    } finally {
      lifecycle.ended(place);
    }
  }

  #serve(ctx: GatewayRequest, turnAway: TurnAway | undefined): Promise<void> {
    const { clock } = this.#parts.services;
    this.#snapshot.trust?.apply(ctx);
    this.#parts.observers.started(ctx);
    const { table, otherwise } = this.#plansOf(ctx);
    const answer = this.#health?.(ctx) ?? turnAway?.(ctx);
    if (answer) {
      return serve(ctx, { plan: turnedAway(otherwise, answer), allow: undefined, clock });
    }
    const found = findRoute(table, ctx);
    const plan = found?.route ?? otherwise;
    ctx.route = plan.route;
    if (found) ctx.params = found.params;
    return serve(ctx, { plan, allow: found?.allow, clock });
  }

  /** Requests that someone follows go a way of their own, on which each step is watched. */
  #plansOf(ctx: GatewayRequest): Plans {
    const plans = this.#current();
    if (!ctx.trace) return plans;
    const { registry, options } = this.#parts;
    return this.#followed.of(plans, (followed, onion) =>
      makePlans(this.#snapshot, followed(registry), {
        ...options,
        onion: [...onion, ...(options.onion ?? [])],
      }),
    );
  }

  /** Plugins may have been registered, taken out or switched since. */
  #current(): Plans {
    if (this.#plans.version !== this.#parts.registry.version) this.#plans = this.#makePlans();
    return this.#plans;
  }

  #makePlans(): Plans {
    const { registry, options } = this.#parts;
    return makePlans(this.#snapshot, registry, options);
  }

  #healthNow(): ReturnType<typeof healthOf> | undefined {
    const { gateway, services } = this.#parts;
    const { health } = this.#snapshot.config;
    return health && healthOf(health, gateway, services.clock);
  }
}
