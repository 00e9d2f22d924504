/** Hooks: the same as the onion that a person would write, in order, errors and outcome; and joined. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compose } from './compose-proven.ts';
import { answer, type Hooks } from './hook.ts';
import { after, before, createMiddleware, tap } from './hooks.ts';
import type { AnyMiddleware } from './middleware.ts';
import { pipeline } from './pipeline.ts';

interface Ctx {
  log: unknown[];
}
type Call = (ctx: Ctx, next: (ctx: Ctx) => unknown) => unknown;
const run = (
  middleware: readonly unknown[],
  handler: (ctx: Ctx) => unknown,
  ctx: Ctx = { log: [] },
): unknown => (compose(...(middleware as AnyMiddleware[])) as unknown as Call)(ctx, handler);

const marked = (name: string): unknown =>
  createMiddleware<Ctx, string>({
    name,
    before: (ctx) => void ctx.log.push(`${name}-before`),
    after: (ctx, result) => void ctx.log.push(`${name}-after:${result}`),
    finally: (ctx, outcome) => void ctx.log.push(`${name}-finally:${outcome.ok}`),
  });

test('M-14 createMiddleware({ before, after, onError, finally }) turns in and out as an onion does', () => {
  const ctx: Ctx = { log: [] };
  expect(run([marked('a'), marked('b')], () => 'answer', ctx)).toBe('answer');
  expect(ctx.log).toEqual([
    'a-before',
    'b-before',
    'b-after:answer',
    'b-finally:true',
    'a-after:answer',
    'a-finally:true',
  ]);
});

test('hooks stay synchronous while they and the handler do, and give a promise otherwise', async () => {
  expect(run([before(() => {}), after(() => {})], () => 1)).toBe(1);
  expect(run([before(async () => {})], () => 1)).toBeInstanceOf(Promise);
  expect(run([after(async () => {})], () => 1)).toBeInstanceOf(Promise);
  expect(await (run([before(() => {})], async () => 1) as Promise<number>)).toBe(1);
});

test('before answers in place of the rest: those further in do not run, those further out see the answer', async () => {
  for (const early of [() => answer('early'), async () => answer('early')]) {
    const ctx: Ctx = { log: [] };
    const stop = createMiddleware<Ctx, string>({
      before: early,
      after: () => void ctx.log.push('own after'),
      finally: () => void ctx.log.push('own finally'),
    });
    expect(await run([marked('a'), stop, marked('b')], () => 'never', ctx)).toBe('early');
    expect(ctx.log).toEqual(['a-before', 'own finally', 'a-after:early', 'a-finally:true']);
  }
});

test('after answers in place of the result, also with undefined', async () => {
  expect(run([after<Ctx, string>((_, result) => answer(`${result}!`))], () => 'yes')).toBe('yes!');
  expect(
    await run([after<Ctx, string>(async (_, result) => answer(`${result}!`))], () => 'yes'),
  ).toBe('yes!');
  expect(run([after(() => answer(undefined))], () => 'yes')).toBeUndefined();
});

test('what a hook returns beside an answer is ignored', () => {
  expect(run([before((() => 5) as never), after((() => 6) as never)], () => 'kept')).toBe('kept');
});

describe('errors', () => {
  const error = new Error('first');
  const throwing = [
    () => {
      throw error;
    },
    async () => {
      throw error;
    },
  ];

  test.each(throwing)('reach the caller as the same object, through every hook', async (fail) => {
    const ctx: Ctx = { log: [] };
    await expect(async () => run([marked('a'), marked('b')], fail, ctx)).rejects.toBe(error);
    expect(ctx.log).toEqual(['a-before', 'b-before', 'b-finally:false', 'a-finally:false']);
  });

  test.each(throwing)(
    'of a hook are seen by its own onError and by those further out only',
    async (fail) => {
      for (const turn of ['before', 'after'] as const) {
        const ctx: Ctx = { log: [] };
        const watch = (name: string): unknown =>
          createMiddleware<Ctx, string>({
            onError: (_, caught) => void ctx.log.push(`${name}:${String(caught)}`),
          });
        const guilty = createMiddleware<Ctx, string>({
          [turn]: fail,
          onError: () => void ctx.log.push('own'),
        } as Hooks<Ctx, string>);
        await expect(async () =>
          run([watch('outer'), guilty, watch('inner')], () => 'x', ctx),
        ).rejects.toBe(error);
        expect(ctx.log).toEqual(['own', 'outer:Error: first']);
      }
    },
  );

  test.each(throwing)(
    'are answered by onError, and then those further out see a result',
    async (fail) => {
      const ctx: Ctx = { log: [] };
      const mend = createMiddleware<Ctx, string>({
        onError: (_, caught) => answer(`mended ${(caught as Error).message}`),
      });
      expect(await run([marked('a'), mend], fail, ctx)).toBe('mended first');
      expect(ctx.log).toEqual(['a-before', 'a-after:mended first', 'a-finally:true']);
      const mendLater = createMiddleware<Ctx, string>({ onError: async () => answer('later') });
      expect(await run([mendLater], fail)).toBe('later');
    },
  );

  test.each(throwing)('thrown while another is handled keep it as their cause', async (fail) => {
    for (const turn of ['onError', 'finally'] as const) {
      for (const late of [false, true]) {
        const second = new Error('second');
        const replace = createMiddleware<Ctx, string>({
          [turn]: late
            ? async () => {
                throw second;
              }
            : () => {
                throw second;
              },
        } as Hooks<Ctx, string>);
        await expect(async () => run([replace], fail)).rejects.toBe(second);
        expect(second.cause).toBe(error);
      }
    }
  });

  test('finally that fails after a success is the outcome', async () => {
    const own = new Error('own');
    const bad = createMiddleware<Ctx, string>({
      finally: () => {
        throw own;
      },
    });
    await expect(async () => run([bad], () => 'fine')).rejects.toBe(own);
    expect(own.cause).toBeUndefined();
    const mend = createMiddleware<Ctx, string>({ onError: () => answer('mended') });
    expect(run([mend, bad], () => 'fine')).toBe('mended');
  });
});

test('a hook is called with its object as this', () => {
  const parts = {
    name: 'counter',
    count: 0,
    before(this: { count: number }) {
      this.count++;
    },
  };
  run([createMiddleware(parts as never)], () => 1);
  expect(parts.count).toBe(1);
});

test('hooks of the wrong kind are refused when they are made', () => {
  expect(() => createMiddleware({ before: 5 as never })).toThrow(
    'Expected `before` to be a function, got `5` (number).',
  );
  expect(() => createMiddleware({})).toThrow(
    'Expected at least one hook of before, after, onError, finally',
  );
});

describe('tap', () => {
  test('looks on and changes nothing: not the result, not the time, not by failing', async () => {
    const failures: unknown[] = [];
    const seen: unknown[] = [];
    const options = { onFailure: (error: unknown) => failures.push((error as Error).message) };
    const looking = tap<Ctx, string>(
      {
        before: () => {
          throw new Error('in before');
        },
        after: (_, result) => {
          seen.push(result);
          return answer('changed');
        },
        finally: async () => {
          throw new Error('in finally');
        },
      },
      options,
    );
    expect(run([looking], () => 'kept')).toBe('kept');
    await Promise.resolve();
    expect(seen).toEqual(['kept']);
    expect(failures).toEqual(['in before', 'in finally']);
  });

  test('sees errors and lets them go on', async () => {
    const error = new Error('inside');
    const seen: unknown[] = [];
    const looking = tap<Ctx, string>({ onError: (_, caught) => void seen.push(caught) });
    await expect(async () =>
      run([looking], () => {
        throw error;
      }),
    ).rejects.toBe(error);
    expect(seen).toEqual([error]);
  });
});

/** What one layer does at each turn. */
const deed = fc.constantFrom('nothing', 'log', 'answer', 'throw');
const turn = fc.record({ deed, late: fc.boolean() });
const layer = fc.record(
  {
    before: turn,
    after: turn,
    onError: turn,
    finally: fc.record({ deed: fc.constantFrom('nothing', 'log', 'throw'), late: fc.boolean() }),
  },
  { requiredKeys: [] },
);
type Turn = { deed: string; late: boolean };
type Plan = Partial<Record<'before' | 'after' | 'onError' | 'finally', Turn>>;

function hooksOf(plan: Plan, name: string, log: string[]): Hooks<Ctx, string> {
  const act = (at: string, { deed: what, late }: Turn): unknown => {
    const now = (): unknown => {
      if (what === 'throw') throw new Error(`${name}.${at}`);
      if (what !== 'nothing') log.push(`${name}.${at}`);
      return what === 'answer' ? answer(`${name}.${at}`) : undefined;
    };
    return late ? Promise.resolve().then(now) : now();
  };
  return Object.fromEntries(
    Object.entries(plan).map(([at, one]) => [at, () => act(at, one)]),
  ) as Hooks<Ctx, string>;
}

/** The onion that the documentation of the hooks promises, written as a person would. */
function onion(hooks: Hooks<Ctx, string>): Call {
  return async (ctx, next) => {
    let outcome: { ok: true; value: string } | { ok: false; error: unknown };
    const causedBy = (error: unknown, cause: unknown): unknown => {
      if (error instanceof Error && error !== cause && error.cause === undefined)
        error.cause = cause;
      return error;
    };
    try {
      try {
        const early = await hooks.before?.(ctx);
        if (early) outcome = { ok: true, value: early.value };
        else {
          const value = (await next(ctx)) as string;
          const other = await hooks.after?.(ctx, value);
          outcome = { ok: true, value: other ? other.value : value };
        }
      } catch (error) {
        let mended;
        try {
          mended = await hooks.onError?.(ctx, error);
        } catch (second) {
          throw causedBy(second, error);
        }
        if (!mended) throw error;
        outcome = { ok: true, value: mended.value };
      }
    } catch (error) {
      outcome = { ok: false, error };
    }
    try {
      await hooks.finally?.(ctx, outcome);
    } catch (error) {
      throw outcome.ok ? error : causedBy(error, outcome.error);
    }
    if (!outcome.ok) throw outcome.error;
    return outcome.value;
  };
}

const chain = (error: unknown): unknown[] =>
  error instanceof Error
    ? [error.message, ...(error.cause === undefined ? [] : chain(error.cause))]
    : [error];

test('joined hooks do, say and fail exactly as the onion that they stand for', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(layer, { minLength: 1, maxLength: 5 }), turn, async (plans, last) => {
      const outcomes = await Promise.all(
        [true, false].map(async (joined) => {
          const log: string[] = [];
          const stack = (plans as Plan[]).map((plan, index) => {
            const hooks = hooksOf(plan, `layer${index}`, log);
            if (!joined) return onion(hooks);
            return Object.keys(hooks).length > 0 ? createMiddleware(hooks) : before(() => {});
          });
          const end = hooksOf({ before: last }, 'handler', log);
          const handler = (ctx: Ctx): unknown =>
            last.late
              ? Promise.resolve(end.before?.(ctx)).then(() => 'done')
              : (end.before?.(ctx), 'done');
          try {
            return { log, value: await run(stack, handler) };
          } catch (error) {
            return { log, errors: chain(error) };
          }
        }),
      );
      expect(outcomes[0]).toEqual(outcomes[1]);
    }),
    { numRuns: 3000 },
  );
});

test('hooks among functions keep their places', async () => {
  const ctx: Ctx = { log: [] };
  const middle: Call = async (inner, next) => {
    inner.log.push('middle-before');
    const result = await next(inner);
    inner.log.push('middle-after');
    return result;
  };
  const call = pipeline<Ctx, string>()
    .use(marked('a') as never)
    .use(middle as never)
    .use(marked('b') as never)
    .handle(async () => 'x');
  expect(await call(ctx)).toBe('x');
  expect(ctx.log).toEqual([
    'a-before',
    'middle-before',
    'b-before',
    'b-after:x',
    'b-finally:true',
    'middle-after',
    'a-after:x',
    'a-finally:true',
  ]);
});
