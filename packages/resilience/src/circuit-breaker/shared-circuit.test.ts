/** Tests of circuits that processes share: what each learns of the others, and what happens when the store does not do its part. */
import { type Awaitable, pipeline } from '@interpose/kernel';
import { type FakeClock, fakeClock, pending, type Pending, settle } from '@interpose/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CircuitBreakerOptions } from './breaker-options.ts';
import { circuitBreaker } from './circuit-breaker.ts';
import type { CircuitRecord, CircuitStore } from './circuit-store.ts';
import { memoryCircuitStore } from './memory-circuit-store.ts';

interface Ask {
  readonly fails: boolean;
  readonly waits?: Promise<string>;
}

/** One process. */
function worker(store: CircuitStore, clock: FakeClock, options: CircuitBreakerOptions = {}) {
  const breaker = circuitBreaker({
    trip: { kind: 'consecutive', failures: 2 },
    name: 'orders',
    store,
    clock,
    ...options,
  });
  const events: unknown[] = [];
  breaker.on('*', ({ policy: _name, atMs: _at, ...event }) => events.push(event));
  const serve = pipeline<Ask, string>()
    .use(breaker)
    .handle(({ fails, waits }) => {
      if (fails) throw new Error('down');
      return waits ?? 'ok';
    });
  /** The outcome of a call: its value or the code of its error. */
  const ask = (fails = false): unknown => {
    try {
      return serve({ fails });
    } catch (error) {
      return (error as { code?: string }).code ?? (error as Error).message;
    }
  };
  const state = (): string => breaker.state().state;
  const types = (): unknown[] => events.map((event) => (event as { type: string }).type);
  return { breaker, events, types, serve, ask, state };
}

/** A store in which every operation ends when, and as, the test says. */
function slowStore() {
  const asked: {
    readonly operation: 'read' | 'write';
    readonly written?: CircuitRecord;
    readonly answer: Pending<CircuitRecord | undefined>;
  }[] = [];
  const store: CircuitStore = {
    read() {
      const answer = pending<CircuitRecord | undefined>();
      asked.push({ operation: 'read', answer });
      return answer;
    },
    compareAndSet(_key, _expected, written) {
      const answer = pending<CircuitRecord | undefined>();
      asked.push({ operation: 'write', written, answer });
      return answer;
    },
  };
  return { store, asked };
}

const record = (changes: Partial<CircuitRecord>): CircuitRecord => ({
  version: 1,
  generation: 1,
  state: 'open',
  openings: 1,
  openUntilMs: 0,
  ...changes,
});

describe('a shared circuit', () => {
  test('P-28 that opens in one process is open in the others when they next read, and closes in all', () => {
    const clock = fakeClock();
    const store = memoryCircuitStore();
    const [one, other] = [worker(store, clock), worker(store, clock)];
    expect([one.ask(), other.ask()]).toEqual(['ok', 'ok']);
    one.ask(true);
    one.ask(true);
    clock.advanceSync(999);
    expect(other.ask()).toBe('ok');
    clock.advanceSync(1);
    expect(other.ask()).toBe('CIRCUIT_OPEN');
    expect(other.breaker.state()).toMatchObject({ state: 'open', openUntilMs: 5000, openings: 1 });
    expect(other.events).toMatchObject([
      { type: 'opened', reason: 'shared', openMs: 4000 },
      { type: 'rejected' },
    ]);

    clock.advanceSync(4000);
    expect(one.ask()).toBe('ok');
    expect(one.state()).toBe('closed');
    // It finds the circuit closed in the store before it puts a call on trial.
    expect(other.ask(true)).toBe('down');
    expect(other.state()).toBe('closed');
    expect(other.types()).toEqual(['opened', 'rejected', 'halfOpened', 'closed']);
    // Who has heard it does not tell it again.
    expect(store.read('orders')).toMatchObject({ generation: 2, state: 'closed' });
  });

  test('P-28 counts are its own: each process opens it by what it has seen itself', () => {
    const clock = fakeClock();
    const store = memoryCircuitStore();
    const [one, other] = [worker(store, clock), worker(store, clock)];
    one.ask(true);
    other.ask(true);
    clock.advanceSync(1000);
    expect([one.ask(), other.ask()]).toEqual(['ok', 'ok']);
  });

  test('P-28 of two that turn at once the first one counts, and the other stands as it does', () => {
    const store = memoryCircuitStore();
    // Their clocks began at different times, and the walls differ by 20 ms.
    const [oneClock, otherClock] = [
      fakeClock(),
      fakeClock({ startMs: 500, wallMs: fakeClock().wall() + 20 }),
    ];
    const one = worker(store, oneClock, { openMs: 3000 });
    const other = worker(store, otherClock, { openMs: 4000 });
    for (const { ask } of [one, other, one, other]) ask(true);
    expect(one.breaker.state().openUntilMs).toBe(3000);
    expect(other.breaker.state().openUntilMs).toBe(500 + 3000 - 20);
    expect(store.read('orders')).toMatchObject({ generation: 1, state: 'open', openings: 1 });
  });

  test('is half-open in each process by itself, and a failure on trial opens it for longer in all', () => {
    const clock = fakeClock();
    const store = memoryCircuitStore();
    const [one, other] = [worker(store, clock), worker(store, clock)];
    one.ask(true);
    one.ask(true);
    clock.advanceSync(1000);
    other.ask();
    clock.advanceSync(4000);
    expect([one.state(), other.state()]).toEqual(['half-open', 'half-open']);
    one.ask(true);
    expect(other.ask()).toBe('CIRCUIT_OPEN');
    expect(other.breaker.state()).toMatchObject({ openUntilMs: 15_000, openings: 2 });
  });

  test('that was open elsewhere, and is so no longer, does not disturb a call on trial', async () => {
    const clock = fakeClock();
    const store = memoryCircuitStore();
    const { breaker, serve, ask } = worker(store, clock);
    breaker.open();
    clock.advanceSync(6000);
    void serve({ fails: false, waits: pending<string>() });
    void store.compareAndSet('orders', 1, record({ generation: 2, openings: 3 }));
    clock.advanceSync(1000);
    await expect(ask()).rejects.toMatchObject({ code: 'CIRCUIT_OPEN', state: 'half-open' });
    expect(breaker.state()).toMatchObject({ state: 'half-open', onTrial: 1, openings: 3 });
  });

  test('open() and close() hold for all, isolate() for this process only', () => {
    const clock = fakeClock();
    const store = memoryCircuitStore();
    const [one, other] = [worker(store, clock), worker(store, clock)];
    one.breaker.isolate();
    clock.advanceSync(1000);
    expect(other.ask()).toBe('ok');
    one.breaker.open();
    clock.advanceSync(1000);
    expect(other.ask()).toBe('CIRCUIT_OPEN');
    one.breaker.close();
    clock.advanceSync(1000);
    expect(other.ask()).toBe('ok');
    expect(one.ask()).toBe('CIRCUIT_ISOLATED');
  });

  test('reset closes it for all', () => {
    const clock = fakeClock();
    const store = memoryCircuitStore();
    const [one, other] = [worker(store, clock), worker(store, clock)];
    one.breaker.open();
    other.ask();
    other.breaker.reset();
    clock.advanceSync(1000);
    expect(one.ask()).toBe('ok');
  });

  test('a process that starts finds it open', () => {
    const clock = fakeClock();
    const store = memoryCircuitStore();
    worker(store, clock).breaker.open();
    expect(worker(store, clock).ask()).toBe('CIRCUIT_OPEN');
    clock.advanceSync(5000);
    const late = worker(store, clock);
    expect(late.ask(true)).toBe('down');
    expect(late.breaker.state()).toMatchObject({ state: 'open', openings: 2 });
  });

  test('an open time far in the future is cut to the longest there may be', () => {
    const clock = fakeClock();
    const store = memoryCircuitStore();
    void store.compareAndSet('orders', 0, record({ openUntilMs: clock.wall() + 1e9 }));
    const { ask, breaker } = worker(store, clock);
    expect(ask()).toBe('CIRCUIT_OPEN');
    expect(breaker.state().openUntilMs).toBe(60_000);
  });

  test('has the key that it is given, else its name', () => {
    const clock = fakeClock();
    const store = memoryCircuitStore();
    worker(store, clock, { storeKey: 'db' }).breaker.open();
    expect(store.read('db')).toBeDefined();
    expect(store.read('orders')).toBeUndefined();
    expect(worker(store, clock).ask()).toBe('ok');
    expect(worker(store, clock, { name: 'other', storeKey: 'db' }).ask()).toBe('CIRCUIT_OPEN');
  });

  test('says in its description how it is shared, and lets that be changed', () => {
    const clock = fakeClock();
    let reads = 0;
    const memory = memoryCircuitStore();
    const store = { ...memory, read: (key: string) => (reads++, memory.read(key)) };
    const { breaker, ask } = worker(store, clock);
    const sharing = { storeKey: 'orders', storeTimeoutMs: 50, storeRefreshMs: 1000 };
    expect(breaker.describe().options).toMatchObject(sharing);
    expect(circuitBreaker().describe().options).not.toHaveProperty('storeKey');
    breaker.reconfigure({ storeRefreshMs: 0 });
    ask();
    ask();
    expect(reads).toBe(2);
    expect(() => breaker.reconfigure({ store })).toThrow('`store` of "orders" cannot change');
  });
});

describe('a store that is slow', () => {
  test('holds up no call; what it says in time counts from then on', async () => {
    const clock = fakeClock();
    const { store, asked } = slowStore();
    const { ask, state } = worker(store, clock);
    expect(ask()).toBe('ok');
    expect(ask()).toBe('ok');
    expect(asked.map(({ operation }) => operation)).toEqual(['read']);
    asked[0]?.answer.resolve(record({ openUntilMs: clock.wall() + 3000 }));
    await settle();
    expect(state()).toBe('open');
    expect(ask()).toBe('CIRCUIT_OPEN');
    expect(clock.pending).toBe(0);
  });

  test('is waited for no longer than it may take; then this process decides alone, and says so', async () => {
    const clock = fakeClock();
    const { store, asked } = slowStore();
    const { ask, state, events } = worker(store, clock, { storeTimeoutMs: 20 });
    ask();
    await clock.advance(19);
    expect(events).toEqual([]);
    await clock.advance(1);
    expect(events).toMatchObject([
      {
        type: 'storeFailed',
        operation: 'read',
        error: { message: 'There was no answer within 20 ms.' },
      },
    ]);
    asked[0]?.answer.resolve(record({ openUntilMs: clock.wall() + 3000 }));
    await settle();
    expect(state()).toBe('closed');
    expect(ask()).toBe('ok');
  });

  test('is asked one thing at a time, however often it is to be asked', async () => {
    const clock = fakeClock();
    const { store, asked } = slowStore();
    const { ask } = worker(store, clock, { storeRefreshMs: 0 });
    for (let call = 0; call < 5; call++) ask();
    expect(asked).toHaveLength(1);
    asked[0]?.answer.resolve(undefined);
    await settle();
    ask();
    expect(asked).toHaveLength(2);
  });

  test('its timer keeps no process alive', async () => {
    const { store } = slowStore();
    const breaker = circuitBreaker({ store, storeTimeoutMs: 60_000 });
    const serve = pipeline<object, number>()
      .use(breaker)
      .handle(() => 1);
    const held = (): number =>
      process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = held();
    serve({});
    expect(held()).toBe(before);
    breaker[Symbol.dispose]();
  });

  test('is told one thing after the other, and of several turns the last', async () => {
    const clock = fakeClock();
    const { store, asked } = slowStore();
    const { breaker } = worker(store, clock);
    breaker.open();
    breaker.close();
    breaker.open();
    breaker.close();
    expect(asked).toHaveLength(1);
    asked[0]?.answer.resolve(asked[0].written);
    await settle();
    expect(asked.map(({ written }) => [written?.generation, written?.state])).toEqual([
      [1, 'open'],
      [2, 'closed'],
    ]);
    asked[1]?.answer.resolve(asked[1].written);
    await settle();
    expect(asked).toHaveLength(2);
    expect(breaker.state().state).toBe('closed');
  });

  test('may answer after it was given up, and is then read', async () => {
    const clock = fakeClock();
    const { store, asked } = slowStore();
    const { breaker, ask, events } = worker(store, clock);
    breaker.open();
    await clock.advance(50);
    expect(events.at(-1)).toMatchObject({ type: 'storeFailed', operation: 'write' });
    ask();
    asked[1]?.answer.resolve(asked[0]?.written);
    await settle();
    expect(asked).toHaveLength(2);
    expect(breaker.state()).toMatchObject({ state: 'open', openUntilMs: 5000 });
  });

  test('once disposed of, nobody waits for it', async () => {
    const clock = fakeClock();
    const { store, asked } = slowStore();
    const { breaker, ask, events, state } = worker(store, clock);
    ask();
    breaker[Symbol.dispose]();
    asked[0]?.answer.resolve(record({ openUntilMs: clock.wall() + 3000 }));
    await clock.advance(1000);
    expect([state(), events]).toEqual(['closed', []]);
    breaker.open();
    expect(asked).toHaveLength(1);
  });

  test('once disposed of, nothing is told', () => {
    const store = memoryCircuitStore();
    const { breaker } = worker(store, fakeClock());
    breaker[Symbol.dispose]();
    breaker.open();
    expect(store.read('orders')).toBeUndefined();
  });
});

describe('a store that fails', () => {
  const broken = new Error('store down');
  const failing: readonly (readonly [string, () => Awaitable<never>])[] = [
    [
      'by a throw',
      () => {
        throw broken;
      },
    ],
    ['by a rejection', async () => Promise.reject(broken)],
  ];

  test.each(failing)('%s leaves each process to itself, and says so', async (_, fail) => {
    const clock = fakeClock();
    const { ask, events, breaker } = worker({ read: fail, compareAndSet: fail }, clock);
    expect([ask(true), ask(true), ask()]).toEqual(['down', 'down', 'CIRCUIT_OPEN']);
    await clock.advance(5000);
    expect(ask()).toBe('ok');
    await settle();
    expect(breaker.state()).toMatchObject({ state: 'closed', failed: 2, succeeded: 1 });
    const failed = events.filter((event) => (event as { type: string }).type === 'storeFailed');
    expect(failed).toContainEqual({ type: 'storeFailed', operation: 'read', error: broken });
    expect(failed.every((event) => (event as { error: unknown }).error === broken)).toBe(true);
    expect(clock.pending).toBe(0);
  });

  test('is told what it has missed when it works again', async () => {
    const clock = fakeClock();
    const memory = memoryCircuitStore();
    let works = false;
    const working = <T>(act: () => Awaitable<T>): Awaitable<T> => {
      if (!works) throw broken;
      return act();
    };
    const store: CircuitStore = {
      read: (key) => working(() => memory.read(key)),
      compareAndSet: (...parts) => working(() => memory.compareAndSet(...parts)),
    };
    const [one, other] = [worker(store, clock), worker(store, clock)];
    one.ask(true);
    one.ask(true);
    works = true;
    clock.advanceSync(1000);
    expect(memory.read('orders')).toBeUndefined();
    expect(one.ask()).toBe('CIRCUIT_OPEN');
    expect(memory.read('orders')).toMatchObject({ state: 'open', generation: 1 });
    expect(other.ask()).toBe('CIRCUIT_OPEN');
  });

  test('to take what it is told is not believed either: what is known already is no news', () => {
    const clock = fakeClock();
    const memory = memoryCircuitStore();
    let writes = true;
    const store: CircuitStore = {
      read: (key) => memory.read(key),
      compareAndSet(...parts) {
        if (!writes) throw broken;
        return memory.compareAndSet(...parts);
      },
    };
    const { breaker, ask, state } = worker(store, clock);
    breaker.open();
    writes = false;
    breaker.close();
    clock.advanceSync(1000);
    expect([ask(), state()]).toEqual(['ok', 'closed']);
    writes = true;
    clock.advanceSync(1000);
    expect([ask(), state()]).toEqual(['ok', 'closed']);
    expect(memory.read('orders')).toMatchObject({ state: 'closed', generation: 2 });
  });

  test('by forgetting is told again', () => {
    const clock = fakeClock();
    const first = memoryCircuitStore();
    let memory = first;
    const store: CircuitStore = {
      read: (key) => memory.read(key),
      compareAndSet: (...parts) => memory.compareAndSet(...parts),
    };
    const { breaker, ask, types } = worker(store, clock);
    breaker.open();
    breaker.close();
    memory = memoryCircuitStore();
    breaker.open();
    expect(memory.read('orders')).toBeUndefined();
    clock.advanceSync(1000);
    ask();
    expect(types()).not.toContain('storeFailed');
    expect(memory.read('orders')).toMatchObject({ generation: 1, state: 'open' });
  });

  test.each<[unknown, string]>([
    ['open', 'Expected `record` to be a record of a circuit, got `open` (string).'],
    [record({ version: 2 as never }), 'Expected `record.version` to be 1, got `2` (number).'],
    [record({ state: 'half-open' as never }), "Expected `record.state` to be 'open' or 'closed'"],
    [record({ generation: 0 }), 'Expected `record.generation` to be a whole number, 1 or more'],
    [record({ openings: 1.5 }), 'Expected `record.openings` to be a whole number, 0 or more'],
    [record({ openUntilMs: Infinity }), 'Expected `record.openUntilMs` to be a whole number'],
  ])('by answering %j is not believed', (answer, sentence) => {
    const nonsense = (): never => answer as never;
    const clock = fakeClock();
    const { ask, events } = worker({ read: nonsense, compareAndSet: nonsense }, clock);
    expect(ask()).toBe('ok');
    expect(events).toMatchObject([{ type: 'storeFailed', operation: 'read' }]);
    expect((events[0] as { error: Error }).error.message).toContain(sentence);
  });
});

type Step =
  | { readonly do: 'ask'; readonly at: number; readonly fails: boolean }
  | { readonly do: 'open' | 'close'; readonly at: number }
  | { readonly do: 'tick'; readonly ms: number }
  | { readonly do: 'store'; readonly works: boolean };

test('law: whatever has happened, all stand alike once the store works and each has asked twice', () => {
  const at = fc.nat(2);
  const steps: fc.Arbitrary<Step[]> = fc.array(
    fc.oneof(
      fc.record({ do: fc.constant('ask' as const), at, fails: fc.boolean() }),
      fc.record({ do: fc.constantFrom('open' as const, 'close' as const), at }),
      fc.constantFrom(0, 10, 500, 1000, 4000).map((ms) => ({ do: 'tick' as const, ms })),
      fc.boolean().map((works) => ({ do: 'store' as const, works })),
    ),
    { maxLength: 60, size: 'max' },
  );
  fc.assert(
    fc.property(steps, (steps) => {
      const clock = fakeClock();
      const memory = memoryCircuitStore();
      let works = true;
      const working = <T>(act: () => T): T => {
        if (!works) throw new Error('store down');
        return act();
      };
      const store: CircuitStore = {
        read: (key) => working(() => memory.read(key)),
        compareAndSet: (...parts) => working(() => memory.compareAndSet(...parts)),
      };
      const workers = [0, 1, 2].map(() => worker(store, clock));
      for (const step of steps) {
        if (step.do === 'ask') workers[step.at]?.ask(step.fails);
        else if (step.do === 'tick') clock.advanceSync(step.ms);
        else if (step.do === 'store') works = step.works;
        else workers[step.at]?.breaker[step.do]();
      }
      works = true;
      for (let round = 0; round < 2; round++) {
        clock.advanceSync(1000);
        for (const { ask } of workers) ask();
      }
      const untils = workers.map(({ breaker }) => breaker.state().openUntilMs);
      expect(new Set(untils).size).toBe(1);
      expect(new Set(workers.map(({ state }) => state())).size).toBe(1);
    }),
    { numRuns: 500 },
  );
});
