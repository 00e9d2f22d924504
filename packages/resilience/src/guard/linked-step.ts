/** Linked step: runs a middleware that is joined to the rest in its own way (hooks, policies, conditions, repeats), under guard. */
import { type Awaitable, extend, isThenable } from '@interpose/kernel';
import type { Layer, Link, Run } from '@interpose/kernel/layers';
import { REFUSED } from '../circuit-breaker/circuit.ts';
import { STAGE } from '../stage.ts';
import { mark, markedVisit } from './call-mark.ts';
import { Frame } from './frame.ts';
import { lendSignal } from './own-signal.ts';
import { native, refuse } from './plain-step.ts';
import type { Station, Step } from './station.ts';

/** Runs the middleware of one visit; sees to it that a run of the rest is known for one of this visit. */
type Enter = (ctx: unknown, frame: Frame) => Awaitable<unknown>;

/** Joins the middleware of a station to the rest. */
export function linkedStep(station: Station, bare: Layer): Step {
  const { account, desk, seesSignal } = station;
  const { logs, teller } = desk;
  const enter = entranceOf(station, bare);
  return (ctx, outer, thread, nowMs) => {
    const generation = account.admit();
    if (generation === REFUSED) return refuse(station, { ctx, outer, thread, nowMs });
    const frame = new Frame(station, ctx, outer, thread, nowMs, generation);
    if (seesSignal) lendSignal(ctx, thread);
    if (logs) teller.started(frame);
    let result: unknown;
    try {
      result = enter(ctx, frame);
    } catch (error) {
      frame.threw(error);
      throw error;
    }
    return isThenable(result) ? frame.promised(native(result)) : frame.answered(result);
  };
}

function entranceOf(station: Station, bare: Layer): Enter {
  const link = bare.traits.link as Link;
  const join = (rest: Run): Run => link([bare], rest);
  if (hasPolicy(bare)) return shared(station, join);
  if (isSimple(bare)) return lent(station, join, bare.traits.hooks !== undefined);
  return (ctx, frame) => join((given: unknown) => frame.next(given))(ctx) as unknown;
}

/** What policies share among calls may lie in how they are joined. */
const hasPolicy = ({ run, traits }: Layer): boolean =>
  STAGE in run || (traits.children ?? []).some(hasPolicy);

/** It runs the rest once at most, and not after it has answered. */
const isSimple = ({ traits }: Layer): boolean =>
  traits.hooks !== undefined ||
  (traits.children?.every((child) => !child.traits.link || isSimple(child)) ?? false);

interface Lease {
  readonly run: Run;
  visit: Frame | undefined;
}

/** To join it is dear, so it is done once for each of as many calls as there are at a time, and lent to one call after the other. */
function lent(station: Station, join: (rest: Run) => Run, runsRestOnce: boolean): Enter {
  const free: Lease[] = [];
  const make = (): Lease => {
    const lease: Lease = {
      visit: undefined,
      run: join((ctx: unknown) => {
        const { visit } = lease;
        if (runsRestOnce && visit) release(lease, visit);
        return visit ? visit.next(ctx) : station.begin(ctx);
      }),
    };
    return lease;
  };
  const release = (lease: Lease, visit: Frame): void => {
    if (lease.visit !== visit) return;
    lease.visit = undefined;
    free.push(lease);
  };
  return (ctx, frame) => {
    const lease = free.pop() ?? make();
    lease.visit = frame;
    let result: unknown;
    try {
      result = lease.run(ctx);
    } catch (error) {
      release(lease, frame);
      throw error;
    }
    if (lease.visit !== frame) return result;
    const end = (): void => release(lease, frame);
    if (isThenable(result)) result.then(end, end);
    else end();
    return result;
  };
}

/** Joined once for all calls; that a run of the rest belongs to a visit is seen from its context. */
function shared(station: Station, join: (rest: Run) => Run): Enter {
  let atWork: Frame | undefined;
  const run = join((ctx: unknown) => {
    const visit = markedVisit(ctx, station) ?? atWork;
    return visit ? visit.next(ctx) : station.begin(ctx);
  });
  return (ctx, frame) => {
    // An earlier visit that has not come to its end could be taken for this one.
    const other = markedVisit(ctx, station);
    const own = other && !other.isOver ? extend(ctx as object, {}) : ctx;
    mark(own, frame);
    const before = atWork;
    atWork = frame;
    try {
      return run(own) as unknown;
    } finally {
      atWork = before;
    }
  };
}
