/** The limits of a route: how long its requests may take, and how large they may be. */
import { HttpError } from '@interpose/http';
import { bodyLimit } from '@interpose/http/middleware/body-limit';
import { type Awaitable, type Clock, isThenable } from '@interpose/kernel';
import { checkMs, checkWhole, outOfRange } from '@interpose/kernel/options';
import { ClientLeftError } from '@interpose/wire';
import type { GatewayRequest } from '../context.ts';
import type { Step } from '../run-phase.ts';
import type { RouteOptions } from './route-options.ts';

/** The limits of a route. */
export type RouteLimits = Pick<RouteOptions, 'timeoutMs' | 'maxBodyBytes'>;

/**
 * What stands before all plugins of a route, so that its limits hold for them as well; nothing if it has no limits.
 *
 * @throws RangeError or TypeError for limits that are none
 */
export function limitSteps({ timeoutMs, maxBodyBytes }: RouteLimits, clock: Clock): Step[] {
  const steps: Step[] = [];
  if (timeoutMs !== undefined) {
    if (checkMs('timeoutMs', timeoutMs) === 0) {
      throw outOfRange('timeoutMs', 'a number of milliseconds above 0', timeoutMs);
    }
    steps.push(stepOf((ctx) => startDeadline(ctx, timeoutMs, clock)));
  }
  if (maxBodyBytes !== undefined) {
    const limit = bodyLimit({ maxBytes: checkWhole('maxBodyBytes', maxBodyBytes) });
    const pass = (): never => undefined as never;
    steps.push(stepOf((ctx) => void limit(ctx, pass)));
  }
  return steps;
}

function stepOf(handle: (ctx: GatewayRequest) => void): Step {
  return {
    plugin: 'route-limits',
    phase: 'access',
    priority: -Infinity,
    patterns: undefined,
    handle,
  };
}

/** Aborts `ctx.signal` when the time is up, or the client leaves; whoever works on the request is told by it. */
function startDeadline(ctx: GatewayRequest, timeoutMs: number, clock: Clock): void {
  const controller = new AbortController();
  const leftMs = Math.max(0, ctx.startedAtMs + timeoutMs - clock.now());
  const cancel = clock.setTimer(() => {
    // A connection that has been handed over has no end that could be late.
    if (ctx.response.status !== 101) controller.abort(tooLate(timeoutMs));
  }, leftMs);
  ctx.onClientLeft(() => controller.abort(new ClientLeftError()));
  ctx.onSettled(cancel);
  Object.defineProperty(ctx, 'signal', { value: controller.signal, configurable: true });
}

const tooLate = (timeoutMs: number): HttpError =>
  new HttpError(504, `The answer took longer than ${timeoutMs} ms`, { code: 'ROUTE_TIMEOUT' });

/** What `run` gives, or a failure as soon as the time of the request is up; nobody waits for what comes after that. */
export function withinDeadline<T>(ctx: GatewayRequest, run: () => Awaitable<T>): Awaitable<T> {
  const { signal } = ctx;
  if (signal.aborted) throw signal.reason as Error;
  const running = run();
  if (!isThenable(running)) return running;
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    const settle =
      <V>(end: (value: V) => void) =>
      (value: V): void => {
        signal.removeEventListener('abort', abort);
        end(value);
      };
    running.then(settle(resolve), settle(reject));
  });
}
