/** Observers: are told who was entered and left, with what outcome and in what time. They can change nothing. */
import { type Clock, systemClock } from './clock.ts';
import type { Layer, Link, Run } from './layer.ts';
import { fold } from './compose.ts';
import { watch } from './conduct.ts';
import type { Outcome } from './hook.ts';
import { unharmed } from './unharmed.ts';
import { isThenable } from './middleware.ts';
import type { Join, Runner } from './pipeline.ts';
import { linkProven } from './proof.ts';
import { whenEnded } from './when-ended.ts';

/** A middleware was entered. */
export interface EnterEvent {
  /** The same for all events of one call of the pipeline. */
  readonly call: number;
  /** The name of the middleware. */
  readonly middleware: string;
  /** Its place, from 0 for the outermost. */
  readonly index: number;
  readonly ctx: unknown;
  /** The clock's `now()`. */
  readonly atMs: number;
}

/** A middleware was left; for a stream, when the stream has ended. */
export interface LeaveEvent extends EnterEvent {
  readonly outcome: Outcome<unknown>;
  /** From entering to leaving. */
  readonly totalMs: number;
  /** The same without the time in which the rest was running. */
  readonly ownMs: number;
}

/** Is told what happens. What it throws is written down and changes nothing. */
export interface Observer {
  enter?(event: EnterEvent): unknown;
  leave?(event: LeaveEvent): unknown;
}

/** How observers are told. */
export interface ObserveOptions {
  /** @default systemClock */
  readonly clock?: Clock;
  /** Is given what an observer throws. @default writes to the console */
  readonly onFailure?: (error: unknown) => void;
}

/** Who is to be told, and by which clock. */
interface Audience extends ObserveOptions {
  readonly observers: Set<Observer>;
}

/** The audience of each runner that has one. */
const AUDIENCES = new WeakMap<object, Audience>();

let calls = 0;

/** How the layers of a runner are joined now. */
const joinFor = (runner: object): Join | undefined => {
  const audience = AUDIENCES.get(runner);
  if (!audience?.observers.size) return undefined;
  return (layers, terminal) => foldObserved(layers, terminal, audience);
};

/** The middleware of a pipeline as they stand now, and whoever observes them, round a handler that stands in for its own. */
export function withHandler<In>(
  runner: Pick<Runner<In, unknown>, 'foldWith'>,
  handler: (ctx: In) => unknown,
): (ctx: In) => unknown {
  const join = joinFor(runner);
  let run: Run = handler;
  runner.foldWith((layers, terminal) => {
    run = join ? join(layers, handler) : fold(layers, handler, linkProven);
    return terminal;
  });
  runner.foldWith(join);
  return run;
}

/**
 * Tells an observer of every middleware of a pipeline that is entered and left from now on; gives back how to stop.
 * The observers of one pipeline share the options of the last. While nobody observes, nothing is paid for it.
 *
 * @example
 * const stop = observe(serve, { leave: ({ middleware, ownMs }) => histogram.record(middleware, ownMs) });
 */
export function observe(
  runner: Pick<Runner<never, unknown>, 'foldWith'>,
  observer: Observer,
  options: ObserveOptions = {},
): () => void {
  const observers = AUDIENCES.get(runner)?.observers ?? new Set();
  const audience: Audience = { ...AUDIENCES.get(runner), ...options, observers };
  AUDIENCES.set(runner, audience);
  observers.add(observer);
  runner.foldWith(joinFor(runner));
  return () => {
    observers.delete(observer);
    if (observers.size === 0) runner.foldWith(undefined);
  };
}

/** Folds layers so that each is observed by itself. */
function foldObserved(layers: readonly Layer[], terminal: Run, audience: Audience): Run {
  // The frames of one call share its number, so the fold is made for each call; only observed calls pay for it.
  return (ctx) => {
    const call = ++calls;
    const run = layers.reduceRight<Run>(
      (rest, layer, index) => observed({ layer, index, call }, rest, audience),
      terminal,
    );
    return run(ctx) as unknown;
  };
}

interface Place {
  readonly layer: Layer;
  readonly index: number;
  readonly call: number;
}

const linkWatched: Link = ([layer], rest) => watch(layer as Layer, rest);

function observed({ layer, index, call }: Place, rest: Run, audience: Audience): Run {
  const { clock = systemClock, onFailure, observers } = audience;
  const { name: middleware, traits } = layer;
  const link = traits.link ?? linkWatched;
  return (ctx) => {
    const atMs = clock.now();
    const inner = stopwatch(clock);
    const leave = (outcome: Outcome<unknown>, ownUntilMs: number, endMs: number): void => {
      const totalMs = endMs - atMs;
      const ownMs = ownUntilMs - atMs - inner.elapsedMs(ownUntilMs);
      const event: LeaveEvent = { call, middleware, index, ctx, atMs, outcome, totalMs, ownMs };
      for (const one of observers) if (one.leave) unharmed(() => one.leave?.(event), onFailure);
    };
    const succeed = (value: unknown): unknown => {
      const returnedMs = clock.now();
      let streaming = false;
      const handed = whenEnded(value, () =>
        leave({ ok: true, value }, returnedMs, streaming ? clock.now() : returnedMs),
      );
      streaming = true;
      return handed;
    };
    const fail = (error: unknown): never => {
      const endMs = clock.now();
      leave({ ok: false, error }, endMs, endMs);
      throw error;
    };

    const event: EnterEvent = { call, middleware, index, ctx, atMs };
    for (const one of observers) if (one.enter) unharmed(() => one.enter?.(event), onFailure);
    let result: unknown;
    try {
      result = link([layer], (given: unknown) => inner.during(() => rest(given) as unknown))(ctx);
    } catch (error) {
      return fail(error);
    }
    return isThenable(result) ? result.then(succeed, fail) : succeed(result);
  };
}

/** Counts the time in which at least one run of the rest was under way. */
function stopwatch(clock: Clock): {
  during(act: () => unknown): unknown;
  elapsedMs(nowMs: number): number;
} {
  let open = 0;
  let sinceMs = 0;
  let sumMs = 0;
  const stop = (): void => {
    if (--open === 0) sumMs += clock.now() - sinceMs;
  };
  return {
    during(act) {
      if (open++ === 0) sinceMs = clock.now();
      let result: unknown;
      try {
        result = act();
      } catch (error) {
        stop();
        throw error;
      }
      if (!isThenable(result)) stop();
      else result.then(stop, stop);
      return result;
    },
    elapsedMs: (nowMs) => sumMs + (open > 0 ? nowMs - sinceMs : 0),
  };
}
