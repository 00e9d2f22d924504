/** Joins neighbouring middleware made of hooks into one, which takes no function a layer. */
import { Answer, type AnyHooks, type Outcome } from './hook.ts';
import type { Link } from './layer.ts';
import { isThenable } from './middleware.ts';

/** On the way in, from `before` to `before`. */
const IN = 0;
/** In the rest. */
const REST = 1;
/** On the way out with a result, from `after` to `after`. */
const OUT = 2;
/** With an error, at the `onError` of a layer. */
const ERROR = 3;
/** At the `finally` of a layer. */
const END = 4;

/** How far one call has come in a row of joined hooks. */
interface Position {
  readonly ctx: unknown;
  stage: typeof IN | typeof REST | typeof OUT | typeof ERROR | typeof END;
  /** The layer; on the way in and out, the place among those that have a hook for it. */
  at: number;
  ok: boolean;
  /** The result so far, or the error. */
  value: unknown;
}

/**
 * Joins neighbouring hooks to the rest. One position goes from hook to hook: in a plain loop for as long as nothing is a
 * promise, and from the first promise on in one asynchronous function.
 */
export const linkHooks: Link = (layers, rest) => {
  const all = layers.map((layer) => layer.traits.hooks as AnyHooks);
  const innermost = all.length - 1;
  const befores = [...all.keys()].filter((layer) => all[layer]?.before);
  const afters = [...all.keys()]
    .filter((layer) => all[layer]?.after ?? all[layer]?.finally)
    .toReversed();
  const entering = befores.map((layer) => all[layer] as AnyHooks);
  const leaving = afters.map((layer) => all[layer] as AnyHooks);
  const leaves = all.some((hooks) => hooks.after ?? hooks.onError ?? hooks.finally);

  /** Goes on to the end, or to something that must be waited for, one hook at a time. */
  const advance = (position: Position): PromiseLike<unknown> | undefined => {
    const { ctx } = position;
    for (;;) {
      const { at, stage, value } = position;
      let said: unknown;
      try {
        if (stage === IN && at < entering.length) said = entering[at]?.before?.(ctx);
        else if (stage <= REST) {
          position.stage = REST;
          said = rest(ctx);
        } else if (stage === OUT) {
          if (at === leaving.length) return;
          said = leaving[at]?.after?.(ctx, value);
        } else if (at < 0) return;
        else if (stage === ERROR) said = all[at]?.onError?.(ctx, value);
        else said = all[at]?.finally?.(ctx, outcomeOf(position));
        if (isThenable(said)) return said;
      } catch (error) {
        fail(position, error);
        continue;
      }
      take(position, said);
    }
  };

  /** Takes in what a hook or the rest has said. */
  const take = (position: Position, said: unknown): void => {
    const { stage, at } = position;
    if (stage === REST) {
      position.value = said;
      move(position, OUT, 0);
    } else if (stage === END) outward(position);
    else {
      const answered = said instanceof Answer;
      if (answered) {
        position.ok = true;
        position.value = said.value;
      }
      if (stage === ERROR) move(position, END, at);
      else if (stage === OUT) move(position, END, afters[at] as number);
      else if (answered) move(position, END, befores[at] as number);
      else position.at++;
    }
  };

  /** Takes in an error; one that takes the place of another keeps it as its cause. */
  const fail = (position: Position, error: unknown): void => {
    const { stage, at, ok } = position;
    position.value = ok ? error : causedBy(error, position.value);
    position.ok = false;
    if (stage === END) outward(position);
    else if (stage === ERROR) move(position, END, at);
    else
      move(
        position,
        ERROR,
        (stage === IN ? befores[at] : stage === OUT ? afters[at] : innermost) as number,
      );
  };

  /** Leaves a layer for the next one out: with a result for the next `after`, with an error for its `onError`. */
  const outward = (position: Position): void => {
    const { at, ok } = position;
    if (ok) move(position, OUT, afters.filter((layer) => layer >= at).length);
    else move(position, ERROR, at - 1);
  };

  const drive = async (position: Position, first: PromiseLike<unknown>): Promise<unknown> => {
    for (let said: PromiseLike<unknown> | undefined = first; said; said = advance(position)) {
      let late: unknown;
      try {
        late = await said;
      } catch (error) {
        fail(position, error);
        continue;
      }
      take(position, late);
    }
    return endOf(position);
  };

  const goOn = (position: Position): unknown => {
    const said = advance(position);
    return said ? drive(position, said) : endOf(position);
  };

  // The plain way: from hook to hook in a tight loop, without a position. At the first that answers, waits or throws,
  // a position takes over from there.
  const ins = entering as Required<AnyHooks>[];
  // One with a `finally` is not plain.
  const outs = leaving.map((hooks) => (hooks.finally ? undefined : (hooks as Required<AnyHooks>)));

  const resume = (position: Position, said: unknown): unknown => {
    if (isThenable(said)) return drive(position, said);
    take(position, said);
    return goOn(position);
  };
  const resumeFailed = (position: Position, error: unknown): unknown => {
    fail(position, error);
    return goOn(position);
  };
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

const move = (position: Position, stage: Position['stage'], at: number): void => {
  position.stage = stage;
  position.at = at;
};

const outcomeOf = ({ ok, value }: Position): Outcome<unknown> =>
  ok ? { ok, value } : { ok, error: value };

const endOf = ({ ok, value }: Position): unknown => {
  if (!ok) throw value;
  return value;
};

/** An error that takes the place of another keeps it as its cause. */
function causedBy(error: unknown, cause: unknown): unknown {
  if (error instanceof Error && error !== cause && error.cause === undefined) error.cause = cause;
  return error;
}
