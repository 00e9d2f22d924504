/** FollowedPlans: the plans for requests that someone follows, made when the first of them comes. */
import type { ContentMiddleware, PlanSource } from '../route-plan.ts';
import { timeContent, traced } from './traced-steps.ts';

/** Makes plans with what watches: the steps of a registry, and what stands outermost around the content. */
export type MakePlans<Plans> = (
  watched: (registry: PlanSource) => PlanSource,
  onion: readonly ContentMiddleware[],
) => Plans;

/** Keeps the watched plans as long as the plans of all others stay the same. */
export class FollowedPlans {
  #kept: { readonly plain: object; readonly watched: object } | undefined;

  of<Plans extends object>(plain: Plans, make: MakePlans<Plans>): Plans {
    if (this.#kept?.plain !== plain) this.#kept = { plain, watched: make(traced, [timeContent]) };
    return this.#kept.watched as Plans;
  }
}
