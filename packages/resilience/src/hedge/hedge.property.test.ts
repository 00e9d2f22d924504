/** hedge against a model: whatever settles, fails, waits or gives up when, runs start at their time, one wins, and the others are let go. */
import { pipeline } from '@interpose/kernel';
import { type FakeClock, fakeClock } from '@interpose/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HedgeCancelledError } from '../errors.ts';
import { hedge } from './hedge.ts';
import type { HedgeDelay } from './hedge-delay.ts';
import { retryBudget } from '../retry/retry-budget.ts';

/** What one run does: answers or fails, at once or later, and whether it ends when its signal says so. */
interface RunScript {
  readonly takes: number | 'no time';
  readonly ok: boolean;
  readonly heeds: boolean;
}
type Step =
  | { readonly kind: 'start'; readonly runs: readonly RunScript[] }
  | { readonly kind: 'tick'; readonly ms: number }
  | { readonly kind: 'abort'; readonly call: number }
  | { readonly kind: 'reconfigure'; readonly delayMs: HedgeDelay; readonly maxHedges: number };

interface Started {
  readonly name: number;
  readonly runs: readonly RunScript[];
  readonly startMs: number;
  readonly delayMs: HedgeDelay;
  readonly maxHedges: number;
  abortMs: number;
}

const runOf = (runs: readonly RunScript[], run: number): RunScript =>
  runs[(run - 1) % runs.length] as RunScript;

/** What a call must do, as lines; nothing if two things fall on the same moment, where either may come first. */
function expected(call: Started): string[] | undefined {
  const { name, delayMs, maxHedges, abortMs } = call;
  const everyMs =
    delayMs === 'parallel' ? 0 : delayMs === 'on-failure' ? Infinity : (delayMs as number);
  const lines: string[] = [];
  const say = (atMs: number, what: string): void =>
    void lines.push(`${atMs}: call ${name} ${what}`);
  const running = new Map<number, number>();
  let [started, nextMs, nowMs] = [0, call.startMs, call.startMs];
  for (;;) {
    const [run, endMs] = [...running].toSorted(([, a], [, b]) => a - b)[0] ?? [0, Infinity];
    if (
      endMs === nextMs &&
      everyMs > 0 &&
      started > 0 &&
      runOf(call.runs, run).takes !== 'no time'
    ) {
      return undefined;
    }
    if (abortMs < Math.min(endMs, nextMs)) {
      say(abortMs, 'aborted');
      for (const left of running.keys()) say(abortMs, `run ${left} is told: caller`);
      return lines;
    }
    if (nextMs <= endMs) {
      nowMs = nextMs;
      started++;
      say(nowMs, `starts run ${started}`);
      const { takes } = runOf(call.runs, started);
      running.set(started, nowMs + (takes === 'no time' ? -1 : takes));
      nextMs = started <= maxHedges ? nowMs + everyMs : Infinity;
      continue;
    }
    nowMs = Math.max(nowMs, endMs);
    running.delete(run);
    if (runOf(call.runs, run).ok) {
      say(nowMs, `answers ${name}.${run}`);
      for (const left of running.keys()) say(nowMs, `run ${left} is told: cancelled`);
      return lines;
    }
    if (started <= maxHedges) nextMs = nowMs;
    else if (running.size === 0) {
      say(nowMs, `fails with ${name}.1`);
      return lines;
    }
  }
}

interface Call {
  readonly call: Started;
  readonly counter: { runs: number };
  readonly signal?: AbortSignal;
}

/** A handler that does as the script says. */
function play(clock: FakeClock, lines: string[]) {
  return ({ call, counter, signal }: Call): string | Promise<string> => {
    const run = ++counter.runs;
    const { takes, ok, heeds } = runOf(call.runs, run);
    const answer = `${call.name}.${run}`;
    lines.push(`${clock.now()}: call ${call.name} starts run ${run}`);
    if (takes === 'no time') {
      if (ok) return answer;
      throw answer;
    }
    return new Promise<string>((resolve, reject) => {
      const cancel = clock.setTimer(() => (ok ? resolve(answer) : reject(answer)), takes);
      signal?.addEventListener('abort', () => {
        const { reason } = signal;
        const why = HedgeCancelledError.is(reason) ? 'cancelled' : String(reason);
        lines.push(`${clock.now()}: call ${call.name} run ${run} is told: ${why}`);
        if (!heeds) return;
        cancel();
        reject(reason);
      });
    });
  };
}

const script: fc.Arbitrary<RunScript> = fc.record({
  takes: fc.constantFrom('no time' as const, 7, 31, 59, 113, 173, 229),
  ok: fc.boolean(),
  heeds: fc.boolean(),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('start' as const),
      runs: fc.array(script, { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('tick' as const),
      ms: fc.integer({ min: 1, max: 260 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('abort' as const), call: fc.nat(8) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('reconfigure' as const),
      delayMs: fc.constantFrom<HedgeDelay>(100, 40, 'parallel', 'on-failure'),
      maxHedges: fc.integer({ min: 1, max: 3 }),
    }),
  },
);

describe('hedge and its model', () => {
  test('agree on every run, every winner and every loser', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const clock = fakeClock();
        let [delayMs, maxHedges]: [HedgeDelay, number] = [100, 1];
        const policy = hedge({ clock, idempotent: true, delayMs, maxHedges, budget: false });
        const lines: string[] = [];
        const serve = pipeline<Call, string>().use(policy).handle(play(clock, lines));
        const calls: Started[] = [];
        const callers: AbortController[] = [];
        const ends: Promise<unknown>[] = [];

        for (const each of steps) {
          if (each.kind === 'tick') await clock.advance(each.ms);
          else if (each.kind === 'reconfigure') {
            ({ delayMs, maxHedges } = each);
            policy.reconfigure({ delayMs, maxHedges });
          } else if (each.kind === 'abort') {
            await clock.advance(0);
            const call = calls[each.call];
            callers[each.call]?.abort('caller');
            if (call) call.abortMs = Math.min(call.abortMs, clock.now());
          } else {
            const name = calls.length;
            const now = { name, startMs: clock.now(), delayMs, maxHedges, abortMs: Infinity };
            const call: Started = { ...now, runs: each.runs };
            const caller = new AbortController();
            calls.push(call);
            callers.push(caller);
            const says = (what: string) => (said: unknown) => {
              const end = said === 'caller' ? 'aborted' : `${what} ${String(said)}`;
              lines.push(`${clock.now()}: call ${name} ${end}`);
            };
            const serving = async (): Promise<string> =>
              serve({ call, counter: { runs: 0 }, signal: caller.signal });
            ends.push(serving().then(says('answers'), says('fails with')));
          }
        }
        await clock.runAll();
        await Promise.all(ends);

        const model = calls.map(expected);
        fc.pre(model.every((known) => known !== undefined));
        expect(lines.toSorted()).toEqual(model.flat().toSorted());
        expect(clock.pending).toBe(0);
        const starts = lines.filter((line) => line.includes('starts run')).length;
        expect(policy.state()).toMatchObject({
          running: 0,
          abandoned: 0,
          hedges: starts - calls.length,
        });
      }),
      { numRuns: 300 },
    );
  });

  test('no budget is overdrawn, and every run beyond a first one is paid for', async () => {
    const calls = fc.array(fc.boolean(), { maxLength: 100 });
    await fc.assert(
      fc.asyncProperty(calls, fc.constantFrom(0, 0.1, 0.5, 1), async (outcomes, ratio) => {
        const clock = fakeClock();
        const budget = retryBudget({ clock, ratio, minPerSecond: 1, ttlMs: 3000 });
        const policy = hedge({ clock, budget, idempotent: true, maxHedges: 2 });
        let runs = 0;
        const serve = pipeline<{ ok: boolean }, string>()
          .use(policy)
          .handle(async ({ ok }) => {
            runs++;
            if (ok) return 'ok';
            throw new Error('down');
          });
        for (const ok of outcomes) await Promise.resolve(serve({ ok })).catch(() => {});
        const extra = runs - outcomes.length;
        expect(extra).toBeLessThanOrEqual(outcomes.length * ratio + 3);
        expect(extra).toBe(policy.state().hedges);
        expect(budget.state()).toMatchObject({ deposits: outcomes.length, withdrawals: extra });
      }),
    );
  });
});
