/** What chaos does to a call when its time has come: one of four kinds. */
import { isThenable } from '@interpose/kernel';
import type { Pauses } from '../retry/pauses.ts';
import { endOf } from '../scope.ts';
import type { Receiver, Start } from '../stage.ts';

/** What to inject: an error, a delay, a result, or whatever a function does. */
export type ChaosKind = 'fault' | 'latency' | 'outcome' | 'behaviour';

/** A call that chaos has come over. */
export interface Victim {
  readonly ctx: unknown;
  readonly outer: Receiver;
  readonly rest: Start;
}

/** Fails the call with an error, or with what a function gives or throws. */
export function injectFault({ ctx, outer }: Victim, fault: unknown): void {
  let error: unknown = fault;
  try {
    if (typeof fault === 'function') error = fault(ctx) as unknown;
  } catch (thrown) {
    error = thrown;
  }
  outer.fail(error);
}

/** Answers in place of the rest. */
export function injectOutcome({ ctx, outer }: Victim, outcome: unknown): void {
  let value: unknown = outcome;
  try {
    if (typeof outcome === 'function') value = outcome(ctx) as unknown;
  } catch (error) {
    return outer.fail(error);
  }
  if (!isThenable(value)) return outer.succeed(value);
  value.then(
    (answer) => outer.succeed(answer),
    (error: unknown) => outer.fail(error),
  );
}

/** Lets the call wait before it goes on. */
export function injectLatency({ ctx, outer, rest }: Victim, afterMs: number, pauses: Pauses): void {
  if (afterMs === 0) return rest(ctx, outer);
  pauses.begin(ctx, afterMs, {
    goOn: () => rest(ctx, outer),
    stop: (reason) => outer.fail(reason),
  });
}

/** Calls a function before the call goes on. What it throws is the error of the call. */
export function injectBehaviour(
  { ctx, outer, rest }: Victim,
  behaviour: (ctx: unknown) => unknown,
): void {
  let done: unknown;
  try {
    done = behaviour(ctx);
  } catch (error) {
    return outer.fail(error);
  }
  const goOn = (): void => {
    const end = endOf(ctx);
    if (end?.aborted) outer.fail(end.reason);
    else rest(ctx, outer);
  };
  if (isThenable(done)) done.then(goOn, (error: unknown) => outer.fail(error));
  else goOn();
}
