/** Tests of chaos. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { pipeline } from '@interpose/kernel';
import { fakeClock, middlewareContract, pending, settle } from '@interpose/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chaos, type ChaosEvents, InjectedFaultError } from './chaos.ts';
import type { ChaosKind } from './chaos-injection.ts';
import type { ChaosOptions } from './chaos-options.ts';
import { DisposedError } from '../errors.ts';
import { hedge } from '../hedge/hedge.ts';
import { retry } from '../retry/retry.ts';
import { timeout } from '../timeout/timeout.ts';

interface Call {
  readonly id?: number;
  readonly signal?: AbortSignal;
}

for (const law of middlewareContract(({ clock }) => chaos({ clock }), {
  heedsSignal: true,
  sync: true,
})) {
  test(`chaos that is not enabled ${law.name}`, law.check);
}
for (const law of middlewareContract(
  ({ clock, random }) =>
    chaos({ clock, random, enabled: true, rate: 0.5, kind: 'latency', latencyMs: 100 }),
  { heedsSignal: true },
)) {
  test(`chaos with latency ${law.name}`, law.check);
}

function under(options: ChaosOptions<Call, unknown>, handler: (ctx: Call) => unknown = () => 'ok') {
  const clock = fakeClock();
  const policy = chaos<Call, unknown>({ clock, enabled: true, rate: 1, ...options });
  const events: Record<string, unknown>[] = [];
  policy.on('*', ({ policy: _name, atMs: _at, ...event }) => events.push(event));
  const serve = pipeline<Call, unknown>().use(policy).handle(handler);
  const outcomeOf = async (ctx: Call = {}): Promise<unknown> => {
    try {
      return await serve(ctx);
    } catch (error) {
      return error;
    }
  };
  return { clock, policy, events, serve, outcomeOf };
}

const fault = new Error('injected');

describe('kinds', () => {
  test('fault: an error of its own, a given one, or what a function gives or throws', async () => {
    let calls = 0;
    const handler = (): number => ++calls;
    expect(await under({}, handler).outcomeOf()).toBeInstanceOf(InjectedFaultError);
    expect(await under({}, handler).outcomeOf()).toMatchObject({
      code: 'INJECTED_FAULT',
      policy: 'chaos',
    });
    expect(await under({ fault }, handler).outcomeOf()).toBe(fault);
    expect(await under({ fault: () => fault }, handler).outcomeOf()).toBe(fault);
    const throwing = under(
      {
        fault: () => {
          throw fault;
        },
      },
      handler,
    );
    expect(await throwing.outcomeOf()).toBe(fault);
    expect(calls).toBe(0);
  });

  test('latency: the call waits, then goes on', async () => {
    let calls = 0;
    const { clock, outcomeOf, events, policy } = under(
      { kind: 'latency', latencyMs: 500 },
      () => ++calls,
    );
    const call = outcomeOf();
    await clock.advance(499);
    expect([calls, policy.state().waiting]).toEqual([0, 1]);
    await clock.advance(1);
    expect(await call).toBe(1);
    expect(events).toEqual([{ type: 'injected', kind: 'latency', latencyMs: 500 }]);
    expect([clock.pending, policy.state().waiting]).toEqual([0, 0]);
  });

  test('latency: from when to when, by chance; none is none', async () => {
    const { clock, outcomeOf, events } = under({
      kind: 'latency',
      latencyMs: { minMs: 100, maxMs: 300 },
      random: () => 0.25,
    });
    const call = outcomeOf();
    await clock.advance(150);
    expect(await call).toBe('ok');
    expect(events).toMatchObject([{ latencyMs: 150 }]);
    expect(under({ kind: 'latency', latencyMs: 0 }).serve({})).toBe('ok');
  });

  test('outcome: a value in place of the result, undefined included, or what a function gives', async () => {
    const handler = (): never => {
      throw new Error('never called');
    };
    expect(under({ kind: 'outcome', outcome: undefined }, handler).serve({})).toBeUndefined();
    expect(under({ kind: 'outcome', outcome: { status: 503 } }, handler).serve({})).toEqual({
      status: 503,
    });
    const asked = under({ kind: 'outcome', outcome: ({ id }: Call) => id }, handler);
    expect(asked.serve({ id: 7 })).toBe(7);
    const later = under({ kind: 'outcome', outcome: async () => 'later' }, handler);
    expect(await later.outcomeOf()).toBe('later');
    const failing = under({ kind: 'outcome', outcome: () => Promise.reject(fault) }, handler);
    expect(await failing.outcomeOf()).toBe(fault);
    const throwing = under({
      kind: 'outcome',
      outcome: () => {
        throw fault;
      },
    });
    expect(await throwing.outcomeOf()).toBe(fault);
  });

  test('behaviour: a function is called and awaited, then the call goes on', async () => {
    const done = pending<void>();
    const seen: unknown[] = [];
    const { outcomeOf } = under(
      {
        kind: 'behaviour',
        behaviour: ({ id }) => {
          seen.push(`behaviour ${id}`);
          return done;
        },
      },
      ({ id }) => seen.push(`handler ${id}`),
    );
    const call = outcomeOf({ id: 7 });
    await settle();
    expect(seen).toEqual(['behaviour 7']);
    done.resolve();
    expect(await call).toBe(2);
    expect(seen).toEqual(['behaviour 7', 'handler 7']);
    expect(under({ kind: 'behaviour', behaviour: () => {} }).serve({})).toBe('ok');
  });

  test('behaviour: what it throws is the error of the call', async () => {
    const throwing = under({
      kind: 'behaviour',
      behaviour: () => {
        throw fault;
      },
    });
    expect(await throwing.outcomeOf()).toBe(fault);
    const rejecting = under({ kind: 'behaviour', behaviour: () => Promise.reject(fault) });
    expect(await rejecting.outcomeOf()).toBe(fault);
  });
});

describe('chance', () => {
  /** Which of so many calls something was injected into. */
  function struck(policy: ReturnType<typeof under>, calls: number): number[] {
    const hit: number[] = [];
    for (let id = 0; id < calls; id++) {
      const before = policy.events.length;
      try {
        void policy.serve({ id });
      } catch {
        // Some calls are meant to fail.
      }
      if (policy.events.length > before) hit.push(id);
    }
    return hit;
  }

  test('the same seed and the same calls bring the same injections, of every kind', () => {
    const kinds: readonly ChaosOptions<Call, unknown>[] = [
      { kind: 'fault' },
      { kind: 'latency', latencyMs: 5 },
      { kind: 'outcome', outcome: 1 },
      { kind: 'behaviour', behaviour: () => {} },
    ];
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (seed, rate) => {
          const rows = kinds.map((kind) => struck(under({ ...kind, seed, rate }), 40));
          expect(new Set(rows.map(String)).size).toBe(1);
        },
      ),
      { numRuns: 25 },
    );
  });

  test('other seeds bring others, and about as many as the rate says', () => {
    const rows = [1, 2, 3].map((seed) => struck(under({ seed, rate: 0.1 }), 5000));
    expect(new Set(rows.map(String)).size).toBe(3);
    for (const { length } of rows) {
      expect(length).toBeGreaterThan(400);
      expect(length).toBeLessThan(600);
    }
  });

  test('latencies of the same seed are the same, too', () => {
    const latencies = [1, 2].map(() => {
      const run = under({
        seed: 7,
        rate: 0.5,
        kind: 'latency',
        latencyMs: { minMs: 0, maxMs: 100 },
      });
      struck(run, 50);
      return run.events.map(({ latencyMs }) => latencyMs);
    });
    expect(latencies[0]?.length).toBeGreaterThan(10);
    expect(latencies[0]).toEqual(latencies[1]);
    expect(new Set(latencies[0]).size).toBe(latencies[0]?.length);
  });

  test('after reset the row starts again; after a change of the rate it goes on', () => {
    const [run, other] = [1, 2].map(() => under({ seed: 7, rate: 0.3 }));
    if (!run || !other) throw new Error('there are two');
    const first = struck(run, 100);
    run.policy.reset();
    expect(run.policy.state()).toEqual({ waiting: 0, calls: 0, injected: 0 });
    expect(struck(run, 100)).toEqual(first);

    struck(other, 50);
    other.policy.reconfigure({ rate: 0.3 });
    const rest = first.filter((id) => id >= 50).map((id) => id - 50);
    expect(struck(other, 50)).toEqual(rest);
    other.policy.reconfigure({ seed: 8 });
    other.policy.reconfigure({ seed: 7 });
    expect(struck(other, 100)).toEqual(first);
  });

  test('no call at rate 0, every call at rate 1, and few without options', () => {
    expect(struck(under({ rate: 0 }), 1000)).toEqual([]);
    expect(struck(under({ rate: 1 }), 1000)).toHaveLength(1000);
    expect(chaos().describe().options).toMatchObject({ enabled: false, rate: 0.001 });
  });

  test('nothing happens until it is enabled', async () => {
    const { policy, outcomeOf } = under({ enabled: false });
    expect(await outcomeOf()).toBe('ok');
    expect(policy.state()).toEqual({ waiting: 0, calls: 0, injected: 0 });
    policy.reconfigure({ enabled: true });
    expect(await outcomeOf()).toBeInstanceOf(InjectedFaultError);
    expect(policy.state()).toEqual({ waiting: 0, calls: 1, injected: 1 });
  });

  test('it may be enabled for some calls; where that throws it is not, and the fault is told', async () => {
    const { outcomeOf } = under({ enabled: ({ id }) => id === 7 });
    expect(await outcomeOf({ id: 7 })).toBeInstanceOf(InjectedFaultError);
    expect(await outcomeOf({ id: 8 })).toBe('ok');
    const broken = under({
      enabled: () => {
        throw fault;
      },
    });
    expect(await broken.outcomeOf()).toBe('ok');
    expect(broken.events).toEqual([{ type: 'fault', error: fault }]);
  });
});

describe('ends', () => {
  test('an abort in the latency ends the call in the same turn, with its reason and no call', async () => {
    let calls = 0;
    const { clock, outcomeOf, policy } = under({ kind: 'latency', latencyMs: 500 }, () => ++calls);
    const caller = new AbortController();
    const call = outcomeOf({ signal: caller.signal });
    await clock.advance(100);
    caller.abort(fault);
    expect([policy.state().waiting, clock.pending]).toEqual([0, 0]);
    expect(await call).toBe(fault);
    await clock.advance(1000);
    expect(calls).toBe(0);
  });

  test('an abort while a behaviour is awaited is heeded when it has ended', async () => {
    const done = pending<void>();
    let calls = 0;
    const { outcomeOf } = under({ kind: 'behaviour', behaviour: () => done }, () => ++calls);
    const caller = new AbortController();
    const call = outcomeOf({ signal: caller.signal });
    caller.abort(fault);
    done.resolve();
    expect(await call).toBe(fault);
    expect(calls).toBe(0);
  });

  test('once disposed of it sends away whoever waits, and refuses', async () => {
    const { clock, outcomeOf, policy } = under({ kind: 'latency', latencyMs: 500 });
    const call = outcomeOf();
    policy[Symbol.dispose]();
    expect(await call).toBeInstanceOf(DisposedError);
    expect(clock.pending).toBe(0);
    expect(await outcomeOf()).toBeInstanceOf(DisposedError);
  });

  test('a call goes on in its own async context, and so do listeners', async () => {
    const storage = new AsyncLocalStorage<string>();
    const heard: unknown[] = [];
    const { clock, outcomeOf, policy } = under({ kind: 'latency', latencyMs: 500 }, () =>
      storage.getStore(),
    );
    policy.on('injected', () => heard.push(storage.getStore()));
    const calls = ['a', 'b'].map((name) => storage.run(name, () => outcomeOf()));
    await storage.run('clock', () => clock.advance(500));
    expect(await Promise.all(calls)).toEqual(['a', 'b']);
    expect(heard).toEqual(['a', 'b']);
  });

  test('a listener that throws changes nothing, and is reported', async () => {
    const failures: unknown[] = [];
    const { outcomeOf, policy } = under({
      kind: 'outcome',
      outcome: 'other',
      onListenerError: (error) => failures.push(error),
    });
    policy.on('injected', (_event: ChaosEvents['injected']) => {
      throw fault;
    });
    expect(await outcomeOf()).toBe('other');
    expect(failures).toEqual([fault]);
  });
});

test('X-R2 one clock is all that policies know of time: with it stand and move pauses, delays, latencies and limits', async () => {
  const clock = fakeClock();
  const slow = chaos({ clock, enabled: true, rate: 1, kind: 'latency', latencyMs: 3_600_000 });
  const seen: [number, string][] = [];
  const note = (what: string) => () => void seen.push([clock.now(), what]);
  const again = retry({
    clock,
    maxAttempts: 2,
    backoff: { baseMs: 7_200_000, capMs: 7_200_000, jitter: 'none' },
  });
  const second = hedge({ clock, idempotent: true, delayMs: 1_800_000 });
  const limit = timeout({ clock, timeoutMs: 5_400_000 });
  again.on('retry', note('retry'));
  second.on('hedged', note('hedged'));
  slow.on('injected', note('injected'));
  limit.on('timeout', note('timeout'));
  const serve = pipeline<Call, never>()
    .use(again)
    .use(second)
    .use(limit)
    .use(slow)
    .handle(() => pending<never>());
  const failed = Promise.resolve(serve({})).catch((error: unknown) => error);
  await clock.runAll();
  expect(await failed).toMatchObject({ code: 'TIMEOUT' });
  const hour = 3_600_000;
  const firstAttempt: [number, string][] = [
    [0, 'injected'],
    [0.5 * hour, 'hedged'],
    [0.5 * hour, 'injected'],
    [1.5 * hour, 'timeout'],
    [2 * hour, 'timeout'],
  ];
  const later = firstAttempt.map(([atMs, what]): [number, string] => [atMs + 4 * hour, what]);
  expect(seen.filter(([, what]) => what !== 'retry')).toEqual([...firstAttempt, ...later]);
  expect(seen.filter(([, what]) => what === 'retry')).toEqual([[2 * hour, 'retry']]);
  expect(clock.pending).toBe(0);
});

describe('looking after it', () => {
  test('it says how it is set', () => {
    expect(chaos({ kind: 'latency', latencyMs: 5, seed: 7, rate: 0.1 }).describe()).toEqual({
      policy: 'chaos',
      name: 'chaos',
      options: { enabled: false, rate: 0.1, kind: 'latency', latencyMs: 5, seed: 7 },
    });
  });

  test('an error is shown by what it says', () => {
    expect(chaos({ fault }).describe().options['fault']).toBe('Error: injected');
  });

  test('options that are wrong are refused in a sentence', () => {
    const make =
      (options: object): (() => unknown) =>
      () =>
        chaos(options);
    expect(make({ rate: 2 })).toThrow(
      'Expected `rate` to be a share from 0 to 1, got `2` (number).',
    );
    expect(make({ rate: '1' })).toThrow(TypeError);
    expect(make({ enabled: 'yes' })).toThrow('true, false or a function');
    expect(make({ kind: 'panic' })).toThrow("'fault', 'latency', 'outcome' or 'behaviour'");
    expect(make({ kind: 'toString' })).toThrow(TypeError);
    expect(make({ fault: 'no error' })).toThrow('an error or a function');
    for (const kind of ['latency', 'outcome', 'behaviour'] satisfies ChaosKind[]) {
      expect(make({ kind })).toThrow(`The kind '${kind}' needs`);
    }
    expect(make({ latencyMs: 5 })).toThrow(
      "`latencyMs` goes with the kind 'latency', not with 'fault'.",
    );
    expect(make({ kind: 'latency', latencyMs: 5, fault })).toThrow("with the kind 'fault'");
    expect(make({ kind: 'latency', latencyMs: -1 })).toThrow(RangeError);
    expect(make({ kind: 'latency', latencyMs: { minMs: 5, maxMs: 4 } })).toThrow(RangeError);
    expect(make({ kind: 'latency', latencyMs: { minMs: 5 } })).toThrow(TypeError);
    expect(make({ kind: 'latency', latencyMs: { min: 5 } })).toThrow('Did you mean "minMs"?');
    expect(make({ kind: 'behaviour', behaviour: 5 })).toThrow(TypeError);
    expect(make({ seed: -1 })).toThrow(RangeError);
    expect(make({ seed: 2 ** 32 })).toThrow('a whole number up to 4294967295');
    expect(make({ seed: 7, random: Math.random })).toThrow('Give `seed` or `random`, not both.');
    expect(make({ random: 5 })).toThrow(TypeError);
    expect(make({ ratio: 0.1 })).toThrow('Did you mean "rate"?');
    expect(() => chaos().reconfigure({ kind: 'latency' })).toThrow(
      '`kind` of "chaos" cannot change',
    );
  });
});
