/** The careful way through a row of joined hooks: one at a time, with a position that remembers how far the call has come. */
import { Answer, type AnyHooks, type Outcome } from './hook.ts';
import type { Run } from './layer.ts';
import { isThenable } from './middleware.ts';

/** On the way in, from `before` to `before`. */
export const IN = 0;
/** In the rest. */
export const REST = 1;
/** On the way out with a result, from `after` to `after`. */
export const OUT = 2;
/** With an error, at the `onError` of a layer. */
const ERROR = 3;
/** At the `finally` of a layer. */
const END = 4;

/** How far one call has come in a row of joined hooks. */
export interface Position {
  readonly ctx: unknown;
  stage: typeof IN | typeof REST | typeof OUT | typeof ERROR | typeof END;
  /** The layer; on the way in and out, the place among those that have a hook for it. */
  at: number;
  ok: boolean;
  /** The result so far, or the error. */
  value: unknown;
}

/** Hooks of neighbouring layers, and which of the layers have a turn on the way in and on the way out. */
export interface Row {
  /** The hooks of each layer, the outermost first. */
  readonly all: readonly AnyHooks[];
  /** The layers with a `before`, in the order in which they are entered. */
  readonly befores: readonly number[];
  /** The layers with an `after` or a `finally`, in the order in which they are left. */
  readonly afters: readonly number[];
}

/** Takes a call on from a position to its end; the outcome comes at once where nothing has to be waited for. */
export interface CarefulWalk {
  /** The hook at the position, or the rest, has said this. */
  resume(position: Position, said: unknown): unknown;
  /** It has thrown this. */
  resumeFailed(position: Position, error: unknown): unknown;
  /** The hook at the position has not been called yet. */
  goOn(position: Position): unknown;
}

/** Does whatever hooks can do: answer, wait, throw, mend, end. */
export function walkCarefully({ all, befores, afters }: Row, rest: Run): CarefulWalk {
  const innermost = all.length - 1;
  const hooksAt = (layers: readonly number[], at: number): AnyHooks =>
    all[layers[at] as number] as AnyHooks;

  /** Goes on to the end, or to something that must be waited for, one hook at a time. */
  const advance = (position: Position): PromiseLike<unknown> | undefined => {
    const { ctx } = position;
    for (;;) {
      const { at, stage, value } = position;
      let said: unknown;
      try {
        if (stage === IN && at < befores.length) said = hooksAt(befores, at).before?.(ctx);
        else if (stage <= REST) {
          position.stage = REST;
          said = rest(ctx);
        } else if (stage === OUT) {
          if (at === afters.length) return;
          said = hooksAt(afters, at).after?.(ctx, value);
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

  const resume = (position: Position, said: unknown): unknown => {
    if (isThenable(said)) return drive(position, said);
    take(position, said);
    return goOn(position);
  };
  const resumeFailed = (position: Position, error: unknown): unknown => {
    fail(position, error);
    return goOn(position);
  };
  return { resume, resumeFailed, goOn };
}

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
