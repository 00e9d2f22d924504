/** RouteHandler: what answers a route in this process, given in code: an app, or a function. */
import { adopt, type Answer, answerWith, type App, createApp } from '@interpose/http';
import { type Awaitable, isThenable } from '@interpose/kernel';
import { unexpected } from '@interpose/kernel/options';
import type { GatewayContext, GatewayRequest } from '../context.ts';

/** A function whose value is the answer, or an app of `@interpose/http`. */
export type RouteHandler =
  | ((ctx: GatewayContext) => Awaitable<Answer>)
  | Pick<App, 'run' | 'failures'>;

/**
 * Makes what answers by a handler. An app sees the path without the prefix.
 *
 * @throws TypeError if it is neither an app nor a function
 */
export function handlerAnswer(
  handler: RouteHandler,
  stripPrefix = '',
): (ctx: GatewayRequest) => Awaitable<unknown> {
  if (typeof handler === 'function') {
    return (ctx) => {
      const value = handler(ctx);
      if (!isThenable(value)) return answerWith(ctx, value as Answer);
      return value.then((settled) => answerWith(ctx, settled as Answer));
    };
  }
  if (typeof handler?.run !== 'function')
    throw unexpected('handler', 'a function or an app', handler);
  const prefix = stripPrefix.replace(/\/$/, '');
  const { run } = prefix ? createApp().mount(prefix, handler) : handler;
  return (ctx) => {
    const { params } = ctx;
    const answered = run(ctx);
    const take = (response: typeof ctx.response): void => {
      // The app has routes of its own, whose parameters are no business of the phases to come.
      ctx.params = params;
      if (response !== ctx.response) adopt(ctx.response, response);
    };
    return isThenable(answered) ? answered.then(take) : take(answered);
  };
}
