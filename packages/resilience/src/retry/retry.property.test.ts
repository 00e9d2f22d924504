/** retry against a model: whatever starts, fails, waits or gives up when, attempts come at their time and cost what they cost. */
import { pipeline } from '@interpose/kernel';
import { type FakeClock, fakeClock } from '@interpose/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { retry } from './retry.ts';
import { retryBudget } from './retry-budget.ts';
import { attemptOf } from '../scope.ts';

/** What the attempts of a call do, one after the other; the last one for all that follow. */
interface Script {
  readonly attempts: readonly { readonly takesMs: number; readonly ok: boolean }[];
}
type Step =
  | ({ readonly kind: 'start' } & Script)
  | { readonly kind: 'tick'; readonly ms: number }
  | { readonly kind: 'abort'; readonly call: number }
  | { readonly kind: 'reconfigure'; readonly maxAttempts: number };

interface Started extends Script {
  readonly startMs: number;
  readonly maxAttempts: number;
  abortMs: number;
}

const DELAYS = [0, 30, 7, 0, 100];
const delayAfter = (attempt: number): number => DELAYS[attempt % DELAYS.length] as number;
const doneBy = (script: Script, attempt: number): { takesMs: number; ok: boolean } =>
  script.attempts[Math.min(attempt, script.attempts.length) - 1] as {
    takesMs: number;
    ok: boolean;
  };

/** What one call must do, told as lines: when each attempt starts, and how and when the call ends. */
function expected(call: Started, name: number): string[] {
  const lines: string[] = [];
  let atMs = call.startMs;
  for (let attempt = 1; ; attempt++) {
    lines.push(`${atMs}: call ${name} starts attempt ${attempt}`);
    const { takesMs, ok } = doneBy(call, attempt);
    if (call.abortMs < atMs + takesMs) return [...lines, `${call.abortMs}: call ${name} aborted`];
    atMs += takesMs;
    if (ok) return [...lines, `${atMs}: call ${name} answers ${name}.${attempt}`];
    if (attempt === call.maxAttempts) {
      return [...lines, `${atMs}: call ${name} fails with ${name}.${attempt}`];
    }
    if (call.abortMs < atMs + delayAfter(attempt)) {
      return [...lines, `${call.abortMs}: call ${name} aborted`];
    }
    atMs += delayAfter(attempt);
  }
}

/** A handler that does as the script of its call says, and heeds its signal. */
function play(clock: FakeClock, lines: string[]) {
  return ({ call, name, signal }: { call: Script; name: number; signal?: AbortSignal }) => {
    const attempt = attemptOf({ signal });
    lines.push(`${clock.now()}: call ${name} starts attempt ${attempt}`);
    const { takesMs, ok } = doneBy(call, attempt);
    return new Promise<string>((resolve, reject) => {
      const end = (): void => (ok ? resolve(`${name}.${attempt}`) : reject(`${name}.${attempt}`));
      if (takesMs === 0) return end();
      const cancel = clock.setTimer(end, takesMs);
      signal?.addEventListener('abort', () => {
        cancel();
        reject(signal.reason);
      });
    });
  };
}

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('start' as const),
      attempts: fc.array(
        fc.record({
          takesMs: fc.constantFrom(0, 0, 5, 20, 60),
          ok: fc.integer({ min: 0, max: 3 }).map((chance) => chance === 0),
        }),
        { minLength: 1, maxLength: 6 },
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('tick' as const),
      ms: fc.constantFrom(1, 5, 7, 20, 30, 60, 130),
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
      maxAttempts: fc.integer({ min: 1, max: 6 }),
    }),
  },
);

describe('retry and its model', () => {
  test('agree on every attempt, every pause and every end', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const clock = fakeClock();
        let maxAttempts = 3;
        const policy = retry({ clock, maxAttempts, budget: false, backoff: delayAfter });
        const lines: string[] = [];
        const serve = pipeline<{ call: Script; name: number; signal: AbortSignal }, string>()
          .use(policy)
          .handle(play(clock, lines));
        const calls: Started[] = [];
        const callers: AbortController[] = [];
        const ends: Promise<unknown>[] = [];

        for (const each of steps) {
          if (each.kind === 'tick') await clock.advance(each.ms);
          else if (each.kind === 'reconfigure') {
            ({ maxAttempts } = each);
            policy.reconfigure({ maxAttempts });
          } else if (each.kind === 'abort') {
            await clock.advance(0);
            const call = calls[each.call];
            callers[each.call]?.abort('aborted');
            if (call) call.abortMs = Math.min(call.abortMs, clock.now());
          } else {
            const name = calls.length;
            const call = { ...each, startMs: clock.now(), maxAttempts, abortMs: Infinity };
            const caller = new AbortController();
            calls.push(call);
            callers.push(caller);
            const says = (what: string) => (said: unknown) => {
              const end = said === 'aborted' ? 'aborted' : `${what} ${String(said)}`;
              lines.push(`${clock.now()}: call ${name} ${end}`);
            };
            ends.push(
              Promise.resolve(serve({ call, name, signal: caller.signal })).then(
                says('answers'),
                says('fails with'),
              ),
            );
          }
        }
        await clock.runAll();
        await Promise.all(ends);

        expect(lines.toSorted()).toEqual(calls.flatMap(expected).toSorted());
        expect(clock.pending).toBe(0);
        expect(policy.state().waiting).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  test('no budget is overdrawn, and every attempt beyond a first one is paid for', () => {
    const calls = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 200 });
    const share = fc.constantFrom(0, 0.1, 0.2, 0.5, 1, 2);
    fc.assert(
      fc.property(calls, share, fc.integer({ min: 0, max: 3 }), (failures, ratio, minPerSecond) => {
        const clock = fakeClock();
        const budget = retryBudget({ clock, ratio, minPerSecond, ttlMs: 2000 });
        const policies = [1, 2].map(() =>
          retry({ clock, budget, maxAttempts: 4, backoff: 'none' }),
        );
        let [started, extra] = [0, 0];
        for (const [at, fails] of failures.entries()) {
          let left = fails;
          const serve = pipeline<object, string>()
            .use(policies[at % 2] as (typeof policies)[0])
            .handle((ctx) => {
              if (attemptOf(ctx) > 1) extra++;
              if (left-- > 0) throw new Error('down');
              return 'ok';
            });
          started++;
          const before = extra;
          let ok = true;
          try {
            serve({});
          } catch {
            ok = false;
          }
          const room = Math.floor(started * ratio + minPerSecond * 2 + 1e-9) - before;
          const wanted = Math.min(fails, 3);
          expect(extra - before).toBe(Math.min(wanted, room));
          expect(ok).toBe(fails <= Math.min(3, room));
        }
        expect(budget.state()).toMatchObject({ deposits: started, withdrawals: extra });
        const retries = policies.map((policy) => policy.state().retries);
        expect((retries[0] ?? 0) + (retries[1] ?? 0)).toBe(extra);
      }),
    );
  });
});
