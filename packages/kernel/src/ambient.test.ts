/** The ambient context: reachable without being passed, never that of another call, and gone when the call is over. */
import { settle } from '@interpose/testing';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { ambient, currentContext, isolate, wrap } from './ambient.ts';
import { withContext } from './combinators.ts';
import { createContext } from './context.ts';
import { extend } from './extend.ts';
import type { Middleware } from './middleware.ts';
import { pipeline } from './pipeline.ts';
import { type CallContext, wrap as wrapPlain, wrapWithContext } from './wrap.ts';

interface Ctx {
  n: number;
}
type Next = (ctx?: object) => unknown;
const boom = new Error('boom');
const name = (): string | undefined => currentContext<CallContext>()?.funcName;

afterEach(() => {
  expect(currentContext()).toBeUndefined();
});

describe('currentContext', () => {
  test('M-38 is undefined outside of any call', async () => {
    expect(currentContext()).toBeUndefined();
    await Promise.resolve();
    expect(currentContext()).toBeUndefined();
  });

  test('M-38 M-11 is readable from any code in the same flow: further in, later, from a timer', async () => {
    const deep = async (): Promise<unknown[]> => {
      const seen = [name()];
      await settle();
      seen.push(name());
      seen.push(await new Promise((resolve) => setImmediate(() => resolve(name()))));
      return seen;
    };
    const outer = wrap(async function outer() {
      return deep();
    });
    expect(await outer()).toEqual(['outer', 'outer', 'outer']);
    expect(currentContext()).toBeUndefined();
  });

  test('M-11 the function finds it whatever its parameters are, and middleware find it too', async () => {
    const seen: unknown[] = [];
    const look = (ctx: CallContext, next: Next): unknown => {
      seen.push(currentContext() === ctx);
      const result = next();
      seen.push(currentContext() === ctx);
      return result;
    };
    const resolver = wrap(
      (_parent: object, args: { first: number }) => `${args.first} ${name()}`,
      look,
    );
    expect(resolver({}, { first: 3 })).toMatch(/^3 /);
    expect(seen).toEqual([true, true]);
    const asking = wrap(
      wrapWithContext((ctx: CallContext, n: number) => currentContext() === ctx && n),
      look,
    );
    expect(asking(7)).toBe(7);
  });

  test('M-11 the function finds the context that the innermost middleware has passed on', async () => {
    const adding = (ctx: CallContext, next: Next): unknown => next(extend(ctx, { user: 'ada' }));
    const fn = wrap(() => currentContext<{ user?: string }>()?.user, adding);
    expect(fn()).toBe('ada');
    const late = wrap(
      async () => currentContext<{ user?: string }>()?.user,
      async (ctx: CallContext, next: Next) => {
        await settle();
        return adding(ctx, next);
      },
    );
    expect(await late()).toBe('ada');
    expect(
      wrap(() => currentContext<{ locale?: string }>()?.locale, withContext({ locale: 'en' }))(),
    ).toBe('en');
  });
});

describe('nesting', () => {
  test('M-38 nested calls restore, synchronously', () => {
    const inner = wrap(function inner() {
      return name();
    });
    const outer = wrap(function outer() {
      return [name(), inner(), name()];
    });
    expect(outer()).toEqual(['outer', 'inner', 'outer']);
  });

  test('M-38 nested calls restore, also when they are asynchronous', async () => {
    const inner = wrap(async function inner() {
      await settle();
      return name();
    });
    const outer = wrap(async function outer() {
      return [name(), await inner(), name(), await Promise.all([inner(), name()]), name()];
    });
    expect(await outer()).toEqual(['outer', 'inner', 'outer', ['inner', 'outer'], 'outer']);
  });

  test('M-37 M-38 and after a throw, synchronous or not', async () => {
    const fails = wrap(function fails(): never {
      throw boom;
    });
    const failsLater = wrap(async function failsLater() {
      await settle();
      throw boom;
    });
    const outer = wrap(async function outer() {
      const seen: unknown[] = [];
      try {
        fails();
      } catch (error) {
        seen.push(error === boom, name());
      }
      try {
        await failsLater();
      } catch (error) {
        seen.push(error === boom, name());
      }
      return seen;
    });
    expect(await outer()).toEqual([true, 'outer', true, 'outer']);
    expect(() => fails()).toThrow(boom);
    expect(currentContext()).toBeUndefined();
  });
});

test('M-38 parallel calls do not mix: law, for any interleaving', async () => {
  const turns = fc.array(fc.nat(5), { minLength: 1, maxLength: 6 });
  const fn = wrap(async (id: number, waits: readonly number[]) => {
    const own = currentContext<CallContext>();
    for (const wait of waits) {
      for (let turn = 0; turn < wait; turn++) await Promise.resolve();
      if (currentContext() !== own || own?.args[0] !== id) return 'mixed';
    }
    return id;
  });
  await fc.assert(
    fc.asyncProperty(fc.array(turns, { maxLength: 8 }), async (calls) => {
      const results = await Promise.all(calls.map((waits, id) => fn(id, waits)));
      expect(results).toEqual(calls.map((_, id) => id));
    }),
  );
});

describe('ambient() and isolate() in a pipeline', () => {
  test('M-38 the context of the pipeline is the current one for the rest', async () => {
    const serve = pipeline<Ctx, boolean>()
      .use(ambient())
      .handle(async (ctx) => {
        await settle();
        return currentContext() === ctx;
      });
    expect(await serve({ n: 1 })).toBe(true);
  });

  test('M-38 a synchronous pipeline stays synchronous', () => {
    const serve = pipeline<Ctx, number | undefined>()
      .use(ambient())
      .handleSync(() => currentContext<Ctx>()?.n);
    expect(serve({ n: 5 })).toBe(5);
  });

  test.each([
    ['success', () => 'done'],
    [
      'a throw',
      () => {
        throw boom;
      },
    ],
    [
      'a rejection',
      async () => {
        await settle();
        throw boom;
      },
    ],
  ])('M-37 isolate() makes a copy the current context, and restores after %s', async (_, end) => {
    const seen: unknown[] = [];
    const outside: Middleware<Ctx, unknown> = async (ctx, next) => {
      seen.push(currentContext() === ctx);
      try {
        return await next();
      } finally {
        seen.push(currentContext() === ctx, ctx.n);
      }
    };
    const serve = pipeline<Ctx, unknown>()
      .use(ambient())
      .use(outside)
      .use(isolate())
      .handle((ctx) => {
        const current = currentContext<Ctx>();
        seen.push(current === ctx, current?.n);
        ctx.n = 99;
        return end();
      });
    await Promise.resolve(serve({ n: 1 })).catch((error: unknown) => expect(error).toBe(boom));
    expect(seen).toEqual([true, true, 1, true, 1]);
    expect(currentContext()).toBeUndefined();
  });

  test('M-37 isolate({ copyBack }) lets named values out', async () => {
    const serve = pipeline<Ctx, number>()
      .use(async (ctx, next) => {
        await next();
        return ctx.n;
      })
      .use(isolate({ copyBack: ['n'] }))
      .handle(async (ctx) => (ctx.n = 7));
    expect(await serve({ n: 1 })).toBe(7);
  });
});

describe('generators', () => {
  const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
    const all: T[] = [];
    for await (const item of items) all.push(item);
    return all;
  };

  test('M-38 the body of an async generator runs in the context of its own call', async () => {
    const list = wrap(async function* list() {
      yield name();
      await settle();
      yield name();
    });
    const outer = wrap(async function outer() {
      return [await collect(list()), name()];
    });
    expect(await collect(list())).toEqual(['list', 'list']);
    expect(await outer()).toEqual([['list', 'list'], 'outer']);
  });

  test('M-38 of a plain generator too, and of two at the same time; closing one as well', () => {
    const closed: unknown[] = [];
    const count = wrap(function* count(id: number) {
      try {
        for (;;) yield [id, currentContext<CallContext>()?.args[0]];
      } finally {
        closed.push(currentContext<CallContext>()?.args[0]);
      }
    });
    const [one, other] = [count(1), count(2)];
    expect([one.next().value, other.next().value, one.next().value]).toEqual([
      [1, 1],
      [2, 2],
      [1, 1],
    ]);
    other.return(undefined as never);
    expect(() => one.throw(boom)).toThrow(boom);
    expect(closed).toEqual([2, 1]);
  });
});

describe('wrap', () => {
  test('keeps name, length, this, and a given context', async () => {
    const service = {
      n: 2,
      add: wrap(function add(this: { n: number }, by: number) {
        return this.n + by;
      }),
    };
    expect(service.add(3)).toBe(5);
    expect([service.add.name, service.add.length]).toEqual(['add', 1]);
    const user = wrap(() => currentContext<{ user?: string }>()?.user);
    expect(user.withContext(createContext({ user: 'ada' }))).toBe('ada');
    expect(wrapPlain(() => currentContext(), ambient())()).toBeInstanceOf(Object);
  });
});
