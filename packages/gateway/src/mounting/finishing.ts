/** Mounts a middleware that only changes answers: it runs when both filters have been through with them. */
import { adopt, type HttpResponse } from '@interpose/http';
import { type Awaitable, compose, isThenable } from '@interpose/kernel';
import type { Finisher, GatewayRequest } from '../context.ts';
import type { PluginParts } from '../definition/plugin.ts';
import { failInstead } from './own-answer.ts';
import type { MountedMiddleware } from './mounted-middleware.ts';

/** The plugin that it is. */
export function finishing(
  middleware: MountedMiddleware,
  priority: number,
): Pick<PluginParts, 'headerFilter'> {
  const run = compose<GatewayRequest, HttpResponse>(middleware);
  const rest = ({ response }: GatewayRequest): HttpResponse => response;
  const finish: Finisher = (ctx) => {
    const result = run(ctx, rest as never);
    return isThenable(result) ? result.then((made) => take(ctx, made)) : take(ctx, result);
  };
  return { headerFilter: { priority, handle: (ctx) => (ctx as GatewayRequest).finish(finish) } };
}

function take({ response }: GatewayRequest, made: HttpResponse): void {
  if (made !== response) adopt(response, made);
}

/** Runs what has been put off until the answer is to be sent. A failure takes the place of the answer. */
export function finishAnswer(ctx: GatewayRequest, from = 0): Awaitable<void> {
  const { finishers } = ctx;
  for (let at = from; finishers && at < finishers.length; at++) {
    try {
      const running = (finishers[at] as Finisher)(ctx);
      if (isThenable(running)) return resume(ctx, running, at);
    } catch (error) {
      return failInstead(ctx, error);
    }
  }
}

async function resume(ctx: GatewayRequest, running: PromiseLike<void>, at: number): Promise<void> {
  try {
    await running;
  } catch (error) {
    return failInstead(ctx, error);
  }
  return finishAnswer(ctx, at + 1);
}
