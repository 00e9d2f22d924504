/** Tests of loadShed. */
import { pipeline } from '@interpose/kernel';
import { fakeClock, middlewareContract, pending, seededRandom, settle } from '@interpose/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { adaptiveLimit } from '../adaptive-limit/adaptive-limit.ts';
import { bulkhead } from '../bulkhead/bulkhead.ts';
import { loadShed, type LoadShedOptions } from './load-shed.ts';
import { overloadByDelay, overloadByRefusals } from './shed-pressure.ts';

interface Call {
  readonly priority?: number;
}

for (const law of middlewareContract(
  ({ clock }) => loadShed({ clock, queueOf: { state: () => ({ waitedMs: 1000 }) } }),
  { sync: true },
)) {
  test(`loadShed ${law.name}`, law.check);
}

/** A load shed that looks at a delay which the test sets. */
function under(options: Partial<LoadShedOptions<Call>> = {}) {
  const clock = fakeClock();
  const line = { waitedMs: 0, state: () => ({ waitedMs: line.waitedMs }) };
  const policy = loadShed<Call>({
    clock,
    queueOf: line,
    priority: ({ priority = 250 }) => priority,
    ...options,
  });
  const serve = pipeline<Call, string>()
    .use(policy)
    .handle(() => 'through');
  /** Whether a call gets through. */
  const passes = (ctx: Call = {}): boolean => {
    try {
      return serve(ctx) === 'through';
    } catch (error) {
      expect(error).toMatchObject({ name: 'LoadShedError', code: 'LOAD_SHED', policy: 'loadShed' });
      return false;
    }
  };
  /** How many of a hundred calls get through in an interval of 100 ms, one each millisecond. */
  const interval = (priorities: readonly number[] = [250]): number => {
    let through = 0;
    for (let ms = 0; ms < 100; ms++) {
      const priority = priorities[ms % priorities.length] ?? 250;
      if (passes({ priority })) through++;
      clock.advanceSync(1);
    }
    return through;
  };
  return { clock, line, policy, serve, passes, interval };
}

describe('loadShed', () => {
  test('lets everything through while nobody waits for longer than the target', () => {
    const { line, interval, policy } = under();
    line.waitedMs = 5;
    for (let turn = 0; turn < 5; turn++) expect(interval()).toBe(100);
    expect(policy.state()).toEqual({ rejectRatio: 0, threshold: 0, started: 500, rejected: 0 });
  });

  test('refuses a share once every wait of a whole interval was too long, and more while it stays so', () => {
    const { line, interval, policy } = under();
    line.waitedMs = 10;
    expect(interval()).toBe(100);
    // The waits were twice the target: half should go. Half of the way there goes at once, then half of the rest of the way.
    expect(interval()).toBe(75);
    expect(policy.state().rejectRatio).toBe(0.25);
    expect(interval()).toBe(100 - 43);
    expect(policy.state().rejectRatio).toBe(0.25 + 0.5 * 0.75 * 0.5);
  });

  test('one short wait in an interval is enough to see that there is no overload', () => {
    const { line, passes, clock, policy } = under();
    for (let ms = 0; ms < 1000; ms++) {
      line.waitedMs = ms % 100 === 50 ? 5 : 1000;
      passes();
      clock.advanceSync(1);
    }
    expect(policy.state()).toMatchObject({ rejectRatio: 0, rejected: 0 });
  });

  test('the highest priority is the last to go', () => {
    const { line, interval, passes, policy } = under();
    line.waitedMs = 10;
    interval([100, 300, 499, 499]);
    interval([100, 300, 499, 499]);
    // A quarter of all is to go: all those of 100, but the one that came first in the interval.
    expect(policy.state()).toMatchObject({ rejectRatio: 0.25, threshold: 100, rejected: 24 });
    expect([passes({ priority: 499 }), passes({ priority: 300 })]).toEqual([true, true]);
    interval([100, 300, 499, 499]);
    expect(policy.state().threshold).toBe(300);
    expect([passes({ priority: 499 }), passes({ priority: 100 })]).toEqual([true, false]);
  });

  test('it refuses less and less when it is over', () => {
    const { line, interval, policy } = under();
    line.waitedMs = 1000;
    for (let turn = 0; turn < 20; turn++) interval();
    expect(policy.state().rejectRatio).toBe(0.9);
    line.waitedMs = 0;
    const through: number[] = [];
    for (let turn = 0; turn < 50; turn++) through.push(interval());
    // 0.9 * 0.9, and a tenth less each time; the first of each interval gets through in any case.
    expect(through.slice(0, 3)).toEqual([20, 28, 35]);
    // A call of which a part is owed may go in this interval or the next.
    for (const [turn, count] of through.entries()) {
      expect(count).toBeGreaterThanOrEqual(Math.max(0, ...through.slice(0, turn)) - 1);
    }
    expect(policy.state().rejectRatio).toBe(0);
    expect(through.at(-1)).toBe(100);
  });

  test('an hour without calls is an hour without overload', () => {
    const { clock, line, interval, policy } = under();
    line.waitedMs = 1000;
    for (let turn = 0; turn < 20; turn++) interval();
    line.waitedMs = 0;
    clock.advanceSync(3_600_000);
    expect(interval()).toBe(100);
    expect(policy.state().rejectRatio).toBe(0);
  });

  test('some calls always get through, whatever comes', () => {
    const call = fc.record({
      priority: fc.nat(499),
      waitedMs: fc.constantFrom(0, 6, 1e6),
      afterMs: fc.constantFrom(0, 0, 1, 1, 30),
    });
    fc.assert(
      fc.property(
        fc.array(call, { maxLength: 400 }),
        fc.double({ min: 0.05, max: 0.95, noNaN: true }),
        (calls, maxRejectRatio) => {
          const { clock, line, policy, passes } = under({ maxRejectRatio });
          for (const { priority, waitedMs, afterMs } of calls) {
            line.waitedMs = waitedMs;
            passes({ priority });
            clock.advanceSync(afterMs);
            const { started, rejected, rejectRatio } = policy.state();
            expect(rejected).toBeLessThanOrEqual(maxRejectRatio * (started + rejected));
            expect(rejectRatio).toBeLessThanOrEqual(maxRejectRatio);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  test('a change of the mix cannot shut everybody out', () => {
    const { line, interval, policy } = under();
    line.waitedMs = 1000;
    for (let turn = 0; turn < 20; turn++) interval([499]);
    // All that come now are less important than all that came before.
    expect(interval([0])).toBeGreaterThanOrEqual(10);
    expect(policy.state().rejectRatio).toBe(0.9);
  });

  test('an adaptive limit further in that refuses is overloaded, too', async () => {
    const clock = fakeClock();
    const limit = adaptiveLimit({ clock, min: 10, max: 10 });
    const policy = loadShed({ clock, refusalsOf: limit });
    const serve = pipeline<object, number>()
      .use(policy)
      .use(limit)
      .handle(() => {
        const run = pending<number>();
        clock.setTimer(() => run.resolve(1), 100);
        return run;
      });
    const codes = new Map<unknown, number>();
    // Twice as many as can be borne: 20 in each 100 ms.
    for (let call = 0; call < 600; call++) {
      void (async () => {
        let code: unknown = 'through';
        try {
          await serve({});
        } catch (error) {
          code = (error as { policy: string }).policy;
        }
        if (call >= 200) codes.set(code, (codes.get(code) ?? 0) + 1);
      })();
      await clock.advance(5);
    }
    await clock.runAll();
    const count = (code: string): number => codes.get(code) ?? 0;
    // It takes over the refusing nearly all, and the limit is used as before.
    expect(count('through')).toBeGreaterThan(180);
    expect(count('loadShed')).toBeGreaterThan(count('adaptiveLimit') * 3);
  });

  test('before a bulkhead with a queue it keeps the queue short and the slots busy', async () => {
    const clock = fakeClock();
    const random = seededRandom(3);
    const slots = bulkhead({ clock, maxConcurrent: 10, maxQueue: 1000 });
    const policy = loadShed<Call>({
      clock,
      queueOf: slots,
      priority: ({ priority = 0 }) => priority,
    });
    const serve = pipeline<Call, number>()
      .use(policy)
      .use(slots)
      .handle(() => {
        const run = pending<number>();
        clock.setTimer(() => run.resolve(1), 5 + 10 * random());
        return run;
      });
    const waits: number[] = [];
    slots.on('dequeued', ({ waitMs }) => waits.push(waitMs));
    const refusedOf = [0, 0];
    // Ten slots of 10 ms bear one call a millisecond; two come, for four seconds.
    for (let call = 0; call < 8000; call++) {
      const important = call % 2;
      Promise.resolve(serve({ priority: 100 + 300 * important })).then(undefined, () => {
        refusedOf[important] = (refusedOf[important] ?? 0) + 1;
      });
      if (call % 2) await clock.advance(1);
    }
    await clock.runAll();
    const late = waits.slice(waits.length / 2).toSorted((one, other) => one - other);
    expect(late[Math.floor(late.length / 2)]).toBeLessThan(50);
    expect(slots.state().started).toBeGreaterThan(3200);
    const [unimportant = 0, important = 0] = refusedOf;
    expect(unimportant).toBeGreaterThan(3000);
    expect(important).toBeLessThan(unimportant / 4);
  });

  test('tells of each call that it refuses', () => {
    const { line, interval, policy, passes } = under();
    const events: object[] = [];
    policy.on('shed', ({ priority, rejectRatio }) => events.push({ priority, rejectRatio }));
    line.waitedMs = 10;
    interval();
    while (passes());
    expect(events).toEqual([{ priority: 250, rejectRatio: 0.25 }]);
  });

  test('a priority that throws, or is none, is the error of the call', () => {
    for (const [priority, message] of [
      [
        () => {
          throw new Error('no idea');
        },
        'no idea',
      ],
      [() => 500, 'Expected `priority()` to be a number from 0 to 499, got `500` (number).'],
      [() => -1, 'got `-1` (number)'],
      [() => Number.NaN, 'got `NaN` (number)'],
      [() => 'high' as never, 'got `high` (string)'],
    ] as const) {
      const { serve } = under({ priority });
      expect(() => serve({})).toThrow(message);
    }
    expect(under({ priority: () => 499.9 }).passes()).toBe(true);
  });

  test('what cannot be measured stops nobody, and is reported once an interval', async () => {
    const failures: unknown[] = [];
    const fault = new Error('no figures');
    let broken = true;
    const { clock, policy, interval } = under({
      queueOf: {
        state() {
          if (broken) throw fault;
          return { waitedMs: 1000 };
        },
      },
      onListenerError: (error) => failures.push(error),
    });
    for (let turn = 0; turn < 3; turn++) expect(interval()).toBe(100);
    expect(failures).toEqual([fault, fault]);
    broken = false;
    for (let turn = 0; turn < 3; turn++) interval();
    expect(policy.state().rejected).toBeGreaterThan(0);
    await settle();
    expect(clock.pending).toBe(0);
  });

  test.each([Number.NaN, Infinity, undefined as never])(
    'a wait of %d is no measure',
    (waitedMs) => {
      const { line, interval } = under();
      line.waitedMs = waitedMs;
      for (let turn = 0; turn < 5; turn++) expect(interval()).toBe(100);
    },
  );

  test('reconfigure counts from now on, and changes nothing if it is wrong', () => {
    const { line, interval, policy } = under();
    line.waitedMs = 10;
    expect(() => policy.reconfigure({ targetMs: 20, maxRejectRatio: 1 })).toThrow(RangeError);
    interval();
    interval();
    expect(policy.state().rejectRatio).toBe(0.25);
    policy.reconfigure({ targetMs: 20 });
    interval();
    expect(policy.state().rejectRatio).toBe(0.225);
    expect(() => policy.reconfigure({ queueOf: line })).toThrow('`queueOf` of "loadShed" cannot');
    expect(policy.describe()).toEqual({
      policy: 'loadShed',
      name: 'loadShed',
      options: {
        queueOf: 'unnamed',
        targetMs: 20,
        priority: '[function priority]',
        intervalMs: 100,
        maxRejectRatio: 0.9,
      },
    });
    const limit = adaptiveLimit({ name: 'db' });
    expect(loadShed({ refusalsOf: limit }).describe().options).toEqual({
      refusalsOf: 'db',
      priority: undefined,
      intervalMs: 100,
      maxRejectRatio: 0.9,
    });
  });

  test('reset forgets all calls and lets everything through', () => {
    const { line, interval, policy } = under();
    line.waitedMs = 1000;
    for (let turn = 0; turn < 5; turn++) interval();
    policy.reset();
    expect(policy.state()).toEqual({ rejectRatio: 0, threshold: 0, started: 0, rejected: 0 });
    expect(interval()).toBe(100);
  });

  test('X-R6 it sets no timer, and disposed of it refuses', () => {
    const { clock, serve, interval, policy } = under();
    interval();
    expect(clock.pending).toBe(0);
    policy[Symbol.dispose]();
    expect(() => serve({})).toThrow('"loadShed" has been disposed of');
  });

  test('options that are wrong are refused in a sentence', () => {
    const queueOf = { state: () => ({ waitedMs: 0 }) };
    const wrong = (options: object, message: string): void => {
      expect(() => loadShed(options)).toThrow(message);
    };
    wrong({}, 'Expected either `queueOf` or `refusalsOf`: where the overload shows.');
    wrong({ queueOf, refusalsOf: bulkhead() }, 'Expected either');
    wrong(
      { queueOf: null },
      'Expected `queueOf` to be a policy with `state()`, got `null` (null).',
    );
    wrong({ refusalsOf: {} }, 'Expected `refusalsOf` to be a policy with `state()`');
    wrong({ queueOf, priority: 250 }, 'Expected `priority` to be a function');
    wrong({ queueOf, targetMs: 0 }, 'Expected `targetMs` to be a number of milliseconds above 0');
    wrong({ queueOf, intervalMs: '1' }, 'Expected `intervalMs`');
    wrong(
      { queueOf, maxRejectRatio: 1 },
      'Expected `maxRejectRatio` to be a number above 0 and below 1, got `1` (number).',
    );
    wrong({ queueOf, maxRejectRatio: 'all' }, 'got `all` (string)');
    wrong(
      { refusalsOf: bulkhead(), targetMs: 5 },
      '`targetMs` is for `queueOf`; refusals have no delay.',
    );
    wrong({ queueOf, maxRejectRation: 0.5 }, 'Did you mean "maxRejectRatio"?');
  });
});

describe('the overload', () => {
  test('by delay is the part of the shortest wait that was too much', () => {
    const line = { waitedMs: 0, state: () => ({ waitedMs: line.waitedMs }) };
    const overload = overloadByDelay(line, () => 5);
    const measured = (...waits: number[]): number => {
      for (const waitedMs of waits) {
        line.waitedMs = waitedMs;
        overload.look();
      }
      return overload.measure();
    };
    expect(measured(50, 10, 20)).toBe(0.5);
    expect(measured(50, 50)).toBe(0.9);
    expect(measured(5)).toBe(0);
    expect(measured(0, 100)).toBe(0);
  });

  test('by refusals is their share of what was asked for since, also over a reset', () => {
    const counts = { started: 100, rejected: 100 };
    const overload = overloadByRefusals({ state: () => ({ ...counts }) });
    expect(overload.measure()).toBe(0);
    Object.assign(counts, { started: 103, rejected: 101 });
    expect(overload.measure()).toBe(0.25);
    Object.assign(counts, { started: 4, rejected: 4 });
    expect(overload.measure()).toBe(0.5);
  });
});
