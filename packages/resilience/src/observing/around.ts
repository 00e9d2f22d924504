/** around: a middleware that looks on from before the rest to its end, each call with what it has to remember. */
import { isThenable, type Outcome } from '@interpose/kernel';
import { type Link, linked, type OwnTraits, type Run } from '@interpose/kernel/layers';
import { unharmed } from '@interpose/kernel/unharmed';
import { untilEnd } from '@interpose/kernel/when-ended';

/** One call that is looked at. */
export interface Look {
  /** What the rest is given. */
  readonly ctx: unknown;
  /** How it has ended; a stream when it has been read. Told once. */
  end(outcome: Outcome<unknown>): void;
}

/** How to look. */
export interface Looking {
  readonly traits: OwnTraits;
  /** The call begins. Whatever this throws, the rest runs; then nobody looks. */
  enter(ctx: unknown): Look;
  /** Is given what onlookers throw. */
  readonly onFailure: ((error: unknown) => void) | undefined;
}

/** Makes a middleware of it. It changes neither the result nor its time, and is as synchronous as the rest. */
export function around<M>({ traits, enter, onFailure }: Looking): M {
  const look = (rest: Run, ctx: unknown): unknown => {
    let looked: Look;
    try {
      looked = enter(ctx);
    } catch (error) {
      unharmed(() => {
        throw error;
      }, onFailure);
      return rest(ctx);
    }
    const end = (outcome: Outcome<unknown>): void => unharmed(() => looked.end(outcome), onFailure);
    const succeed = (value: unknown): unknown =>
      typeof value === 'object' && value !== null
        ? untilEnd(value, {
            ended: () => end({ ok: true, value }),
            failed: (error) => end({ ok: false, error }),
            left: () => end({ ok: true, value }),
          })
        : (end({ ok: true, value }), value);
    const fail = (error: unknown): never => {
      end({ ok: false, error });
      throw error;
    };
    let result: unknown;
    try {
      result = rest(looked.ctx);
    } catch (error) {
      return fail(error);
    }
    return isThenable(result) ? result.then(succeed, fail) : succeed(result);
  };
  const link: Link = (layers, rest) =>
    layers.reduceRight<Run>((inner) => (ctx) => look(inner, ctx), rest);
  return linked<M>({ ...traits, link });
}
