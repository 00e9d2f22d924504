/** Guarded row: joins neighbouring middleware, each under guard, to the rest. */
import { isThenable } from '@interpose/kernel';
import type { Layer, Link, Run } from '@interpose/kernel/layers';
import { STAGE } from '../stage.ts';
import type { Account } from './account.ts';
import { factsOf } from './facts.ts';
import { linkedStep } from './linked-step.ts';
import { native, plainStep } from './plain-step.ts';
import type { Station, StationDesk, Step, Treatment } from './station.ts';
import { Thread } from './watchdog.ts';

/** A layer under guard. */
export interface GuardedLayer extends Layer {
  /** The layer as it would be without. */
  readonly bare: Layer;
  readonly account: Account;
  readonly treatment: Treatment;
  readonly desk: StationDesk;
}

/** Puts a layer under guard. */
export function guardedLayer(parts: Omit<GuardedLayer, keyof Layer>): GuardedLayer {
  const { bare } = parts;
  return { ...bare, ...parts, traits: { ...bare.traits, link: linkGuarded } };
}

const linkGuarded: Link = (layers, rest) => {
  const { desk } = layers[0] as GuardedLayer;
  const step = (layers as readonly GuardedLayer[]).reduceRight(
    (inner, layer) => {
      const station = stationOf(layer, inner);
      return station.isPlain ? plainStep(station, layer.bare) : linkedStep(station, layer.bare);
    },
    lastStep(rest, desk),
  );
  return (ctx) => begin(step, ctx, desk);
};

function stationOf({ bare, account, treatment, desk }: GuardedLayer, rest: Step): Station {
  const { name, run, traits } = bare;
  const { isTailless, isPrompt, seesSignal } = factsOf(bare);
  return {
    name,
    account,
    desk,
    clock: desk.clock,
    limitMs: treatment.limitMs,
    isOptional: treatment.isOptional,
    rest,
    begin: (ctx) => begin(rest, ctx, desk),
    isDetached: traits.detached ?? false,
    answersNothing: traits.answersNothing ?? false,
    isPlain: traits.link === undefined,
    isPolicy: STAGE in run,
    isTailless: isTailless && !desk.inclusive,
    isPrompt: isPrompt && !desk.inclusive,
    seesSignal: seesSignal || desk.inclusive,
  };
}

/** Runs a step as a call by itself. */
function begin(step: Step, ctx: unknown, { clock, watchdog }: StationDesk): unknown {
  const thread = new Thread(watchdog);
  const result = step(ctx, undefined, thread, clock.now());
  if (!thread.isOver) thread.watch();
  return result;
}

/** What lies within the row: the handler, as a rule. */
function lastStep(rest: Run, { clock }: StationDesk): Step {
  return (ctx, outer, thread) => {
    const branch = outer?.thread === thread ? undefined : thread;
    const succeeded = (value: unknown): void => {
      branch?.end();
      outer?.restSucceeded(value, clock.now());
    };
    const failed = (error: unknown): void => {
      branch?.end();
      outer?.restFailed(error, clock.now());
    };
    let result: unknown;
    try {
      result = rest(ctx);
    } catch (error) {
      failed(error);
      throw error;
    }
    if (!isThenable(result)) {
      succeeded(result);
      return result;
    }
    const promise = native(result);
    promise.then(succeeded, failed);
    return promise;
  };
}
