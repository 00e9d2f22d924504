/** Property of the guard: in any nest of middleware, own times add up to the whole, and each failure is charged once, where it arose. */
import {
  type AnyMiddleware,
  answer,
  createMiddleware,
  pipeline,
  repeats,
  type Runner,
  when,
} from '@interpose/kernel';
import { fakeClock } from '@interpose/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bulkhead } from '../bulkhead/bulkhead.ts';
import { retry } from '../retry/retry.ts';
import { guard } from './guard.ts';

const LIMIT_MS = 105;

/** What a middleware does in one run. */
interface Act {
  readonly beforeMs: number;
  readonly does: 'pass' | 'retry' | 'short-circuit' | 'throw before' | 'throw after';
  readonly afterMs: number;
  /** What it does with an error from further in. */
  readonly onError: 'pass' | 'swallow' | 'wrap';
}

/** What the handler does in one run. */
interface HandlerAct {
  readonly ms: number;
  readonly fails: boolean;
}

/** One call: what each layer does in its first, second, … run. */
interface Script {
  readonly layers: readonly (readonly Act[])[];
  readonly handler: readonly HandlerAct[];
}

interface Call {
  readonly script: Script;
  readonly runs: number[];
}

/** How a middleware is written makes no difference to what is counted. */
type Style = 'async' | 'hooks' | 'repeats' | 'when' | 'pass' | 'policy' | 'retry';

/** Some only pass on, or run the rest again. */
const PLAIN: Act = { beforeMs: 0, does: 'pass', afterMs: 0, onError: 'pass' };

const nextAct = <A>(acts: readonly A[], call: Call, index: number): A => {
  const run = call.runs[index] ?? 0;
  call.runs[index] = run + 1;
  return acts[run % acts.length] as A;
};

/** Figures of a layer as they should be. */
interface Expected {
  executions: number;
  failures: number;
  timedOut: number;
  ownMs: number;
  totalMs: number;
}

interface Ended {
  readonly failed: boolean;
  readonly ms: number;
}

/** Works out what must come of a call, by adding up. */
function foresee(call: Call, index: number, figures: Expected[]): Ended {
  const { script } = call;
  if (index === script.layers.length) {
    const { ms, fails } = nextAct(script.handler, call, index);
    return { failed: fails, ms };
  }
  const act = nextAct(script.layers[index] as readonly Act[], call, index);
  const layer = figures[index] as Expected;
  let ownMs = 0;
  let restMs = 0;
  const end = (how: 'well' | 'badly' | 'too late', failed: boolean): Ended => {
    const ms = Math.min(ownMs, LIMIT_MS);
    layer.executions++;
    if (how !== 'well') layer.failures++;
    if (how === 'too late') layer.timedOut++;
    layer.ownMs += ms;
    layer.totalMs += ms + restMs;
    return { failed, ms: ms + restMs };
  };
  ownMs += act.beforeMs;
  if (ownMs > LIMIT_MS) return end('too late', true);
  if (act.does === 'throw before') return end('badly', true);
  if (act.does === 'short-circuit') return end('well', false);
  let rest = foresee(call, index + 1, figures);
  restMs += rest.ms;
  if (act.does === 'retry' && rest.failed) {
    rest = foresee(call, index + 1, figures);
    restMs += rest.ms;
  }
  if (rest.failed && act.onError !== 'swallow') return end('well', true);
  if (!rest.failed) {
    ownMs += act.afterMs;
    if (ownMs > LIMIT_MS) return end('too late', true);
    if (act.does === 'throw after') return end('badly', true);
  }
  return end('well', false);
}

type Wait = (ms: number) => Promise<void> | undefined;

/** The same in earnest, in three styles. */
const MAKERS: Readonly<Record<Style, (index: number, wait: Wait) => AnyMiddleware>> = {
  pass: () => (call: Call, next: (call: Call) => unknown) => next(call),
  policy: () => bulkhead({ maxConcurrent: 1000 }) as AnyMiddleware,
  retry: () => retry({ maxAttempts: 2, backoff: { kind: 'none' }, budget: false }) as AnyMiddleware,
  when: (index, wait) =>
    when<Call, unknown>(async () => true, MAKERS.async(index, wait)) as AnyMiddleware,
  async: (index, wait) => async (call: Call, next: (call: Call) => unknown) => {
    const act = nextAct(call.script.layers[index] as readonly Act[], call, index);
    await wait(act.beforeMs);
    if (act.does === 'throw before') throw new Error(`layer ${index}, before`);
    if (act.does === 'short-circuit') return 'short';
    let result: unknown;
    try {
      result = await next(call);
    } catch (error) {
      if (act.onError === 'swallow') return 'swallowed';
      throw act.onError === 'wrap' ? new Error('wrapped', { cause: error }) : error;
    }
    await wait(act.afterMs);
    if (act.does === 'throw after') throw new Error(`layer ${index}, after`);
    return result;
  },
  repeats: (index, wait) =>
    repeats<Call, unknown>(async (call, next) => {
      const act = nextAct(call.script.layers[index] as readonly Act[], call, index);
      if (act.beforeMs > 0) await wait(act.beforeMs);
      if (act.does === 'throw before') throw new Error(`layer ${index}, before`);
      if (act.does === 'short-circuit') return 'short';
      let result: unknown;
      try {
        try {
          result = await next(call);
        } catch (error) {
          if (act.does !== 'retry') throw error;
          result = await next(call);
        }
      } catch (error) {
        if (act.onError === 'swallow') return 'swallowed';
        throw act.onError === 'wrap' ? new AggregateError([error], 'wrapped') : error;
      }
      if (act.afterMs > 0) await wait(act.afterMs);
      if (act.does === 'throw after') throw new Error(`layer ${index}, after`);
      return result;
    }) as AnyMiddleware,
  hooks: (index, wait) => {
    const acts = new WeakMap<Call, Act[]>();
    const actOf = (call: Call): Act => acts.get(call)?.at(-1) as Act;
    return createMiddleware<Call, unknown>({
      before(call) {
        const act = nextAct(call.script.layers[index] as readonly Act[], call, index);
        acts.set(call, [...(acts.get(call) ?? []), act]);
        const then = (): ReturnType<typeof answer<string>> | undefined => {
          if (act.does === 'throw before') throw new Error(`layer ${index}, before`);
          return act.does === 'short-circuit' ? answer('short') : undefined;
        };
        return (wait(act.beforeMs)?.then(then) ?? then()) as undefined;
      },
      after(call) {
        const act = actOf(call);
        const then = (): void => {
          if (act.does === 'throw after') throw new Error(`layer ${index}, after`);
        };
        return wait(act.afterMs)?.then(then) ?? then();
      },
      onError(call, error): ReturnType<typeof answer<string>> | undefined {
        const act = actOf(call);
        if (String(error).includes(`layer ${index}, `)) return undefined;
        if (act.onError === 'swallow') return answer('swallowed');
        if (act.onError === 'wrap') throw new Error('wrapped', { cause: error });
        return undefined;
      },
    }) as AnyMiddleware;
  },
};

const ms = fc.constantFrom(0, 0, 0, 10, 40, 70, 200);
const actOf = (style: Style): fc.Arbitrary<Act> => {
  if (style === 'retry') return fc.constant({ ...PLAIN, does: 'retry' });
  if (style === 'pass' || style === 'policy') return fc.constant(PLAIN);
  return fc.record({
    beforeMs: ms,
    does: fc.constantFrom(
      'pass' as const,
      'pass' as const,
      style === 'repeats' ? ('retry' as const) : ('pass' as const),
      'short-circuit' as const,
      'throw before' as const,
      'throw after' as const,
    ),
    afterMs: ms,
    onError: fc.constantFrom('pass' as const, 'pass' as const, 'swallow' as const, 'wrap' as const),
  });
};

const nests = fc
  .array(fc.constantFrom<Style>('async', 'hooks', 'repeats', 'when', 'pass', 'policy', 'retry'), {
    minLength: 1,
    maxLength: 5,
  })
  .chain((styles) =>
    fc.record({
      styles: fc.constant(styles),
      calls: fc.array(
        fc.record({
          startMs: fc.integer({ min: 0, max: 300 }),
          layers: fc.tuple(
            ...styles.map((style) => fc.array(actOf(style), { minLength: 1, maxLength: 3 })),
          ),
          handler: fc.array(fc.record({ ms: fc.constantFrom(0, 30, 500), fails: fc.boolean() }), {
            minLength: 1,
            maxLength: 3,
          }),
        }),
        { minLength: 1, maxLength: 4 },
      ),
    }),
  );

test('X-R8 P-30 P-42 in any nest own times add up to the total, and each failure is counted exactly once', async () => {
  await fc.assert(
    fc.asyncProperty(nests, async ({ styles, calls }) => {
      const clock = fakeClock();
      const wait: Wait = (waitMs) =>
        waitMs > 0 ? new Promise((resolve) => void clock.setTimer(resolve, waitMs)) : undefined;
      let handlerMs = 0;
      const serve = styles
        .reduce(
          (all, style, index) => all.use(MAKERS[style](index, wait), { name: `layer-${index}` }),
          pipeline<Call, unknown>(),
        )
        .handle(async (call) => {
          const act = nextAct(call.script.handler, call, styles.length);
          await wait(act.ms);
          handlerMs += act.ms;
          if (act.fails) throw new Error('handler');
          return 'answer';
        }) as Runner<Call, unknown>;
      const { metrics } = guard(serve, { timeoutMs: LIMIT_MS, clock, circuitBreaker: false });

      const figures = styles.map((): Expected => ({
        executions: 0,
        failures: 0,
        timedOut: 0,
        ownMs: 0,
        totalMs: 0,
      }));
      const foreseen = calls.map((script) => foresee({ script, runs: [] }, 0, figures).failed);
      const failed: boolean[] = [];
      for (const [index, script] of calls.entries()) {
        clock.setTimer(() => {
          void (async () => serve({ script, runs: [] }))().then(
            () => (failed[index] = false),
            () => (failed[index] = true),
          );
        }, script.startMs);
      }
      await clock.advance(100_000);

      expect(failed).toEqual(foreseen);
      const counted = styles.map((_, index) => metrics.getMetrics(`layer-${index}`));
      expect(
        counted.map(({ executions, failures, timedOut, ownMs, totalMs }) => ({
          executions,
          failures,
          timedOut,
          ownMs: ownMs.total,
          totalMs: totalMs.total,
        })),
      ).toEqual(figures);
      const own = counted.reduce((sum, one) => sum + one.ownMs.total, 0);
      expect(own + handlerMs).toBe(counted[0]?.totalMs.total);
      expect(clock.pending).toBe(0);
    }),
    { numRuns: 400 },
  );
});
