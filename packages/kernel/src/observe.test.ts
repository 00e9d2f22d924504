/** Observers: told exactly who was entered and left, how it ended and in what time; and never in the way. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Clock } from './clock.ts';
import { branch, when } from './combinators.ts';
import { before, createMiddleware } from './hooks.ts';
import { type LeaveEvent, observe, type Observer, withHandler } from './observe.ts';
import { type Pipeline, pipeline } from './pipeline.ts';
import { repeats } from './repeats.ts';

/** A clock that only moves when it is told to, and counts who reads it. */
function handClock(): Clock & { pass(ms: number): void; reads: number } {
  let at = 0;
  return {
    reads: 0,
    now() {
      this.reads++;
      return at;
    },
    wall: () => at,
    setTimer: () => () => {},
    pass: (ms) => void (at += ms),
  };
}

type Ctx = { clock: ReturnType<typeof handClock> };
const layer =
  (inMs: number, outMs: number) =>
  async (ctx: Ctx, next: () => unknown): Promise<string> => {
    ctx.clock.pass(inMs);
    const result = (await next()) as string;
    ctx.clock.pass(outMs);
    return result;
  };

function watching(
  built: Pipeline<Ctx, Ctx, string>,
  handler: (ctx: Ctx) => unknown = () => 'done',
) {
  const clock = handClock();
  const log: string[] = [];
  const left: LeaveEvent[] = [];
  const call = built.handle(handler as never);
  const stop = observe(
    call,
    {
      enter: ({ middleware }) => log.push(`+${middleware}`),
      leave: (event) => {
        log.push(`-${event.middleware}`);
        left.push(event);
      },
    },
    { clock },
  );
  return { call: () => call({ clock }), clock, log, left, stop };
}

test('enter and leave come in the order of the onion, with own and total time of each', async () => {
  const { call, log, left } = watching(
    pipeline<Ctx, string>()
      .use(layer(1, 2), { name: 'outer' })
      .use(
        before((ctx: Ctx) => ctx.clock.pass(10)),
        { name: 'hook' },
      )
      .use(layer(100, 200), { name: 'inner' }),
    async (ctx) => {
      await Promise.resolve();
      ctx.clock.pass(1000);
      return 'done';
    },
  );
  expect(await call()).toBe('done');
  expect(log).toEqual(['+outer', '+hook', '+inner', '-inner', '-hook', '-outer']);
  expect(
    left.map(({ middleware, ownMs, totalMs, index }) => [middleware, index, ownMs, totalMs]),
  ).toEqual([
    ['inner', 2, 300, 1300],
    ['hook', 1, 10, 1310],
    ['outer', 0, 3, 1313],
  ]);
  expect(new Set(left.map((event) => event.call)).size).toBe(1);
  expect(left[0]?.outcome).toEqual({ ok: true, value: 'done' });
});

test('a failure is the outcome of every layer that it passes, and goes on unchanged', async () => {
  const error = new Error('inside');
  const { call, left } = watching(
    pipeline<Ctx, string>().use(layer(1, 1), { name: 'outer' }).use(layer(1, 1), { name: 'inner' }),
    () => {
      throw error;
    },
  );
  await expect(async () => call()).rejects.toBe(error);
  expect(left.map(({ middleware, outcome }) => [middleware, outcome])).toEqual([
    ['inner', { ok: false, error }],
    ['outer', { ok: false, error }],
  ]);
});

test('synchronous stays synchronous, and joined hooks are seen one by one', () => {
  const { call, log } = watching(
    pipeline<Ctx, string>()
      .use(
        before(() => {}),
        { name: 'a' },
      )
      .use(createMiddleware<Ctx, string>({ after: () => {} }), { name: 'b' }),
  );
  expect(call()).toBe('done');
  expect(log).toEqual(['+a', '+b', '-b', '-a']);
});

test('a repeated rest counts as one time in which the rest was running', async () => {
  const twice = repeats<Ctx, string>(async (ctx, next) => {
    await next();
    ctx.clock.pass(5);
    return next();
  });
  const { call, left } = watching(
    pipeline<Ctx, string>().use(twice, { name: 'twice' }),
    async (ctx) => {
      ctx.clock.pass(10);
      return 'done';
    },
  );
  await call();
  expect(left[0]).toMatchObject({ ownMs: 5, totalMs: 25 });
});

test('an observer that fails changes nothing, and the failure is handed on', async () => {
  const failures: unknown[] = [];
  const call = pipeline<object, string>()
    .use((_, next) => next())
    .handle(() => 'done');
  const bad: Observer = {
    enter: () => {
      throw new Error('enter');
    },
    leave: async () => {
      throw new Error('leave');
    },
  };
  observe(call, bad, { onFailure: (error) => failures.push((error as Error).message) });
  expect(call({})).toBe('done');
  await Promise.resolve();
  expect(failures).toEqual(['enter', 'leave']);
});

test('when nobody listens no clock is read; stopping stops', async () => {
  const { call, clock, log, stop } = watching(pipeline<Ctx, string>().use(layer(0, 0)));
  await call();
  expect(clock.reads).toBeGreaterThan(0);
  stop();
  const reads = clock.reads;
  log.length = 0;
  await call();
  expect(clock.reads).toBe(reads);
  expect(log).toEqual([]);
});

test('the rules hold under observation as well', async () => {
  const { call } = watching(pipeline<Ctx, string>().use((() => {}) as never, { name: 'silent' }));
  await expect(async () => call()).rejects.toThrow('Middleware "silent" neither answered');
});

test('a stream counts as running until it has ended', async () => {
  async function* numbers(ctx: Ctx): AsyncGenerator<number> {
    ctx.clock.pass(10);
    yield 1;
    ctx.clock.pass(10);
    yield 2;
  }
  const { call, left, log } = watching(
    pipeline<Ctx, string>().use(layer(1, 1), { name: 'outer' }),
    numbers,
  );
  const result = (await call()) as unknown as AsyncGenerator<number>;
  expect(log).toEqual(['+outer']);
  const got: number[] = [];
  for await (const one of result) got.push(one);
  expect(got).toEqual([1, 2]);
  expect(log).toEqual(['+outer', '-outer']);
  expect(left[0]).toMatchObject({ totalMs: 22, ownMs: 2 });
});

test('every layer that a stream passes is left when it has ended, the innermost first', async () => {
  const streams: (() => AsyncIterable<unknown>)[] = [
    () => ({
      async *[Symbol.asyncIterator]() {
        yield 1;
        yield 2;
      },
    }),
    async function* () {
      yield 1;
      yield 2;
    },
    () =>
      new ReadableStream({
        start(controller) {
          controller.enqueue(1);
          controller.close();
        },
      }) as unknown as AsyncIterable<unknown>,
  ];
  for (const stream of streams) {
    const { call, log } = watching(
      pipeline<Ctx, string>()
        .use(layer(0, 0), { name: 'outer' })
        .use(layer(0, 0), { name: 'inner' }),
      stream,
    );
    const result = (await call()) as unknown as AsyncIterable<unknown>;
    expect(log).toEqual(['+outer', '+inner']);
    for await (const one of result) expect(one).toBeGreaterThan(0);
    expect(log).toEqual(['+outer', '+inner', '-inner', '-outer']);
  }
});

test('own times of all layers and the time of the handler add up to the total of the outermost', async () => {
  const times = fc.tuple(
    fc.nat(50),
    fc.nat(50),
    fc.constantFrom('plain', 'when', 'branch', 'hooks'),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(times, { minLength: 1, maxLength: 6 }),
      fc.nat(100),
      async (list, handlerMs) => {
        let built = pipeline<Ctx, string>();
        for (const [inMs, outMs, kind] of list) {
          const plain = layer(inMs, outMs);
          const middleware = {
            plain,
            when: when<Ctx, string>(() => true, plain),
            branch: branch<Ctx, string>(() => 'one', { one: plain }),
            hooks: createMiddleware<Ctx, string>({
              before: (ctx) => ctx.clock.pass(inMs),
              after: (ctx) => ctx.clock.pass(outMs),
            }),
          }[kind];
          built = built.use(middleware as never);
        }
        const { call, left } = watching(built, async (ctx) => {
          ctx.clock.pass(handlerMs);
          return 'done';
        });
        await call();
        const sum = left.reduce((total, { ownMs }) => total + ownMs, handlerMs);
        expect(left.at(-1)?.totalMs).toBe(sum);
        expect(left.map(({ ownMs }) => ownMs)).toEqual(
          list.map(([inMs, outMs]) => inMs + outMs).toReversed(),
        );
      },
    ),
  );
});

test('a handler can be stood in for: the same middleware, and whoever observes them', () => {
  const entered: string[] = [];
  const serve = pipeline<object, string>()
    .use((_, next) => `a ${next() as string}`, { name: 'a' })
    .use((_, next) => `b ${next() as string}`, { name: 'b' })
    .handle(() => 'handler');
  observe(serve, { enter: ({ middleware }) => void entered.push(middleware) });
  serve.setState('b', 'disabled');
  const instead = withHandler(serve, () => 'other');
  expect([instead({}), serve({})]).toEqual(['a other', 'a handler']);
  expect(entered.filter((name) => name === 'a')).toEqual(['a', 'a']);
  serve.setState('b', 'active');
  expect([instead({}), withHandler(serve, () => 'other')({})]).toEqual(['a other', 'a b other']);
});
