/** RequestRunner: sends requests through the pipeline of an organization, those inside of others included, and keeps its transactions. */
import { type Awaitable, isThenable } from '@interpose/kernel';
import { unexpected } from '@interpose/kernel/options';
import type { Caller } from '../context/caller.ts';
import { PropertyBag } from '../context/property-bag.ts';
import type { OrganizationContext, RequestContext } from '../context/request-context.ts';
import type { TransactionQueue, Turn } from '../context/transaction-queue.ts';
import { DataverseFault } from '../faults/dataverse-fault.ts';
import { OrganizationService } from '../organization-service.ts';
import {
  OrganizationRequest,
  type OrganizationResponse,
} from '../requests/organization-request.ts';
import type { RequestPipeline } from './request-pipeline.ts';

/** On whose behalf a request is sent, and whether he takes a promise. */
export interface Sender {
  readonly caller: Caller;
  readonly canWait: boolean;
}

/** Sends requests through a pipeline. */
export class RequestRunner {
  readonly #context: OrganizationContext;
  readonly #pipeline: RequestPipeline;
  readonly #queue: TransactionQueue;
  readonly #maxDepth: number;
  /** The request that is being handled, while whoever handles it has not yet waited for anything. */
  #current: RequestContext | undefined;

  constructor(context: OrganizationContext, pipeline: RequestPipeline, maxDepth: number) {
    this.#context = context;
    this.#pipeline = pipeline;
    this.#queue = pipeline.queue;
    this.#maxDepth = maxDepth;
  }

  /**
   * Sends a request; one that is sent while another is handled stands in that.
   *
   * @throws TypeError for what is no request, DataverseFault if it stands in too many
   */
  send(request: OrganizationRequest, { caller, canWait }: Sender): Awaitable<OrganizationResponse> {
    const around = this.#current;
    const turn = { transaction: around?.turn.transaction, canWait };
    return this.#run(request, caller, { depth: (around?.depth ?? 0) + 1, turn });
  }

  #run(
    request: OrganizationRequest,
    caller: Caller,
    place: { readonly depth: number; readonly turn: Turn },
  ): Awaitable<OrganizationResponse> {
    if (!(request instanceof OrganizationRequest)) {
      throw unexpected('request', 'an OrganizationRequest', request);
    }
    if (place.depth > this.#maxDepth) {
      throw new DataverseFault(
        'IsvAborted',
        `"${request.requestName}" stands in ${this.#maxDepth} other requests, which looks like a circle.`,
      );
    }
    const { depth, turn } = place;
    const parts = { context: this.#context, request, caller, items: new PropertyBag() };
    const ctx = this.#contextOf(parts, depth, turn);
    return this.#within(ctx, () => this.#pipeline.run(ctx));
  }

  #contextOf(
    parts: Pick<RequestContext, 'context' | 'request' | 'caller' | 'items'>,
    depth: number,
    turn: Turn,
  ): RequestContext {
    const send = (
      request: OrganizationRequest,
      canWait: boolean,
    ): Awaitable<OrganizationResponse> =>
      this.#run(request, parts.caller, { depth: depth + 1, turn: { ...turn, canWait } });
    // Written out, as spreading costs more than all the rest of a short request.
    const ctx: RequestContext = {
      context: parts.context,
      request: parts.request,
      caller: parts.caller,
      items: parts.items,
      depth,
      turn,
      service: new OrganizationService((request) => send(request, false)),
      execute: (request) => send(request, turn.canWait),
      transact: (work) => this.#transact(ctx, work),
    };
    return ctx;
  }

  #transact<Result>(
    ctx: RequestContext,
    work: (inside: RequestContext) => Awaitable<Result>,
  ): Awaitable<Result> {
    const { turn, depth, request } = ctx;
    return this.#queue.enter(request.requestName, turn, () => {
      const transaction = this.#queue.open();
      const changes = this.#context.store.begin();
      const inside = this.#contextOf(ctx, depth, { transaction, canWait: turn.canWait });
      return ended(
        () => this.#within(inside, () => work(inside)),
        (isDone) => {
          if (isDone) changes.commit();
          else changes.rollback();
          this.#queue.close(transaction);
        },
      );
    });
  }

  /** What is sent while this runs, without waiting for anything, stands in the request. */
  #within<Result>(ctx: RequestContext, act: () => Result): Result {
    const around = this.#current;
    this.#current = ctx;
    try {
      return act();
    } finally {
      this.#current = around;
    }
  }
}

/** Does something, now or later, and tells when it has ended, before anybody else hears of it. */
function ended<Result>(
  act: () => Awaitable<Result>,
  end: (isDone: boolean) => void,
): Awaitable<Result> {
  let result: Awaitable<Result>;
  try {
    result = act();
  } catch (error) {
    end(false);
    throw error;
  }
  if (!isThenable(result)) {
    end(true);
    return result;
  }
  return result.then(
    (value) => {
      end(true);
      return value;
    },
    (error: unknown) => {
      end(false);
      throw error;
    },
  );
}
