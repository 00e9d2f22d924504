/** Plain step: runs a middleware that is called with `next`, under guard. */
import { isThenable } from '@interpose/kernel';
import type { Layer } from '@interpose/kernel/layers';
import { REFUSED } from '../circuit-breaker/circuit.ts';
import { Frame } from './frame.ts';
import { lendSignal } from './own-signal.ts';
import type { Station, Step, Visit } from './station.ts';
import type { Thread } from './watchdog.ts';

/** Calls the middleware of a station with `next`. */
export function plainStep(station: Station, { run }: Layer): Step {
  const { account, desk, seesSignal } = station;
  const { logs, teller } = desk;
  return (ctx, outer, thread, nowMs) => {
    const generation = account.admit();
    if (generation === REFUSED) return refuse(station, { ctx, outer, thread, nowMs });
    const frame = new Frame(station, ctx, outer, thread, nowMs, generation);
    if (seesSignal) lendSignal(ctx, thread);
    if (logs) teller.started(frame);
    let result: unknown;
    try {
      result = run(ctx, (given: unknown) => frame.next(given));
    } catch (error) {
      frame.threw(error);
      throw error;
    }
    return isThenable(result) ? frame.promised(native(result)) : frame.answered(result);
  };
}

/** Of anything but a promise `then` might be called by whoever gets it, too, and run it twice. */
export const native = (result: PromiseLike<unknown>): Promise<unknown> =>
  result instanceof Promise ? result : Promise.resolve(result);

/** A call that comes to a station. */
interface Arrival {
  readonly ctx: unknown;
  readonly outer: Visit | undefined;
  readonly thread: Thread;
  readonly nowMs: number;
}

/** The circuit of a middleware is open: goes past it if it is optional, else refuses. */
export function refuse(station: Station, { ctx, outer, thread, nowMs }: Arrival): unknown {
  const { account, desk, name } = station;
  if (station.isOptional) {
    account.skipped();
    desk.teller.skipped(name, ctx);
    return station.rest(ctx, outer, thread, nowMs);
  }
  const error = account.refused();
  desk.teller.rejected(name, ctx, error);
  if (outer?.thread !== thread) thread.end();
  outer?.restFailed(error, nowMs);
  if (!account.givesPromises) throw error as Error;
  const refused = Promise.reject(error);
  if (outer) refused.catch(() => {});
  return refused;
}
