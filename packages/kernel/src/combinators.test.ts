/** Conditions and choices: asked once, at run time, with the live context; a failed question opens no door. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { branch, provide, when, withContext } from './combinators.ts';
import { parallel } from './parallel.ts';
import { compose } from './compose-proven.ts';
import { UnknownBranchError } from './errors.ts';
import type { AnyMiddleware, Middleware } from './middleware.ts';
import { pipeline } from './pipeline.ts';

interface Ctx {
  role?: string;
  log: string[];
}
const mark =
  (name: string): Middleware<Ctx, string> =>
  async (ctx, next) => {
    ctx.log.push(name);
    return next();
  };
const run = (middleware: unknown, ctx: Ctx): unknown =>
  pipeline<Ctx, string>()
    .use(middleware as Middleware<Ctx, string>)
    .handle(() => 'done')(ctx);

describe('when', () => {
  const questions: [string, (ctx: Ctx) => boolean | Promise<boolean>][] = [
    ['synchronous', (ctx) => ctx.role === 'admin'],
    ['asynchronous', async (ctx) => ctx.role === 'admin'],
  ];

  test.each(questions)(
    'M-26 X-09 runs the middleware or not, on a %s condition, with an else branch',
    async (_, question) => {
      const [admin, other]: [Ctx, Ctx] = [
        { role: 'admin', log: [] },
        { role: 'guest', log: [] },
      ];
      const conditional = when(question, mark('audit'), mark('else'));
      expect(await run(conditional, admin)).toBe('done');
      expect(await run(conditional, other)).toBe('done');
      expect(admin.log).toEqual(['audit']);
      expect(other.log).toEqual(['else']);
      const skipped: Ctx = { log: [] };
      expect(await run(when(question, mark('audit')), skipped)).toBe('done');
      expect(skipped.log).toEqual([]);
    },
  );

  test('M-26 a condition that throws is an error and never a skip', async () => {
    const error = new Error('no answer');
    const failing = [
      () => {
        throw error;
      },
      async () => {
        throw error;
      },
    ];
    for (const question of failing) {
      const ctx: Ctx = { log: [] };
      let reached = false;
      const call = pipeline<Ctx, string>()
        .use(when(question, mark('guard')))
        .handle(() => {
          reached = true;
          return 'open';
        });
      await expect(async () => call(ctx)).rejects.toBe(error);
      expect(reached).toBe(false);
      expect(ctx.log).toEqual([]);
    }
  });

  test('M-27 the condition is asked once a call, at run time, with the live context', async () => {
    let asked = 0;
    const promote: Middleware<Ctx, string> = (ctx, next) => {
      ctx.role = 'admin';
      return next();
    };
    const ctx: Ctx = { role: 'guest', log: [] };
    const question = (live: Ctx): boolean => {
      asked++;
      return live.role === 'admin';
    };
    const call = pipeline<Ctx, string>()
      .use(promote)
      .use(when(question, mark('audit')))
      .handle(() => 'done');
    expect(asked).toBe(0);
    await call(ctx);
    expect(asked).toBe(1);
    expect(ctx.log).toEqual(['audit']);
  });

  test('the middleware inside is kept to the rules like any other', async () => {
    await expect(async () =>
      run(
        when(() => true, (() => {}) as never),
        { log: [] },
      ),
    ).rejects.toThrow('neither answered');
  });

  test('something else than a function is refused when it is made', () => {
    expect(() => when(true as never, mark('a'))).toThrow('Expected `condition` to be a function');
  });
});

describe('branch', () => {
  const choose = branch((ctx: Ctx) => ctx.role ?? '', {
    admin: mark('admin'),
    guest: mark('guest'),
  });

  test('M-28 runs the branch that the function names', async () => {
    const ctx: Ctx = { role: 'guest', log: [] };
    expect(await run(choose, ctx)).toBe('done');
    expect(ctx.log).toEqual(['guest']);
    const late = branch(async () => 'b', { a: mark('a'), b: mark('b') });
    expect(await run(late, ctx)).toBe('done');
    expect(ctx.log).toEqual(['guest', 'b']);
  });

  test('M-28 a name that is no branch is an error, unless there is another way', async () => {
    const ctx: Ctx = { role: 'toString', log: [] };
    await expect(async () => run(choose, ctx)).rejects.toBeInstanceOf(UnknownBranchError);
    await expect(async () => run(choose, ctx)).rejects.toThrow(
      'No branch "toString"; there are: admin, guest.',
    );
    await run(
      branch((one: Ctx) => one.role ?? '', { admin: mark('admin') }, mark('other')),
      ctx,
    );
    expect(ctx.log).toEqual(['other']);
  });
});

describe('parallel', () => {
  test('M-28 runs preparations at the same time, and waits for all of them before the first failure is thrown', async () => {
    const log: string[] = [];
    const slow = async (): Promise<void> => {
      log.push('slow starts');
      await Promise.resolve();
      await Promise.resolve();
      log.push('slow ends');
    };
    const quick = async (): Promise<void> => void log.push('quick');
    expect(await run(parallel(slow, quick), { log: [] })).toBe('done');
    expect(log).toEqual(['slow starts', 'quick', 'slow ends']);

    const failing = async (): Promise<void> => {
      throw new Error('first listed');
    };
    log.length = 0;
    let reached = false;
    const call = pipeline<Ctx, string>()
      .use(parallel<Ctx>(slow, failing, () => Promise.reject(new Error('second'))))
      .handle(() => {
        reached = true;
        return 'x';
      });
    await expect(async () => call({ log: [] })).rejects.toThrow('first listed');
    expect(log).toContain('slow ends');
    expect(reached).toBe(false);
  });
});

describe('provide', () => {
  test('puts a value on the context for those further in, at once or later', async () => {
    const call = pipeline<{ id: number }, string>()
      .use(provide('user', (ctx: { id: number }) => ({ name: `user ${ctx.id}` })))
      .use(provide('role', async () => 'admin'))
      .handle((ctx) => `${ctx.user.name} ${ctx.role}`);
    expect(await call({ id: 7 })).toBe('user 7 admin');
  });

  test('what is provided counts as provided', () => {
    const built = pipeline<{ id: number }, number>()
      .use(provide('user', () => 1))
      .use((_, next) => next(), { name: 'basket', requires: ['user'] });
    expect(() => built.handle(() => 1)).not.toThrow();
  });
});

test('M-12 withContext({ … }) adds keys for those further in', async () => {
  const call = pipeline<{ id: number }, string>()
    .use(withContext({ tenant: 'acme', id: 8 }))
    .handle((ctx) => `${ctx.tenant} ${ctx.id}`);
  expect(await call({ id: 7 })).toBe('acme 8');
});

const texts = fc.string({ maxLength: 3 });
const any = fc.array(texts, { maxLength: 4 });
const all = (names: string[]): AnyMiddleware[] => names.map((name) => mark(name) as AnyMiddleware);
const trace = async (middleware: AnyMiddleware): Promise<unknown[]> => {
  const ctx: Ctx = { log: [] };
  return [await run(middleware, ctx), ctx.log];
};
const composed = (...list: AnyMiddleware[]): AnyMiddleware =>
  compose(...list) as unknown as AnyMiddleware;

describe('laws', () => {
  test('compose is associative, and compose() is its identity', async () => {
    await fc.assert(
      fc.asyncProperty(any, any, any, async (a, b, c) => {
        const [x, y, z] = [composed(...all(a)), composed(...all(b)), composed(...all(c))];
        const flat = await trace(composed(...all([...a, ...b, ...c])));
        expect(await trace(composed(composed(x, y), z))).toEqual(flat);
        expect(await trace(composed(x, composed(y, z)))).toEqual(flat);
        expect(await trace(composed(composed(), x))).toEqual(await trace(x));
        expect(await trace(composed(x, composed()))).toEqual(await trace(x));
      }),
    );
  });

  test('when(true, m) is m, and when(false, m) is the identity', async () => {
    await fc.assert(
      fc.asyncProperty(any, fc.boolean(), async (names, late) => {
        const m = composed(...all(names)) as unknown as Middleware<Ctx, string>;
        const say = (value: boolean) => (): boolean | Promise<boolean> =>
          late ? Promise.resolve(value) : value;
        expect(await trace(when(say(true), m) as AnyMiddleware)).toEqual(
          await trace(m as AnyMiddleware),
        );
        expect(await trace(when(say(false), m) as AnyMiddleware)).toEqual(['done', []]);
      }),
    );
  });
});
