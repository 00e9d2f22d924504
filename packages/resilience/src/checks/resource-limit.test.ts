/** memoryLimit and cpuLimit: above the limit new calls are refused, and those under way aborted if that is wanted. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { pipeline } from '@interpose/kernel';
import {
  type FakeClock,
  fakeClock,
  middlewareContract,
  pending,
  type Pending,
  settle,
} from '@interpose/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LoadShedError } from '../errors.ts';
import { fallback } from '../fallback.ts';
import { cpuLimit, cpuProbe } from './cpu-limit.ts';
import { memoryLimit, type MemoryLimit, type MemoryLimitOptions } from './memory-limit.ts';
import { outcomeOf } from '../../test-kit/outcome-of.ts';

interface Setting {
  readonly clock: FakeClock;
  readonly policy: MemoryLimit;
  /** What the probe gives from now on, and how often it was asked. */
  readonly memory: { used: unknown; asked: number };
  readonly events: { readonly type: string }[];
  readonly serve: (ctx?: object) => unknown;
  readonly rest: Pending<unknown>;
}

function setUp(
  options: Partial<MemoryLimitOptions> = {},
  answer?: (ctx: object) => unknown,
): Setting {
  const clock = fakeClock();
  const memory = { used: 0 as unknown, asked: 0 };
  const policy = memoryLimit({
    clock,
    maxMemoryMb: 100,
    probe: () => {
      memory.asked++;
      if (memory.used instanceof Error) throw memory.used;
      return memory.used as number;
    },
    ...options,
  });
  const events: Setting['events'] = [];
  policy.on('*', (event) => void events.push(event));
  const rest = pending<unknown>();
  const serve = pipeline<object, unknown>()
    .use(policy)
    .handle(answer ?? (() => rest));
  return { clock, policy, memory, events, rest, serve: (ctx = {}) => serve(ctx) };
}

describe('above the limit', () => {
  test('M-139 new calls are refused, and the rest is not asked', async () => {
    let asked = 0;
    const { serve, memory, policy, events, clock } = setUp({}, () => ++asked);
    memory.used = 100;
    expect(serve()).toBe(1);
    memory.used = 100.5;
    await clock.advance(1000);
    const error = await outcomeOf(serve);
    expect(error).toBeInstanceOf(LoadShedError);
    expect(error).toMatchObject({ code: 'LOAD_SHED', policy: 'memoryLimit', retryAfterMs: 1000 });
    expect(asked).toBe(1);
    expect(events).toMatchObject([{ type: 'rejected', used: 100.5, limit: 100 }]);
    expect(policy.state()).toEqual({ used: 100.5, running: 0, rejected: 1, aborted: 0 });
    memory.used = 99;
    await clock.advance(1000);
    expect(serve()).toBe(2);
  });

  test('M-139 by default the limit is 1024, and M-140 that of the CPU 80', () => {
    const probe = (): number => 0;
    expect(memoryLimit({ probe }).describe()).toEqual({
      policy: 'memoryLimit',
      name: 'memoryLimit',
      options: {
        maxMemoryMb: 1024,
        probe: '[function probe]',
        sampleMs: 1000,
        running: 'continue',
      },
    });
    expect(cpuLimit({ probe }).describe().options['maxCpuPercent']).toBe(80);
  });

  test.each([
    [1024, 'answered'],
    [1025, 'LOAD_SHED'],
  ])('M-139 with %d in use a call is %s', async (used, outcome) => {
    const serve = pipeline<object, string>()
      .use(memoryLimit({ probe: () => used }))
      .handle(() => 'answered');
    const said = await outcomeOf(() => serve({}));
    expect((said as { code?: string }).code ?? said).toBe(outcome);
  });

  test.each([
    [80, 'answered'],
    [80.1, 'LOAD_SHED'],
  ])('M-140 with %d per cent in use a call is %s', async (used, outcome) => {
    const serve = pipeline<object, string>()
      .use(cpuLimit({ probe: () => used }))
      .handle(() => 'answered');
    const said = await outcomeOf(() => serve({}));
    expect((said as { code?: string }).code ?? said).toBe(outcome);
  });

  test('a reading counts for a time, and no clock wakes anybody to read', async () => {
    const { serve, memory, clock } = setUp({ sampleMs: 50 }, () => 1);
    for (let call = 0; call < 10; call++) serve();
    expect(memory.asked).toBe(1);
    expect(clock.pending).toBe(0);
    await clock.advance(49);
    serve();
    expect(memory.asked).toBe(1);
    await clock.advance(1);
    serve();
    expect(memory.asked).toBe(2);
    const always = setUp({ sampleMs: 0 }, () => 1);
    always.serve();
    always.serve();
    expect(always.memory.asked).toBe(2);
  });

  test.each([[new Error('no such file')], [NaN], ['5'], [undefined]])(
    'X-R7 a probe that gives %s refuses nobody, and says so',
    (used) => {
      const { serve, memory, events, policy } = setUp({}, () => 1);
      memory.used = used;
      expect(serve()).toBe(1);
      expect(events).toMatchObject([
        { type: 'probeFailed', error: used instanceof Error ? used : { name: 'TypeError' } },
      ]);
      expect(policy.state().used).toBeUndefined();
    },
  );
});

describe('calls under way', () => {
  test('M-139 go on by default', async () => {
    const { serve, memory, clock, rest } = setUp();
    const call = serve();
    memory.used = 200;
    await clock.advance(5000);
    rest.resolve('done');
    expect(await call).toBe('done');
    expect(clock.pending).toBe(0);
  });

  test('M-139 M-140 can be aborted: the signal at once, the caller too, and what comes late is dropped', async () => {
    let seen: AbortSignal | undefined;
    const rest = pending<string>();
    const { serve, memory, clock, policy, events } = setUp({ running: 'abort' }, (ctx) => {
      seen = (ctx as { readonly signal: AbortSignal }).signal;
      return rest;
    });
    const failed = outcomeOf(serve);
    expect(policy.state().running).toBe(1);
    memory.used = 200;
    await clock.advance(1000);
    const error = await failed;
    expect(error).toBeInstanceOf(LoadShedError);
    expect(seen?.reason).toBe(error);
    expect(events).toMatchObject([{ type: 'aborted', used: 200, limit: 100, calls: 1 }]);
    expect(policy.state()).toMatchObject({ running: 0, aborted: 1 });
    rest.reject(new Error('late'));
    await settle();
    expect(clock.pending).toBe(0);
  });

  test('a call that has ended is aborted no more, and the probe is read only while calls run', async () => {
    const { serve, memory, clock, policy, events, rest } = setUp({ running: 'abort' });
    const call = serve();
    await clock.advance(3000);
    expect(memory.asked).toBe(4);
    rest.resolve('done');
    expect(await call).toBe('done');
    memory.used = 200;
    await clock.advance(3000);
    expect(memory.asked).toBe(4);
    expect([clock.pending, events, policy.state().running]).toEqual([0, [], 0]);
  });

  test('what is done about it further out is done in the async context of the call', async () => {
    const storage = new AsyncLocalStorage<string>();
    const { policy, rest, memory, clock } = setUp({ running: 'abort' });
    const serve = pipeline<object, unknown>()
      .use(fallback({ fallback: () => storage.getStore() }))
      .use(policy)
      .handle(() => rest);
    const calls = ['one', 'two'].map((name) => storage.run(name, async () => serve({})));
    memory.used = 200;
    await clock.advance(1000);
    expect(await Promise.all(calls)).toEqual(['one', 'two']);
  });

  test('a stream counts until its end; then its signal is all that is aborted', async () => {
    async function* numbers(): AsyncGenerator<number> {
      yield 1;
      yield 2;
    }
    let signal: AbortSignal | undefined;
    const { serve, memory, clock, policy } = setUp({ running: 'abort' }, (ctx) => {
      ({ signal } = ctx as { readonly signal: AbortSignal });
      return numbers();
    });
    const stream = (await serve()) as AsyncGenerator<number>;
    expect(policy.state().running).toBe(1);
    await stream.next();
    memory.used = 200;
    await clock.advance(1000);
    expect(signal?.aborted).toBe(true);
    expect(await stream.next()).toEqual({ value: 2, done: false });
    memory.used = 0;
    await clock.advance(1000);
    for await (const _one of (await serve()) as AsyncIterable<number>);
    expect(policy.state().running).toBe(0);
  });

  test('synchronous stays synchronous', () => {
    const { serve, policy } = setUp({ running: 'abort' }, () => 7);
    expect(serve()).toBe(7);
    expect(policy.state().running).toBe(0);
  });

  test('once disposed of it refuses new calls, and those under way go on', async () => {
    const { serve, policy, rest, clock } = setUp({ running: 'abort' });
    const call = serve();
    policy[Symbol.dispose]();
    expect(clock.pending).toBe(0);
    expect(await outcomeOf(serve)).toMatchObject({ code: 'DISPOSED' });
    rest.resolve('done');
    expect(await call).toBe('done');
  });
});

test('reconfigure counts from the next call on, all or nothing; reset forgets what was counted', async () => {
  const { serve, memory, policy } = setUp({}, () => 1);
  memory.used = 150;
  expect(await outcomeOf(serve)).toBeInstanceOf(LoadShedError);
  expect(() => policy.reconfigure({ maxMemoryMb: 200, sampleMs: -1 })).toThrow(RangeError);
  expect(await outcomeOf(serve)).toBeInstanceOf(LoadShedError);
  policy.reconfigure({ maxMemoryMb: 200 });
  expect(serve()).toBe(1);
  policy.reconfigure({ probe: () => 300 });
  expect(await outcomeOf(serve)).toBeInstanceOf(LoadShedError);
  expect(policy.state().rejected).toBe(3);
  policy.reset();
  expect(policy.state().rejected).toBe(0);
});

test('property: a call is let through exactly if the reading in force is not above the limit', async () => {
  const step = fc.oneof(
    fc.record({ use: fc.integer({ min: 0, max: 200 }) }),
    fc.record({ wait: fc.integer({ min: 1, max: 150 }) }),
    fc.constant('call' as const),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const { serve, memory, clock } = setUp({ sampleMs: 100 }, () => 'through');
      let now = 0;
      let used = 0;
      let reading: { at: number; used: number } | undefined;
      for (const one of steps) {
        if (one === 'call') {
          if (!reading || now - reading.at >= 100) reading = { at: now, used };
          const said = await outcomeOf(serve);
          if (reading.used <= 100) expect(said).toBe('through');
          else
            expect(said).toMatchObject({ code: 'LOAD_SHED', retryAfterMs: reading.at + 100 - now });
        } else if ('use' in one) memory.used = used = one.use;
        else {
          now += one.wait;
          await clock.advance(one.wait);
        }
      }
    }),
  );
});

describe('cpuProbe', () => {
  test('M-140 gives how much of one processor was in use since it was asked last', async () => {
    const clock = fakeClock();
    const usage = { user: 5_000_000, system: 0 };
    const probe = cpuProbe({ clock, usage: () => usage });
    expect(probe()).toBe(0);
    await clock.advance(1000);
    usage.user += 300_000;
    usage.system += 200_000;
    expect(probe()).toBe(50);
    expect(probe()).toBe(50);
    await clock.advance(500);
    usage.user += 1_000_000;
    expect(probe()).toBe(200);
    await clock.advance(500);
    expect(probe()).toBe(0);
  });

  test('reads what Node gives', () => {
    const limit = cpuLimit({
      maxCpuPercent: 1e9,
      probe: cpuProbe({ usage: () => process.cpuUsage() }),
    });
    expect(
      pipeline<object, number>()
        .use(limit)
        .handle(() => 1)({}),
    ).toBe(1);
    expect(limit.state().used).toBe(0);
  });
});

test('options that are wrong are refused in a sentence', () => {
  const probe = (): number => 0;
  expect(() => memoryLimit({} as never)).toThrow('Expected `probe` to be a function');
  expect(() => memoryLimit({ probe, maxMemoryMb: 0 })).toThrow(
    'Expected `maxMemoryMb` to be a number above 0, got `0` (number).',
  );
  expect(() => memoryLimit({ probe, maxMemoryMb: '5' } as never)).toThrow(TypeError);
  expect(() => cpuLimit({ probe, maxCpuPercent: NaN })).toThrow(RangeError);
  expect(() => cpuLimit({ probe, maxCpuPercents: 5 } as never)).toThrow(
    'Did you mean "maxCpuPercent"?',
  );
  expect(() => cpuLimit({ probe, sampleMs: -1 })).toThrow(RangeError);
  expect(() => cpuLimit({ probe, running: 'stop' } as never)).toThrow(`'continue' or 'abort'`);
  expect(() => cpuProbe({} as never)).toThrow('Expected `usage` to be a function');
  expect(() => cpuProbe({ usage: 1 } as never)).toThrow(TypeError);
});

describe('the laws of middleware', () => {
  const probe = (): number => 0;
  const laws = [
    ...middlewareContract(({ clock }) => memoryLimit({ clock, probe }), {
      sync: true,
      heedsSignal: true,
    }),
    ...middlewareContract(({ clock }) => cpuLimit({ clock, probe, running: 'abort' }), {
      sync: true,
      changesContext: true,
    }),
  ];
  test.each(laws.map((law) => [law.name, law.check] as const))('%s', async (_, check) => check());
});
