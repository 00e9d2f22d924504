/** answerHosted: an app answers a request of node:http. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isThenable } from '@interpose/kernel';
import { AnswerOrderError } from '@interpose/wire';
import { RequestContext } from '../context/context.ts';
import type { Mounting } from '../hosts/mounting.ts';
import { enter } from '../hosts/host-context.ts';
import { answerOf, deliver } from '../answer/respond.ts';
import { NodeExchange } from './node-exchange.ts';
import type { HostFacts } from './node-source.ts';

/** A request where it meets an app. */
export interface Arrival {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly facts: HostFacts;
}

/**
 * The app answers, or `next` is called for what it leaves to the host.
 *
 * @throws AnswerOrderError if somebody has begun to answer
 */
export function answerHosted(
  { req, res, facts }: Arrival,
  { app, fallThrough }: Mounting,
  next: () => unknown,
): void {
  if (res.headersSent) throw new AnswerOrderError('The host has begun to answer already');
  const exchange = new NodeExchange(req, res, facts);
  const ctx = new RequestContext(exchange);
  if (fallThrough && !app.has(ctx)) return void next();
  const answered = answerOf(enter(ctx, req), app.run, app.failures);
  if (isThenable(answered)) void answered.then(() => deliver(exchange, ctx, app.failures));
  else deliver(exchange, ctx, app.failures);
}
