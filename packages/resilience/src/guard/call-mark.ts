/** Call mark: finds the run to which a call of the rest belongs, for middleware that are joined to the rest once for all calls. */
import type { Station, Visit } from './station.ts';

/** Where a context keeps the innermost run that it was marked with. Copies of the context have it, too. */
const MARK: unique symbol = Symbol.for('interpose.guard-mark');

/** Contexts that cannot be written on. */
const FROZEN = new WeakMap<object, Visit>();

/** Notes that whoever is given this context, or a copy, works within this run. */
export function mark(ctx: unknown, visit: Visit): void {
  if (typeof ctx !== 'object' || ctx === null) return;
  try {
    (ctx as { [MARK]?: Visit })[MARK] = visit;
  } catch {
    FROZEN.set(ctx, visit);
  }
}

/** The run at this station within which a context was marked. */
export function markedVisit(ctx: unknown, station: Station): Visit | undefined {
  if (typeof ctx !== 'object' || ctx === null) return undefined;
  let visit = (ctx as { [MARK]?: Visit })[MARK] ?? FROZEN.get(ctx);
  while (visit && visit.station !== station) visit = visit.outer;
  return visit;
}
