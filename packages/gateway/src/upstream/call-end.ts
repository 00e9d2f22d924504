/** What ends a request before its time, and what that means to the client. */
import { UpstreamTimeoutError } from '@interpose/http/proxy';
import { ClientLeftError } from '@interpose/wire';
import type { GatewayRequest } from '../context.ts';
import { UpstreamDeadlineError } from './upstream-errors.ts';

/** Calls `listener` when nobody waits for the answer any more, or nobody may; at once if that is so already. */
export function onGivenUp(ctx: GatewayRequest, listener: (reason: Error) => void): void {
  ctx.onClientLeft(() => listener(new ClientLeftError()));
  // Looked at only where a policy has put a signal of its own on the context: one for every request would be dear.
  if (!Object.hasOwn(ctx, 'signal')) return;
  const { signal } = ctx;
  const aborted = (): void => listener(signal.reason as Error);
  if (signal.aborted) aborted();
  else signal.addEventListener('abort', aborted, { once: true });
}

/** What the end of the time means to the client; anything else means what it is. */
export function meaningOf(end: Error): Error {
  return end instanceof UpstreamDeadlineError ? new UpstreamTimeoutError(end) : end;
}
