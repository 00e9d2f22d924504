/** Declared re-entry: again after the former run, or side by side; with contexts of their own and nothing left behind. */
import { describe, expect, test } from 'vitest';
import { before, createMiddleware } from './hooks.ts';
import { pipeline } from './pipeline.ts';
import { repeats } from './repeats.ts';
import { define } from './layer.ts';

interface Ctx {
  log: string[];
  signal?: AbortSignal;
}
const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const retry = repeats<Ctx, string>(async function retry(_, next) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await next();
    } catch (error) {
      if (attempt === 3) throw error;
    }
  }
});

describe('next', () => {
  test('M-07 X-C11 runs the rest again, each run with fresh checks of its own', async () => {
    let attempts = 0;
    const call = pipeline<Ctx, string>()
      .use(retry)
      .use(async (ctx, next) => {
        ctx.log.push('inner');
        return next();
      })
      .handle(async () => {
        if (++attempts < 3) throw new Error(`attempt ${attempts}`);
        return 'third';
      });
    const ctx: Ctx = { log: [] };
    expect(await call(ctx)).toBe('third');
    expect(ctx.log).toEqual(['inner', 'inner', 'inner']);
    expect(call.describe()[0]?.name).toBe('retry');
  });

  test('M-07 a synchronous one repeats without a promise', () => {
    let runs = 0;
    const twice = repeats<Ctx, number>((_, next) => {
      next();
      return next();
    });
    expect(
      pipeline<Ctx, number>()
        .use(twice)
        .handleSync(() => ++runs)({ log: [] }),
    ).toBe(2);
  });

  test('while the former run is under way it is an error', async () => {
    const rash = repeats<Ctx, string>(async function rash(_, next) {
      const both = [next(), next()];
      return (await Promise.all(both))[0] as string;
    });
    const call = pipeline<Ctx, string>()
      .use(rash)
      .handle(async () => 'x');
    await expect(async () => call({ log: [] })).rejects.toMatchObject({
      code: 'DOUBLE_NEXT',
      middleware: 'rash',
    });
  });

  test('answering while it is under way, silence and a lost result are errors as everywhere', async () => {
    const forms = {
      EARLY_RETURN: repeats<Ctx, string>(async (_, next) => {
        void next();
        return 'early';
      }),
      NO_ANSWER: repeats<Ctx, string>((async () => {}) as never),
      LOST_RESULT: repeats<Ctx, string>((async (_: Ctx, next: () => Promise<string>) => {
        await next();
      }) as never),
    };
    for (const [code, middleware] of Object.entries(forms)) {
      const slow = async (): Promise<string> => {
        await later();
        return 'x';
      };
      const call = pipeline<Ctx, string>().use(middleware).handle(slow);
      await expect(async () => call({ log: [] })).rejects.toMatchObject({ code });
    }
  });
});

describe('fork', () => {
  const hedge = repeats<Ctx, string>(function hedge(_, next) {
    const [one, two] = [new AbortController(), new AbortController()];
    return Promise.race([next.fork({ signal: one.signal }), next.fork({ signal: two.signal })]);
  });

  test('runs side by side, each with a copy of the context and a signal of its own', async () => {
    const seen: Ctx[] = [];
    const call = pipeline<Ctx & { note?: string }, string>()
      .use(hedge)
      .handle(async (ctx) => {
        seen.push(ctx);
        ctx.note = `run ${seen.length}`;
        await later();
        return ctx.note;
      });
    const ctx: Ctx & { note?: string } = { log: [] };
    expect(await call(ctx)).toBe('run 1');
    expect(seen).toHaveLength(2);
    expect(seen[0]).not.toBe(seen[1]);
    expect(seen[0]?.signal).not.toBe(seen[1]?.signal);
    expect(ctx.note).toBeUndefined();
    expect(seen[0]?.log).toBe(ctx.log);
  });

  test('a context that is passed is the one that is used', async () => {
    const own: Ctx = { log: [] };
    const share = repeats<Ctx, Ctx>((_, next) => next.fork({ ctx: own }));
    expect(
      await pipeline<Ctx, Ctx>()
        .use(share)
        .handle((ctx) => ctx)({ log: [] }),
    ).toBe(own);
  });

  test('the loser may end late, or fail late, without an early return or an unhandled rejection', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    let runs = 0;
    const call = pipeline<Ctx, string>()
      .use(hedge)
      .handle(async () => {
        if (++runs === 1) return 'winner';
        await later();
        throw new Error('loser');
      });
    expect(await call({ log: [] })).toBe('winner');
    await later();
    await later();
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });

  test('after the answer no further run starts, unless the middleware is detached', async () => {
    let fork: () => unknown = () => {};
    const keep = (detached: boolean): never =>
      repeats<Ctx, string>(
        (_, next) => {
          fork = () => next.fork();
          return next();
        },
        { name: 'keep', detached },
      ) as never;
    await pipeline<Ctx, string>()
      .use(keep(false))
      .handle(() => 'x')({ log: [] });
    expect(() => fork()).toThrow('Middleware "keep" answered before its next()');
    await pipeline<Ctx, string>()
      .use(keep(true))
      .handle(() => 'x')({ log: [] });
    expect(fork()).toBe('x');
  });
});

test('hooks and functions inside are run again in full', async () => {
  const ctx: Ctx = { log: [] };
  let attempts = 0;
  const call = pipeline<Ctx, string>()
    .use(retry)
    .use(before((one: Ctx) => void one.log.push('before')))
    .use(createMiddleware<Ctx, string>({ finally: (one) => void one.log.push('finally') }))
    .handle(() => {
      if (++attempts === 1) throw new Error('once');
      return 'ok';
    });
  expect(await call(ctx)).toBe('ok');
  expect(ctx.log).toEqual(['before', 'finally', 'before', 'finally']);
});

test('it is named and placed like any other', () => {
  const placed = define({ phase: 'recover', version: '2.0.0' }, retry as object) as typeof retry;
  expect(pipeline<Ctx, string>().use(placed).describe()[0]).toMatchObject({
    name: 'retry',
    phase: 'recover',
    version: '2.0.0',
  });
});
