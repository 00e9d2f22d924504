/** Joins neighbouring middleware made of hooks into one, which takes no function a layer. */
import { IN, OUT, type Position, REST, walkCarefully } from './careful-walk.ts';
import { Answer, type AnyHooks } from './hook.ts';
import type { Link } from './layer.ts';
import { isThenable } from './middleware.ts';

/**
 * Joins neighbouring hooks to the rest. Mostly hooks say nothing, at once: those are walked through in a plain loop, and
 * after the first promise in one asynchronous function. Where one answers, waits on the way out or throws, the careful
 * way takes over.
 */
export const linkHooks: Link = (layers, rest) => {
  const all = layers.map((layer) => layer.traits.hooks as AnyHooks);
  const befores = [...all.keys()].filter((layer) => all[layer]?.before);
  const afters = [...all.keys()]
    .filter((layer) => all[layer]?.after ?? all[layer]?.finally)
    .toReversed();
  const leaves = all.some((hooks) => hooks.after ?? hooks.onError ?? hooks.finally);
  const { resume, resumeFailed, goOn } = walkCarefully({ all, befores, afters }, rest);
  const ins = befores.map((layer) => all[layer] as Required<AnyHooks>);
  // One with a `finally` is not plain.
  const outs = afters.map((layer) =>
    all[layer]?.finally ? undefined : (all[layer] as Required<AnyHooks>),
  );

  const positionAt = (ctx: unknown, at: number): Position => ({
    ctx,
    stage: at < ins.length ? IN : REST,
    at,
    ok: true,
    value: undefined,
  });

  const walkOut = (ctx: unknown, value: unknown): unknown => {
    let at = 0;
    let said: unknown;
    try {
      for (; at < outs.length; at++) {
        const hook = outs[at];
        if (hook === undefined) break;
        said = hook.after(ctx, value);
        if (said !== undefined && (said instanceof Answer || isThenable(said))) break;
      }
    } catch (error) {
      return resumeFailed({ ctx, stage: OUT, at, ok: true, value }, error);
    }
    if (at === outs.length) return value;
    const position: Position = { ctx, stage: OUT, at, ok: true, value };
    return outs[at] ? resume(position, said) : goOn(position);
  };

  /** A hook on the way in has given a promise: one asynchronous function from here to the way out. */
  const walkLater = async (ctx: unknown, from: number, first: unknown): Promise<unknown> => {
    let at = from;
    let said: unknown;
    try {
      said = await first;
      while (at < ins.length && !(said instanceof Answer)) {
        said = undefined;
        for (at++; at < ins.length; at++) {
          said = (ins[at] as Required<AnyHooks>).before(ctx);
          if (said !== undefined && (said instanceof Answer || isThenable(said))) break;
        }
        if (isThenable(said)) said = await said;
      }
      if (at === ins.length) {
        said = rest(ctx);
        if (isThenable(said)) said = await said;
      }
    } catch (error) {
      return resumeFailed(positionAt(ctx, at), error);
    }
    return at === ins.length ? walkOut(ctx, said) : resume(positionAt(ctx, at), said);
  };

  return (ctx) => {
    let at = 0;
    let said: unknown;
    try {
      for (; at < ins.length; at++) {
        said = (ins[at] as Required<AnyHooks>).before(ctx);
        if (said !== undefined && (said instanceof Answer || isThenable(said))) break;
      }
      if (at === ins.length) said = rest(ctx);
    } catch (error) {
      return resumeFailed(positionAt(ctx, at), error);
    }
    if (at < ins.length) {
      return isThenable(said) ? walkLater(ctx, at, said) : resume(positionAt(ctx, at), said);
    }
    if (!leaves) return said;
    return isThenable(said)
      ? said.then(
          (value) => walkOut(ctx, value),
          (error: unknown) => resumeFailed(positionAt(ctx, ins.length), error),
        )
      : walkOut(ctx, said);
  };
};
