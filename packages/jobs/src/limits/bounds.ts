/** Bounds: what limits hand down on the context of a job to the handler that runs in a child process. */
import { extend } from '@interpose/kernel';
import type { JobContext } from '../job-context.ts';

const BOUNDS: unique symbol = Symbol.for('interpose.jobs.bounds');

/** What one child may take. */
export interface Bounds {
  readonly maxMb?: number;
  readonly maxPercent?: number;
  readonly maxCpuMs?: number;
  /** How often it is measured. */
  readonly sampleMs?: number;
}

interface Handed extends Bounds {
  /** The handler has taken them. */
  claim(): void;
}

interface Bounded {
  readonly [BOUNDS]?: Handed;
}

/** A copy of a context with bounds; of two limits of one kind the tighter holds. `claim` is called when a handler takes them. */
export function withBounds<C extends JobContext>(ctx: C, bounds: Bounds, claim: () => void): C {
  const outer = (ctx as Bounded)[BOUNDS];
  const both: Record<string, number> = {};
  for (const key of ['maxMb', 'maxPercent', 'maxCpuMs', 'sampleMs'] as const) {
    const least = Math.min(bounds[key] ?? Infinity, outer?.[key] ?? Infinity);
    if (least < Infinity) both[key] = least;
  }
  const handed: Handed = {
    ...both,
    claim() {
      claim();
      outer?.claim();
    },
  };
  return extend(ctx, { [BOUNDS]: handed });
}

/** Takes the bounds of a context: whoever handed them down knows that they are held. */
export function takeBounds(ctx: object): Bounds {
  const handed = (ctx as Bounded)[BOUNDS];
  if (!handed) return {};
  handed.claim();
  const { claim: _claim, ...bounds } = handed;
  return bounds;
}
