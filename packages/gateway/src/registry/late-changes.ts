/** Tells of handlers that change the head of an answer when it is too late for it. */
import { type Awaitable, isThenable } from '@interpose/kernel';
import type { GatewayContext } from '../context.ts';
import type { Phase } from '../phases.ts';

type Handle = (...args: unknown[]) => Awaitable<unknown>;

/** How many runs of a handler are watched; whoever does it at all does it early, and the others must cost nothing. */
const WATCHED_RUNS = 100;

/** The handler, with a warning to the log when it first sets a header or a status in a phase in which they may have been sent. */
export function watchLate(name: string, phase: Phase, handle: Handle): Handle {
  if (phase !== 'bodyFilter' && phase !== 'log') return handle;
  let left = WATCHED_RUNS;
  // By name, as a list of them would have to be made for each chunk.
  return (given, chunk, isLast) => {
    if (left === 0) return handle(given, chunk, isLast);
    left--;
    const ctx = given as GatewayContext;
    const before = headOf(ctx);
    const check = (): void => {
      if (headOf(ctx) === before) return;
      left = 0;
      ctx.logger.warn({
        message: `Middleware ${name} changes the status or a header in ${phase}, when they may have been sent; do it in headerFilter`,
        phase,
        requestId: ctx.requestId,
      });
    };
    const result = handle(ctx, chunk, isLast);
    if (isThenable(result)) {
      return result.then((settled) => {
        check();
        return settled;
      });
    }
    check();
    return result;
  };
}

function headOf({ response }: GatewayContext): string {
  return `${response.status}\n${response.headers.toRaw().join('\n')}`;
}
