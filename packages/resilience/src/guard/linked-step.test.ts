/** Tests of middleware that are joined to the rest in their own way: each run of the rest belongs to the visit that it comes from. */
import {
  type AnyMiddleware,
  createMiddleware,
  pipeline,
  repeats,
  type Runner,
  when,
} from '@interpose/kernel';
import { linked, type Link } from '@interpose/kernel/layers';
import { fakeClock, pending, settle } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { bulkhead } from '../bulkhead/bulkhead.ts';
import { coalesce } from '../coalesce/coalesce.ts';
import { retry } from '../retry/retry.ts';
import { guard } from './guard.ts';

interface Call {
  readonly n?: number;
}

function under(
  layers: Readonly<Record<string, unknown>>,
  handler: (ctx: Call) => unknown = ({ n }) => n,
) {
  const clock = fakeClock();
  const serve = Object.entries(layers)
    .reduce(
      (all, [name, middleware]) => all.use(middleware as AnyMiddleware, { name }),
      pipeline<Call, unknown>(),
    )
    .handle(handler) as Runner<Call, unknown>;
  const { metrics } = guard(serve, { clock, timeoutMs: 100 });
  const call = async (ctx: Call = {}): Promise<unknown> => {
    try {
      return await serve(ctx);
    } catch (error) {
      return error;
    }
  };
  const wait = (ms: number): Promise<void> =>
    new Promise((resolve) => void clock.setTimer(resolve, ms));
  return { clock, call, wait, figures: (name: string) => metrics.getMetrics(name) };
}

describe('linked middleware', () => {
  test('hooks that wait are measured each call by itself, in whatever order they go on', async () => {
    const { clock, call, figures, wait } = under(
      {
        hooks: createMiddleware<Call, unknown>({
          before: ({ n }) => wait(n ?? 0),
          after: ({ n }) => wait(n ?? 0),
        }),
      },
      ({ n }) => wait(1000).then(() => n),
    );
    const answers = [30, 10, 20, 40].map((n) => call({ n }));
    await clock.advance(2000);
    expect(await Promise.all(answers)).toEqual([30, 10, 20, 40]);
    expect(figures('hooks')).toMatchObject({
      executions: 4,
      ownMs: { min: 20, max: 80, total: 200 },
    });
  });

  test('a hook that was timed out goes on for nobody, though another run of it is under way with the same context', async () => {
    let runs = 0;
    const handled: number[] = [];
    const { clock, call, figures, wait } = under(
      {
        twice: repeats<Call, unknown>(async (ctx, next) => {
          try {
            return await next(ctx);
          } catch {
            return next(ctx);
          }
        }),
        slow: createMiddleware<Call, unknown>({ before: () => wait(++runs === 1 ? 150 : 90) }),
      },
      () => handled.push(clock.now()),
    );
    const answer = call();
    await clock.advance(500);
    await answer;
    expect(handled).toEqual([190]);
    expect(figures('slow')).toMatchObject({ executions: 2, timedOut: 1, late: 1, successes: 1 });
  });

  test('a policy that was timed out in its queue goes on for nobody, though it runs again with the same context', async () => {
    const held = pending<string>();
    let handled = 0;
    const { clock, call, figures } = under(
      {
        twice: repeats<Call, unknown>(async (ctx, next) => {
          try {
            return await next(ctx);
          } catch {
            return next(ctx);
          }
        }),
        queue: bulkhead({ maxConcurrent: 1, maxQueue: 10 }),
      },
      ({ n }) => (n === 0 ? held : ++handled),
    );
    const first = call({ n: 0 });
    const second = call({ n: 1 });
    await clock.advance(150);
    held.resolve('first');
    expect(await first).toBe('first');
    expect(await second).toBe(1);
    expect(handled).toBe(1);
    expect(figures('queue')).toMatchObject({ executions: 3, timedOut: 1, successes: 2 });
  });

  test('policies share among calls what they share without a guard', async () => {
    const held = pending<string>();
    let handled = 0;
    const { call, figures } = under(
      {
        shared: coalesce<Call>({ key: ({ n }) => `${n}` }),
        inner: async (ctx: unknown, next: (ctx: unknown) => unknown) => next(ctx),
      },
      () => {
        handled++;
        return held;
      },
    );
    const all = [call({ n: 1 }), call({ n: 1 }), call({ n: 2 })];
    held.resolve('one answer');
    expect(await Promise.all(all)).toEqual(['one answer', 'one answer', 'one answer']);
    expect(handled).toBe(2);
    expect(figures('inner').executions).toBe(2);
    expect(figures('shared').executions).toBe(3);
  });

  test('a policy knows whose failure it is also with a context that cannot be marked', async () => {
    const error = new Error('down');
    const { call, figures } = under(
      { again: retry({ maxAttempts: 3, backoff: { kind: 'none' } }) },
      () => Promise.reject(error),
    );
    expect(await call(Object.freeze({}))).toBe(error);
    expect(figures('again')).toMatchObject({ failures: 0, successes: 1 });
  });

  test('conditions are joined once for as many calls as there are at a time', async () => {
    let joined = 0;
    const inner = linked<AnyMiddleware>({
      name: 'inner',
      hooks: {},
      link: ((_, rest) => {
        joined++;
        return (ctx) => rest(ctx) as unknown;
      }) satisfies Link,
    });
    const { call, figures } = under(
      { perhaps: when<Call, unknown>(({ n }) => n !== 0, inner) },
      async ({ n }) => n,
    );
    // The pipeline has joined it by itself before.
    joined = 0;
    for (let n = 0; n < 5; n++) expect(await call({ n })).toBe(n);
    expect(joined).toBe(1);
    await Promise.all([1, 2, 3].map((n) => call({ n })));
    expect(joined).toBe(3);
    expect(figures('perhaps')).toMatchObject({ executions: 8, successes: 8 });
  });

  test('a rest that is run when its middleware has answered is a call by itself', async () => {
    const held = pending<string>();
    const { call, figures } = under(
      {
        early: repeats<Call, unknown>(
          (_, next) => {
            void settle().then(() => next.fork());
            return 'early';
          },
          { detached: true },
        ),
        inner: async (ctx: unknown, next: (ctx: unknown) => unknown) => next(ctx),
      },
      () => held,
    );
    expect(await call()).toBe('early');
    await settle();
    held.resolve('late');
    await settle();
    expect(figures('early')).toMatchObject({ executions: 1, successes: 1 });
    expect(figures('inner')).toMatchObject({ executions: 1, successes: 1 });
  });
});
