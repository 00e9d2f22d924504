/** Answers of ours as replies of Fastify. */
import { isThenable } from '@interpose/kernel';
import { RequestContext } from '../context/context.ts';
import { enter } from '../hosts/host-context.ts';
import type { Mounting } from '../hosts/mounting.ts';
import { answerOf, type FailureOptions, replace, tell } from '../answer/respond.ts';
import { cancelBody, type HttpResponse, type ResponseBody } from '../context/response.ts';
import { isBodiless } from '../answer/send.ts';
import { BodyStream, bufferOf, isPiecewise } from './body-stream.ts';
import { countSent } from './count-sent.ts';
import type { FastifyReply, FastifyRequest } from './fastify-parts.ts';
import { groupOf, joinedItems, valuesOf } from './host-headers.ts';
import { type HostFacts, NodeSource } from './node-source.ts';

/** Headers as they are on a reply. */
export type ReplyHeaders = ReturnType<FastifyReply['getHeaders']>;

/** A request in both forms. */
export interface Told {
  readonly ctx: RequestContext;
  readonly source: NodeSource;
}

/** An app answers a request, or lets Fastify say that there is nothing. */
export function answerInFastify(
  request: FastifyRequest,
  reply: FastifyReply,
  mounting: Mounting,
): void {
  const url = request.raw.url ?? '/';
  const target = mounting.targetOf({ below: url, whole: url });
  if (target === undefined) return void reply.callNotFound();
  const source = new NodeSource(request.raw, reply.raw, new FastifyFacts(request, target));
  const ctx = new RequestContext(source);
  const { app, fallThrough } = mounting;
  if (fallThrough && !app.has(ctx)) return void reply.callNotFound();
  countSent(source);
  const answered = answerOf(enter(ctx, request.raw), app.run, app.failures);
  const send = (): void => sendReply(reply, { ctx, source }, app.failures);
  if (isThenable(answered)) void answered.then(send);
  else send();
}

/** Sends the answer that is in the context. */
export function sendReply(reply: FastifyReply, told: Told, failures: FailureOptions): void {
  const { ctx } = told;
  if (ctx.clientLeft) {
    reply.hijack();
    return cancelBody(ctx.response.takeBody());
  }
  try {
    putHeaders(reply, ctx.response);
  } catch (error) {
    replace(ctx, error, failures);
    putHeaders(reply, ctx.response);
  }
  reply.code(ctx.response.status);
  reply.send(payloadOf(ctx.response.takeBody(), told, failures));
}

/** Puts headers on a reply; cookies and `Vary` join what is there. */
export function putHeaders(reply: FastifyReply, { headers }: HttpResponse): void {
  const { vary } = reply.getHeaders();
  for (const [lower, [name, values]] of groupOf(headers.toRaw())) {
    if (lower === 'vary') reply.header(name, joinedItems([...valuesOf(vary), ...values]));
    else reply.header(name, values.length === 1 ? (values[0] as string) : values);
  }
}

/** Makes the headers of a reply what they were. */
export function restore(reply: FastifyReply, before: ReplyHeaders): void {
  for (const name of Object.keys(reply.getHeaders())) reply.removeHeader(name);
  for (const [name, value] of Object.entries(before)) {
    if (value !== undefined) reply.header(name, value as string);
  }
}

/** A body as Fastify sends it. */
export function payloadOf(
  body: ResponseBody,
  { ctx, source }: Told,
  failures: FailureOptions,
): Buffer | BodyStream | null {
  const isEmpty = isBodiless(ctx.method, ctx.response.status);
  if (isPiecewise(body)) {
    if (!isEmpty) return new BodyStream(body, source, (error) => tell(error, ctx, failures));
    cancelBody(body);
    return null;
  }
  if (body === null) return null;
  return bufferOf(body);
}

/** What Fastify knows of a request. */
export class FastifyFacts implements HostFacts {
  readonly target: string;
  readonly #request: FastifyRequest;

  constructor(request: FastifyRequest, target: string) {
    this.#request = request;
    this.target = target;
  }

  get address(): string {
    return this.#request.ip;
  }

  get secure(): boolean {
    return this.#request.protocol === 'https';
  }

  get parsed(): unknown {
    const { rawBody, body } = this.#request as { rawBody?: unknown; body?: unknown };
    return rawBody ?? body;
  }
}
