/** FastifyRound: middleware of ours round one request of Fastify, between its hooks. */
import { isThenable } from '@interpose/kernel';
import { ClientLeftError } from '@interpose/wire';
import { type HttpContext, RequestContext } from '../context/context.ts';
import { RestUsedError } from '../errors.ts';
import { enter } from '../hosts/host-context.ts';
import { type HostError, type HttpStack, isForHost } from '../hosts/http-stack.ts';
import { answerOf } from '../answer/respond.ts';
import type { HttpResponse, ResponseBody } from '../context/response.ts';
import { bodyOfHost } from './body-stream.ts';
import { countSent } from './count-sent.ts';
import {
  FastifyFacts,
  payloadOf,
  putHeaders,
  type ReplyHeaders,
  restore,
  sendReply,
  type Told,
} from './fastify-answer.ts';
import type { FastifyReply, FastifyRequest } from './fastify-parts.ts';
import { takeHeaders } from './host-headers.ts';
import { handOn } from './host-request.ts';
import { NodeSource } from './node-source.ts';

/** Goes on in Fastify: with an error, or with what is to be sent. */
type Go = (error?: unknown, payload?: unknown) => void;

/** Something that Fastify is about to send. */
interface Sending {
  readonly payload: unknown;
  /** The same as middleware sees it. */
  readonly body: ResponseBody;
  readonly go: Go;
}

/** Middleware round one request. */
export class FastifyRound {
  readonly #reply: FastifyReply;
  readonly #stack: HttpStack;
  readonly #source: NodeSource;
  readonly #ctx: RequestContext;
  /** Runs the rest, while it has not run. */
  #go: Go | undefined;
  #before: ReplyHeaders = {};
  #resolve: ((response: HttpResponse) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;
  /** What the rest is to answer with. */
  #asked: HttpResponse | undefined;
  #raised: HostError | undefined;
  #passed: HostError | undefined;
  #sending: Sending | undefined;
  #isOver = false;

  constructor(request: FastifyRequest, reply: FastifyReply, stack: HttpStack) {
    this.#reply = reply;
    this.#stack = stack;
    const facts = new FastifyFacts(request, request.originalUrl);
    this.#source = new NodeSource(request.raw, reply.raw, facts);
    countSent(this.#source);
    this.#ctx = enter(new RequestContext(this.#source), request.raw);
  }

  run(go: Go): void {
    this.#go = go;
    const answered = answerOf(this.#ctx, (own) => this.#guarded(own), this.#stack.options);
    if (isThenable(answered)) void answered.then(() => this.#finish());
    else this.#finish();
  }

  /** Fastify is about to send something. */
  sends(payload: unknown, go: Go): void {
    if (this.#isOver && !this.#raised) return go(null, payload);
    this.#sending = this.#sendingOf(payload, go);
    if (this.#isOver) return this.#send(this.#sending);
    const response = this.#asked;
    if (!response || this.#raised) return;
    this.#giveTo(response, this.#sending.body);
    this.#resolve?.(response);
  }

  /** A handler of Fastify has failed, and its error is about to be answered. */
  raise(error: unknown): void {
    if (this.#isOver) return;
    this.#raised ??= { error };
    this.#reject?.(error);
  }

  /** All is sent, perhaps by somebody who has taken the reply away from Fastify. */
  sent(): void {
    if (this.#isOver || this.#sending || !this.#asked) return;
    this.#giveTo(this.#asked, null);
    this.#resolve?.(this.#asked);
  }

  #guarded(ctx: RequestContext): HttpResponse | PromiseLike<HttpResponse> {
    const caught = (error: unknown): HttpResponse => {
      if (ctx.clientLeft || !isForHost(error, this.#raised, this.#stack.options)) throw error;
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

  #rest(seen: HttpContext): Promise<HttpResponse> {
    const go = this.#go;
    if (!go) throw new RestUsedError();
    this.#go = undefined;
    this.#asked = seen.response;
    const start = (): void => {
      this.#before = { ...this.#reply.getHeaders() };
      putHeaders(this.#reply, seen.response);
      if (seen.response.hasStatus) this.#reply.code(seen.response.status);
      go();
    };
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#source.onClientLeft(() => reject(new ClientLeftError()));
      const ready = handOn(seen, this.#source);
      if (isThenable(ready)) void ready.then(start);
      else start();
    });
  }

  #sendingOf(payload: unknown, go: Go): Sending {
    const body = bodyOfHost(payload);
    if (!(payload instanceof Response)) return { payload, body, go };
    this.#reply.code(payload.status);
    for (const [name, value] of payload.headers) this.#reply.header(name, value);
    return { payload: body, body, go };
  }

  #giveTo(response: HttpResponse, body: ResponseBody): void {
    response.status = this.#reply.statusCode;
    takeHeaders(this.#reply.getHeaders(), response.headers);
    response.body = body;
  }

  #finish(): void {
    this.#isOver = true;
    const { clientLeft, response } = this.#ctx;
    const go = this.#go;
    this.#go = undefined;
    if (go && this.#passed) {
      putHeaders(this.#reply, response);
      return go(this.#passed.error);
    }
    if (this.#sending) return this.#send(this.#sending);
    // What Fastify is about to answer an error with comes yet; and to nobody nothing is said.
    if (this.#raised || (clientLeft && !go) || this.#reply.raw.headersSent) return;
    if (!go) restore(this.#reply, this.#before);
    sendReply(this.#reply, this.#told(), this.#stack.options);
  }

  /** Sends what there is in the end. */
  #send({ payload, body, go }: Sending): void {
    const { response, clientLeft } = this.#ctx;
    if (this.#passed || clientLeft) return go(null, payload);
    // Of a failed answer nothing is in ours; else all of it is.
    restore(this.#reply, this.#raised ? this.#before : {});
    this.#reply.code(response.status);
    putHeaders(this.#reply, response);
    if (!this.#raised && response.body === body) return go(null, payload);
    go(null, payloadOf(response.takeBody(), this.#told(), this.#stack.options));
  }

  #told(): Told {
    return { ctx: this.#ctx, source: this.#source };
  }
}
