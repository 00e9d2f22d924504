/** standingOrder: all layers of a builder in the order in which they run, on whatever field. */
import { compose, define, pipeline, type Placement } from '@interpose/kernel';
import type { Layer } from '@interpose/kernel/layers';
import { type FieldPlan, fieldPlanOf } from '../per-field.ts';
import type { During, FieldEntry, FieldTraits } from './field-entry.ts';

/** A layer in its place among all. */
export interface Standing {
  readonly entry: FieldEntry;
  readonly layer: Layer;
  readonly plan: FieldPlan | undefined;
  readonly during: During;
  readonly active: boolean;
  readonly requires: readonly string[];
  readonly provides: readonly string[];
  /** Why it stands there. */
  readonly reason: string;
}

/**
 * Puts the layers of all entries in one order; each field takes those that are for it. So what stands before what does not depend on the field.
 *
 * @throws OrderError or UnknownMiddlewareError if they cannot be put in order
 */
export function standingOrder(
  entries: readonly FieldEntry[],
  phases: readonly string[] | undefined,
): readonly Standing[] {
  const marks = new Map<unknown, { readonly entry: FieldEntry; readonly layer: Layer }>();
  let line = pipeline<unknown, unknown>(phases ? { phases } : {});
  for (const entry of entries) {
    const own = entry.layers.map((layer) => {
      const mark = define(placeOf(layer), () => undefined);
      marks.set(mark, { entry, layer });
      return mark;
    });
    const { requires: _, provides: __, state: ___, ...place } = entry.placement;
    line = line.use(own.length === 1 && own[0] ? own[0] : compose<unknown, unknown>(...own), place);
  }
  const runner = line.handle(() => undefined);
  let order: readonly Layer[] = [];
  runner.foldWith((layers, terminal) => {
    order = layers;
    return terminal;
  });
  const rows = runner.describe();
  return order.map(({ name, run }, index) => {
    const { entry, layer } = marks.get(run) as { entry: FieldEntry; layer: Layer };
    return standingOf(entry, { ...layer, name }, rows[index]?.reason ?? '');
  });
}

/** Whether it runs, and what it needs, depends on the field; where it stands does not. */
function placeOf({ name, traits }: Layer): Placement {
  const { phase, priority, before, after } = traits;
  return {
    name,
    ...(phase !== undefined && { phase }),
    ...(priority !== undefined && { priority }),
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
  };
}

function standingOf(entry: FieldEntry, layer: Layer, reason: string): Standing {
  const traits: FieldTraits = layer.traits;
  const wish = { ...traits, ...entry.placement };
  return {
    entry,
    layer,
    plan: fieldPlanOf(layer.run),
    during: entry.during ?? traits.during ?? 'resolve',
    active: wish.state !== 'disabled',
    requires: wish.requires ?? [],
    provides: wish.provides ?? [],
    reason,
  };
}
