/** timing, metrics and their registry: right figures however a call ends, and never more of them than there may be. */
import { type Awaitable, pipeline, wrap } from '@interpose/kernel';
import { fakeClock, middlewareContract, pending, settle } from '@interpose/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Meter } from './meter.ts';
import { metrics, type MetricsOptions } from './metrics.ts';
import { type MetricsRegistry, metricsRegistry } from './metrics-registry.ts';
import { type Timed, timing } from './timing.ts';
import { outcomeOf } from '../../test-kit/outcome-of.ts';

async function* numbers(error?: unknown): AsyncGenerator<number> {
  yield 1;
  if (error) throw error;
  yield 2;
}

describe('timing', () => {
  test('M-122 puts the seconds that the rest took on the context of the caller', async () => {
    const clock = fakeClock();
    const rest = pending<string>();
    const serve = pipeline<Timed, string>()
      .use(timing({ clock }))
      .handle(() => rest);
    const ctx: Timed = {};
    const call = serve(ctx);
    await clock.advance(1500);
    expect(ctx.timing).toBeUndefined();
    rest.resolve('done');
    expect(await call).toBe('done');
    expect(ctx.timing).toBe(1.5);
  });

  test.each([
    ['throws', false],
    ['rejects', true],
  ])('M-122 also when the rest %s', async (_, later) => {
    const clock = fakeClock();
    const serve = pipeline<Timed, string>()
      .use(timing({ clock }))
      .handle(() => {
        const fail = (): never => {
          throw new Error('boom');
        };
        return later ? clock.advance(250).then(fail) : fail();
      });
    const ctx: Timed = {};
    expect(await outcomeOf(() => serve(ctx))).toMatchObject({ message: 'boom' });
    expect(ctx.timing).toBe(later ? 0.25 : 0);
  });

  test('M-122 is not misled by a clock of the wall that is set back', async () => {
    const clock = fakeClock();
    const wall = { ...clock, wall: () => -1e12 };
    const serve = pipeline<Timed, Promise<void> | undefined>({ answersNothing: true })
      .use(timing({ clock: wall }))
      .handle(() => clock.advance(10) as never);
    const ctx: Timed = {};
    await serve(ctx);
    expect(ctx.timing).toBe(0.01);
  });

  test('a stream takes until it has been read', async () => {
    const clock = fakeClock();
    const serve = pipeline<Timed, AsyncGenerator<number>>()
      .use(timing({ clock }))
      .handle(() => numbers());
    const ctx: Timed = {};
    const stream = (await serve(ctx)) as AsyncGenerator<number>;
    await clock.advance(100);
    await stream.next();
    expect(ctx.timing).toBeUndefined();
    await stream.return(undefined);
    expect(ctx.timing).toBe(0.1);
  });

  test('X-R7 a context that cannot be written to stops nobody', () => {
    const failures: unknown[] = [];
    const serve = pipeline<Timed, number>()
      .use(timing({ onFailure: (error) => void failures.push(error) }))
      .handle(() => 1);
    expect(serve(Object.freeze({}))).toBe(1);
    expect(failures).toEqual([expect.any(TypeError)]);
  });

  test('X-R7 neither does a clock that fails', () => {
    const failures: unknown[] = [];
    const clock = {
      ...fakeClock(),
      now: () => {
        throw new Error('clock');
      },
    };
    const serve = pipeline<Timed, number>()
      .use(timing({ clock, onFailure: (error) => void failures.push(error) }))
      .handle(() => 1);
    expect(serve({})).toBe(1);
    expect(failures.map(String)).toEqual(['Error: clock']);
    expect(() => timing({ clok: 1 } as never)).toThrow('Did you mean "clock"?');
  });
});

function counted(options: Partial<MetricsOptions> = {}): {
  readonly meter: MetricsRegistry;
  readonly serve: (ctx: object, answer: () => unknown) => Awaitable<unknown>;
  readonly figures: () => Record<string, number>;
} {
  const meter = metricsRegistry();
  let answer: () => unknown = () => 1;
  const run = pipeline<object, unknown>({ answersNothing: true })
    .use(metrics({ meter, ...options }))
    .handle(() => answer());
  const figures = (): Record<string, number> =>
    Object.fromEntries(
      meter
        .read()
        .map(({ name, labels, value, count }) => [
          [name, ...Object.values(labels)].join(' '),
          count ?? value,
        ]),
    );
  return {
    meter,
    figures,
    serve(ctx, next) {
      answer = next;
      return run(ctx);
    },
  };
}

describe('metrics', () => {
  test('M-123 counts by function and status, and measures how long', async () => {
    const clock = fakeClock();
    const { serve, meter, figures } = counted({ clock });
    await serve({ funcName: 'pay' }, () => clock.advance(30));
    await serve({ funcName: 'pay' }, () => clock.advance(700));
    await outcomeOf(() => serve({ funcName: 'pay' }, () => Promise.reject(new Error('boom'))));
    await outcomeOf(() =>
      serve({}, () => {
        throw new Error('boom');
      }),
    );
    expect(figures()).toEqual({
      mware_active_requests: 0,
      'mware_requests_total pay success': 2,
      'mware_requests_total pay error': 1,
      'mware_requests_total unknown success': 0,
      'mware_requests_total unknown error': 1,
      'mware_request_duration_seconds pay': 3,
      'mware_request_duration_seconds unknown': 1,
    });
    expect(meter.prometheus()).toContain(
      'mware_request_duration_seconds_sum{function="pay"} 0.73\n',
    );
  });

  test('M-123 the gauge of calls under way goes down on errors of both kinds', async () => {
    const { serve, figures } = counted();
    const rest = pending<never>();
    const call = outcomeOf(() => serve({}, () => rest));
    expect(figures()['mware_active_requests']).toBe(1);
    await outcomeOf(() =>
      serve({}, () => {
        throw new Error('at once');
      }),
    );
    expect(figures()['mware_active_requests']).toBe(1);
    rest.reject(new Error('later'));
    await call;
    expect(figures()['mware_active_requests']).toBe(0);
  });

  test.each([
    [
      'read to its end',
      async (stream: AsyncGenerator<number>) => {
        for await (const _one of stream);
      },
      undefined,
      'success',
    ],
    [
      'given up',
      (stream: AsyncGenerator<number>) => stream.return(undefined),
      undefined,
      'success',
    ],
    [
      'failed',
      async (stream: AsyncGenerator<number>) => {
        for await (const _one of stream);
      },
      new Error('x'),
      'error',
    ],
  ])('M-123 a stream is under way until it was %s', async (_, read, error, status) => {
    const { serve, figures } = counted();
    const stream = (await serve({}, () => numbers(error))) as AsyncGenerator<number>;
    expect(figures()['mware_active_requests']).toBe(1);
    expect(figures()[`mware_requests_total unknown ${status}`]).toBe(0);
    await outcomeOf(() => read(stream));
    expect(figures()['mware_active_requests']).toBe(0);
    expect(figures()[`mware_requests_total unknown ${status}`]).toBe(1);
  });

  test('M-123 names begin as they are told, and functions are called as they are told', () => {
    const { serve, figures } = counted({ prefix: 'shop_', name: 'all' });
    serve({ funcName: 'pay' }, () => 1);
    expect(figures()).toMatchObject({
      'shop_requests_total all success': 1,
      shop_active_requests: 0,
    });
  });

  test('X-R5 a caller who makes up names does not fill the memory', () => {
    const { serve, meter } = counted();
    for (let call = 0; call < 3000; call++) serve({ funcName: `f${call}` }, () => 1);
    const requests = meter.read().filter(({ name }) => name === 'mware_requests_total');
    expect(requests.length).toBeLessThanOrEqual(1001);
    expect(requests.reduce((sum, { value }) => sum + value, 0)).toBe(3000);
  });

  test('X-R7 a meter that fails changes nothing', async () => {
    const broken = {
      add() {
        throw new Error('meter');
      },
      set() {},
      record() {},
    };
    const series = { of: () => broken };
    const meter = { counter: () => series, gauge: () => series, histogram: () => series } as Meter;
    const failures: unknown[] = [];
    const serve = pipeline<object, number>()
      .use(metrics({ meter, onFailure: (error) => void failures.push(error) }))
      .handle(() => 1);
    expect(serve({})).toBe(1);
    expect(failures.map(String)).toEqual(['Error: meter']);
  });

  test('works round plain functions, by their names', async () => {
    const meter = metricsRegistry();
    const add = wrap((one: number, two: number) => one + two, metrics({ meter }));
    expect(add(1, 2)).toBe(3);
    expect(meter.prometheus()).toContain(
      'mware_requests_total{function="anonymous",status="success"} 1',
    );
  });

  test('property: as many calls under way as have begun and not ended, and each counted once', async () => {
    const act = fc.oneof(
      fc.constantFrom('start', 'startStream'),
      fc.record({ end: fc.nat(), how: fc.constantFrom('resolve', 'reject') }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 30 }), async (acts) => {
        const { serve, figures } = counted();
        const open: ((how: string) => Promise<void>)[] = [];
        const ended = { success: 0, error: 0 };
        for (const one of acts) {
          if (one === 'start') {
            const rest = pending<number>();
            const call = outcomeOf(() => serve({}, () => rest));
            open.push(async (how) => {
              if (how === 'resolve') rest.resolve(1);
              else rest.reject(new Error('x'));
              await call;
            });
          } else if (one === 'startStream') {
            const end = pending<void>();
            const lines = async function* (): AsyncGenerator<number> {
              await end;
              yield 1;
            };
            const stream = (await serve({}, lines)) as AsyncGenerator<number>;
            open.push(async (how) => {
              if (how === 'resolve') end.resolve();
              else end.reject(new Error('x'));
              await outcomeOf(async () => {
                for await (const _one of stream);
              });
            });
          } else if (open.length > 0) {
            const [finish] = open.splice(one.end % open.length, 1);
            await finish?.(one.how);
            ended[one.how === 'resolve' ? 'success' : 'error']++;
          }
          const now = figures();
          expect(now['mware_active_requests']).toBe(open.length);
          expect(now['mware_requests_total unknown success'] ?? 0).toBe(ended.success);
          expect(now['mware_requests_total unknown error'] ?? 0).toBe(ended.error);
        }
        await settle();
      }),
      { numRuns: 50 },
    );
  });

  test('options that are wrong are refused in a sentence', () => {
    const meter = metricsRegistry();
    expect(() => metrics({} as never)).toThrow('Expected `meter` to be a meter');
    expect(() => metrics({ meter, prefix: 5 } as never)).toThrow('Expected `prefix` to be a text');
    expect(() => metrics({ meter, prefix: 'my app ' })).toThrow('the name of a metric');
    expect(() => metrics({ meter, name: 5 } as never)).toThrow('Expected `name`');
    expect(() => metrics({ meter: metricsRegistry(), bucketsSeconds: [2, 1] })).toThrow(
      'numbers that rise',
    );
    expect(() => metrics({ meter, metre: 1 } as never)).toThrow('Did you mean "meter"?');
  });
});

describe('metricsRegistry', () => {
  test('M-123 writes the text format of Prometheus', () => {
    const meter = metricsRegistry();
    meter.counter({ name: 'calls_total', help: 'All\ncalls, \\ and more.' }).of().add(2);
    const gauge = meter.gauge({ name: 'level', help: 'Level.', labels: ['place', 'kind'] });
    gauge.of('a "b"\\\n', 'x').set(-1.5);
    gauge.of('c', 'y').set(Infinity);
    gauge.of('d', 'y').set(NaN);
    const times = meter.histogram({ name: 'time_seconds', help: 'Time.', buckets: [0.1, 1] });
    for (const value of [0.05, 0.1, 0.5, 7]) times.of().record(value);
    expect(meter.prometheus()).toBe(
      [
        '# HELP calls_total All\\ncalls, \\\\ and more.',
        '# TYPE calls_total counter',
        'calls_total 2',
        '# HELP level Level.',
        '# TYPE level gauge',
        'level{place="a \\"b\\"\\\\\\n",kind="x"} -1.5',
        'level{place="c",kind="y"} +Inf',
        'level{place="d",kind="y"} NaN',
        '# HELP time_seconds Time.',
        '# TYPE time_seconds histogram',
        'time_seconds_bucket{le="0.1"} 2',
        'time_seconds_bucket{le="1"} 3',
        'time_seconds_bucket{le="+Inf"} 4',
        'time_seconds_sum 7.65',
        'time_seconds_count 4',
        '',
      ].join('\n'),
    );
  });

  test('property: any label comes back out of the text as it went in', () => {
    const unescape = (text: string): string =>
      text.replaceAll(/\\(.)/gs, (_, letter: string) => (letter === 'n' ? '\n' : letter));
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (label) => {
        const meter = metricsRegistry();
        meter
          .gauge({ name: 'g', help: '', labels: ['l'] })
          .of(label)
          .set(1);
        const [, , line = ''] = meter.prometheus().split('\n');
        const [, found = ''] = /^g\{l="((?:[^"\\]|\\.)*)"\} 1$/s.exec(line) ?? [];
        expect(unescape(found)).toBe(label);
      }),
      { numRuns: 300 },
    );
  });

  test('property: buckets hold what was recorded', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1, max: 20, noNaN: true })), (values) => {
        const meter = metricsRegistry();
        const times = meter.histogram({ name: 't', help: '' }).of();
        for (const value of values) times.record(value);
        const text = meter.prometheus();
        for (const bound of [0.005, 0.1, 1, 10]) {
          const below = values.filter((value) => value <= bound).length;
          expect(text).toContain(`t_bucket{le="${bound}"} ${below}\n`);
        }
        expect(text).toContain(`t_bucket{le="+Inf"} ${values.length}\n`);
        expect(text).toContain(`t_count ${values.length}\n`);
      }),
      { numRuns: 50 },
    );
  });

  test('X-R5 label sets beyond the limit are counted together, and long labels are cut off', () => {
    const meter = metricsRegistry({ maxSeries: 2 });
    const calls = meter.counter({ name: 'c', help: '', labels: ['user', 'kind'] });
    for (let user = 0; user < 100; user++) calls.of(`u${user}`, 'x').add();
    expect(
      meter.read().map(({ labels, value }) => [labels['user'], labels['kind'], value]),
    ).toEqual([
      ['u0', 'x', 1],
      ['u1', 'x', 1],
      ['_other', '_other', 98],
    ]);
    calls.of('u0', 'x').add();
    expect(meter.read()[0]?.value).toBe(2);
    const long = metricsRegistry().gauge({ name: 'g', help: '', labels: ['l'] });
    expect(long.of('x'.repeat(1000))).toBe(long.of('x'.repeat(2000)));
  });

  test('to ask for the same metric again gives the same one, for another of that name an error', () => {
    const meter = metricsRegistry();
    const spec = { name: 'c', help: 'x', labels: ['a'] };
    meter.counter(spec).of('1').add();
    meter
      .counter({ ...spec, help: 'y' })
      .of('1')
      .add();
    expect(meter.read()).toMatchObject([{ value: 2 }]);
    expect(() => meter.gauge(spec)).toThrow('The metric "c" is there already, and is another.');
    expect(() => meter.counter({ ...spec, labels: ['b'] })).toThrow(TypeError);
  });

  test('figures are brought up to date before they are read, also if one reader fails', () => {
    const failures: unknown[] = [];
    const meter = metricsRegistry({ onFailure: (error) => void failures.push(error) });
    const gauge = meter.gauge({ name: 'g', help: '' }).of();
    let now = 1;
    meter.onRead(() => {
      throw new Error('reader');
    });
    const stop = meter.onRead(() => gauge.set(now));
    expect(meter.read()).toMatchObject([{ value: 1 }]);
    now = 2;
    expect(meter.prometheus()).toContain('\ng 2\n');
    stop();
    now = 3;
    expect(meter.read()).toMatchObject([{ value: 2 }]);
    expect(failures).toHaveLength(3);
  });

  test('what is no figure is refused', () => {
    const meter = metricsRegistry();
    const counter = meter.counter({ name: 'c', help: '' }).of();
    expect(() => counter.add(-1)).toThrow(RangeError);
    expect(() => counter.add(NaN)).toThrow(TypeError);
    expect(() =>
      meter
        .gauge({ name: 'g', help: '' })
        .of()
        .set('1' as never),
    ).toThrow(TypeError);
    expect(() => meter.histogram({ name: 'h', help: '' }).of().record(NaN)).toThrow(TypeError);
    expect(() => meter.counter({ name: 'd', help: '', labels: ['a'] }).of()).toThrow(
      'Expected 1 labels for "d" (a), got 0.',
    );
    expect(meter.read().map(({ value }) => value)).toEqual([0, 0, 0]);
  });

  test.each([
    [{ name: '1st', help: '' }],
    [{ name: 'a b', help: '' }],
    [{ name: 'a\nb', help: '' }],
    [{ name: 'ok', help: 5 }],
    [{ name: 'ok', help: '', labels: ['a-b'] }],
    [{ name: 'ok', help: '', labels: ['__a'] }],
    [{ name: 'ok', help: '', labels: ['a', 'a'] }],
    [{ name: 'ok', help: '', labels: ['le'] }],
    [{ name: 'ok', help: '', buckets: [] }],
    [{ name: 'ok', help: '', buckets: [1, 1] }],
    [{ name: 'ok', help: '', buckets: [1, Infinity] }],
  ])('%o is no metric', (spec) => {
    expect(() => metricsRegistry().histogram(spec as never)).toThrow(TypeError);
  });

  test('options that are wrong are refused in a sentence', () => {
    expect(() => metricsRegistry({ maxSeries: 0 })).toThrow(RangeError);
    expect(() => metricsRegistry({ max: 1 } as never)).toThrow('Unknown option `max`');
  });
});

describe('the laws of middleware', () => {
  const laws = [
    ...middlewareContract(({ clock }) => timing({ clock }), { sync: true }),
    ...middlewareContract(({ clock }) => metrics({ clock, meter: metricsRegistry() }), {
      sync: true,
    }),
  ];
  test.each(laws.map((law) => [law.name, law.check] as const))('%s', async (_, check) => check());
});
