/** Mounts a middleware that decides and does nothing afterwards: it runs in access alone. */
import { HttpResponse } from '@interpose/http';
import { compose, isThenable } from '@interpose/kernel';
import type { GatewayContext, GatewayRequest } from '../context.ts';
import type { PluginParts } from '../definition/plugin.ts';
import { answerInstead, keepHeaders } from './own-answer.ts';
import type { MountedMiddleware } from './mounted-middleware.ts';

/** Stands for the answer of the rest, which is still to come: whoever looks into it fails, as it is the same one for all requests. */
const PASSED = Object.create(HttpResponse.prototype) as HttpResponse;

/** How it is mounted. */
export interface Guarding {
  readonly priority: number;
  /** Is told of each request that has passed. */
  readonly passed?: ((ctx: GatewayContext) => void) | undefined;
}

/** The plugin that a guard is. */
export function guarding(
  middleware: MountedMiddleware,
  { priority, passed }: Guarding,
): Pick<PluginParts, 'access'> {
  const run = compose<GatewayRequest, HttpResponse>(middleware);
  const rest = (seen: GatewayRequest): HttpResponse => {
    passed?.(seen);
    keepHeaders(seen);
    return PASSED;
  };
  return {
    access: {
      priority,
      handle(ctx) {
        const result = run(ctx as GatewayRequest, rest as never) as HttpResponse;
        if (result === PASSED) return true;
        return isThenable(result)
          ? (result as PromiseLike<HttpResponse>).then((made) => outcome(ctx, made))
          : outcome(ctx, result);
      },
    },
  };
}

const outcome = (ctx: GatewayContext, made: HttpResponse): boolean =>
  made === PASSED || answerInstead(ctx as GatewayRequest, made);
