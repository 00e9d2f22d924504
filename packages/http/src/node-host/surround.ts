/** surround: runs middleware of ours round the rest of a host whose answers go out by node:http. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isThenable } from '@interpose/kernel';
import { ClientLeftError } from '@interpose/wire';
import { type HttpContext, RequestContext } from '../context/context.ts';
import { RestUsedError } from '../errors.ts';
import { type HostError, type HttpStack, isForHost } from '../hosts/http-stack.ts';
import { enter } from '../hosts/host-context.ts';
import { answerOf, deliver } from '../answer/respond.ts';
import type { HttpResponse } from '../context/response.ts';
import { HeldAnswer } from './held-answer.ts';
import { addHeaders } from './host-headers.ts';
import { handOn } from './host-request.ts';
import { NodeExchange } from './node-exchange.ts';
import type { HostFacts } from './node-source.ts';

/** Runs the rest of the host, or with an error its error handling. */
export type HostNext = (error?: unknown) => unknown;

/** A request where it meets middleware of ours. */
export interface Passage {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly facts: HostFacts;
  readonly next: HostNext;
}

const AROUND = new WeakMap<IncomingMessage, Surround[]>();

/** Runs middleware round the rest of the host. */
export function surround(passage: Passage, stack: HttpStack): void {
  const around = new Surround(passage, stack);
  const all = AROUND.get(passage.req);
  if (all) all.push(around);
  else AROUND.set(passage.req, [around]);
  around.run();
}

/**
 * Lets an error of the host come out of `next()` in the middleware that stands round it, from the innermost outwards. What comes out at last,
 * if nobody has answered, goes to `next`.
 */
export async function passOut(
  error: unknown,
  req: IncomingMessage,
  next: (error: unknown) => void,
): Promise<void> {
  let outcome: HostError | undefined = { error };
  for (const around of (AROUND.get(req) ?? []).toReversed()) {
    if (around.isOver) continue;
    outcome = await around.fail(outcome.error);
    if (!outcome) return;
  }
  next(outcome.error);
}

/** Middleware round one request. */
class Surround {
  readonly #passage: Passage;
  readonly #stack: HttpStack;
  readonly #exchange: NodeExchange;
  #held: HeldAnswer | undefined;
  #isUsed = false;
  /** Makes an error of the host come out of `next()`. */
  #reject: ((error: unknown) => void) | undefined;
  #hostError: HostError | undefined;
  /** What the host's error handling gets. */
  #passed: HostError | undefined;
  #told: ((outcome: HostError | undefined) => void) | undefined;
  isOver = false;

  constructor(passage: Passage, stack: HttpStack) {
    this.#passage = passage;
    this.#stack = stack;
    this.#exchange = new NodeExchange(passage.req, passage.res, passage.facts);
  }

  run(): void {
    const ctx = enter(new RequestContext(this.#exchange), this.#passage.req);
    const answered = answerOf(ctx, (own) => this.#guarded(own), this.#stack.options);
    if (isThenable(answered)) void answered.then(() => this.#finish(ctx));
    else this.#finish(ctx);
  }

  /** An error of the host. Gives what comes out of the middleware, or nothing if it has answered. */
  fail(error: unknown): Promise<HostError | undefined> {
    // What it has begun to answer it can only break off.
    if (this.#held?.hasBegun) return Promise.resolve({ error });
    this.#hostError = { error };
    return new Promise((resolve) => {
      this.#told = resolve;
      this.#reject?.(error);
    });
  }

  #guarded(ctx: RequestContext): HttpResponse | PromiseLike<HttpResponse> {
    const caught = (error: unknown): HttpResponse => {
      const { options } = this.#stack;
      if (ctx.clientLeft || !isForHost(error, this.#hostError, options)) throw error;
      this.#passed = { error };
      return ctx.response;
    };
    try {
      const made = this.#stack.run(ctx, (seen) => this.#rest(seen));
      return isThenable(made) ? made.then(undefined, caught) : made;
    } catch (error) {
      return caught(error);
    }
  }

  #rest(seen: HttpContext): HttpResponse | PromiseLike<HttpResponse> {
    if (this.#isUsed) throw new RestUsedError();
    this.#isUsed = true;
    const ready = handOn(seen, this.#exchange);
    return isThenable(ready) ? ready.then(() => this.#callHost(seen)) : this.#callHost(seen);
  }

  #callHost({ response }: HttpContext): HttpResponse | Promise<HttpResponse> {
    const held = (this.#held = new HeldAnswer(this.#exchange));
    this.#exchange.outlet = held.outlet;
    held.put(response);
    const returned = this.#passage.next();
    if (held.isWhole) {
      held.giveTo(response);
      return response;
    }
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      if (this.#hostError) reject(this.#hostError.error);
      if (isThenable(returned)) returned.then(undefined, reject);
      this.#exchange.onClientLeft(() => reject(new ClientLeftError()));
      held.onBegun(() => {
        held.giveTo(response);
        resolve(response);
      });
    });
  }

  #finish(ctx: RequestContext): void {
    this.isOver = true;
    if (this.#passed) return this.#passToHost(ctx, this.#passed);
    this.#held?.yieldToAnswer();
    deliver(this.#exchange, ctx, this.#stack.options);
    this.#told?.(undefined);
  }

  #passToHost({ response }: RequestContext, passed: HostError): void {
    const held = this.#held;
    held?.letGo();
    // Those of the host's own answer, if it had begun one, are no longer worth anything.
    if (!held?.hasBegun) putHeaders(this.#passage.res, response);
    if (this.#told) this.#told(passed);
    else this.#passage.next(passed.error);
  }
}

function putHeaders(res: ServerResponse, { headers }: HttpResponse): void {
  addHeaders(res, res, { headers: headers.toRaw(), length: undefined });
}
