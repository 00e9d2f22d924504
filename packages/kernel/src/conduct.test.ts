/** What a middleware may not do, however it is written: found in every environment, with its name and what to do. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { compose } from './compose-watched.ts';
import { DoubleNextError, EarlyReturnError, LostResultError, NoAnswerError } from './errors.ts';
import type { AnyMiddleware } from './middleware.ts';
import { pipeline } from './pipeline.ts';
import { define } from './layer.ts';

type Next = (ctx?: object) => Promise<string>;
type Form = (ctx: object, next: Next) => unknown;

const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const answer = async (): Promise<string> => {
  await later();
  return 'answer';
};

let unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);
beforeEach(() => {
  unhandled = [];
  process.on('unhandledRejection', note);
});
afterEach(async () => {
  await later();
  await later();
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});

/** The same middleware in a pipeline, which reads its text, and in compose, which watches. */
const ways: [string, (middleware: Form, handler?: () => unknown) => Promise<unknown>][] = [
  [
    'pipeline',
    async (middleware, handler = answer) =>
      pipeline<object, string>()
        .use(middleware as never, { name: 'guilty' })
        .handle(handler as never)({}),
  ],
  [
    'compose',
    async (middleware, handler = answer) =>
      (compose(define({ name: 'guilty' }, middleware as AnyMiddleware)) as unknown as Form)(
        {},
        handler as never,
      ),
  ],
];

describe.each(ways)('in a %s', (_, run) => {
  const environments = ['production', 'development', undefined];

  test.each(environments)(
    'M-07 X-C11 next() twice is an error that names the middleware (NODE_ENV=%s)',
    async (env) => {
      const before = process.env['NODE_ENV'];
      process.env['NODE_ENV'] = env as string;
      try {
        const twice: Form = async (__, next) => {
          await next();
          return next();
        };
        const error = await run(twice).catch((caught: unknown) => caught);
        expect(DoubleNextError.is(error)).toBe(true);
        expect((error as Error).message).toBe(
          'Middleware "guilty" called next() twice; declare it with repeats()',
        );
        expect(error).toMatchObject({ code: 'DOUBLE_NEXT', middleware: 'guilty' });
      } finally {
        if (before === undefined) delete process.env['NODE_ENV'];
        else process.env['NODE_ENV'] = before;
      }
    },
  );

  test('two calls of next at the same time are found', async () => {
    const race: Form = (__, next) => Promise.all([next(), next()]);
    await expect(run(race)).rejects.toBeInstanceOf(DoubleNextError);
  });

  test('a second call after the middleware has answered is found', async () => {
    let late: Next = async () => '';
    const keep: Form = async (__, next) => {
      late = next;
      return next();
    };
    expect(await run(keep)).toBe('answer');
    expect(() => late()).toThrow(DoubleNextError);
  });

  test('answering while next is pending is an error, and the inner failure is no unhandled rejection', async () => {
    const early: Form = async (__, next) => {
      void next();
      return 'early';
    };
    const failing = async (): Promise<never> => {
      await later();
      throw new Error('inner');
    };
    await expect(run(early)).rejects.toBeInstanceOf(EarlyReturnError);
    await expect(run(early, failing)).rejects.toThrow(
      'Middleware "guilty" answered before its next(); await it',
    );
  });

  test('next for the first time after the middleware has answered is an error', async () => {
    let late: Next = async () => '';
    const keep: Form = async (__, next) => {
      late = next;
      return 'at once';
    };
    expect(await run(keep)).toBe('at once');
    expect(() => late()).toThrow(EarlyReturnError);
  });

  test('P-80 a middleware that neither answers nor calls next is named', async () => {
    const silent: Form[] = [() => {}, async () => {}, async () => undefined];
    for (const form of silent) {
      await expect(run(form)).rejects.toMatchObject({
        code: 'NO_ANSWER',
        message: 'Middleware "guilty" neither answered nor called next(); return either',
      });
    }
    expect(NoAnswerError.is(await run(silent[0] as Form).catch((error: unknown) => error))).toBe(
      true,
    );
  });

  test('P-80 a middleware that forgets to return the result of next is named', async () => {
    const forgets: Form[] = [
      async (__, next) => {
        await next();
      },
      async (ctx, next) => {
        const result = await next(ctx);
        if (result === 'never') return result;
        return undefined;
      },
    ];
    for (const form of forgets) await expect(run(form)).rejects.toBeInstanceOf(LostResultError);
    const sync: Form = (__, next) => {
      void next();
    };
    await expect(run(sync, () => 'plain')).rejects.toBeInstanceOf(LostResultError);
    await expect(run(sync)).rejects.toBeInstanceOf(EarlyReturnError);
  });

  test('undefined is a result like any other when the handler gives it', async () => {
    expect(
      await run(
        async (__, next) => next(),
        async () => undefined,
      ),
    ).toBeUndefined();
    const looks: Form = async (__, next) => {
      await next();
    };
    expect(await run(looks, async () => undefined)).toBeUndefined();
  });

  test('a failure of the rest may be answered with undefined, and a failure of its own is never replaced', async () => {
    const own = new Error('own');
    const swallow: Form = async (__, next) => {
      try {
        return await next();
      } catch {
        return undefined;
      }
    };
    const failing = (): never => {
      throw new Error('inner');
    };
    expect(await run(swallow, failing)).toBeUndefined();
    const both: Form = async (__, next) => {
      void next();
      throw own;
    };
    await expect(run(both)).rejects.toBe(own);
  });

  test('falsy results are results', async () => {
    for (const value of [null, 0, '', false, Number.NaN]) {
      const pass: Form = async (__, next) => {
        const result = await next();
        return result;
      };
      expect(await run(pass, () => value)).toBe(value);
      expect(await run(() => value)).toBe(value);
    }
  });

  test('a middleware may declare that it answers early, or that it answers nothing', async () => {
    const early = define({ detached: true }, (async (__, next) => {
      void next();
      return 'early';
    }) as Form);
    expect(await run(early)).toBe('early');
    const silent = define({ answersNothing: true }, (async () => {}) as Form);
    expect(await run(silent)).toBeUndefined();
  });
});

test('a pipeline whose calls have no result says so once', async () => {
  const skip = async (): Promise<void> => {};
  const run = pipeline<object, void>({ answersNothing: true })
    .use(skip)
    .handle(async () => {});
  expect(await run({})).toBeUndefined();
  await expect(async () =>
    pipeline<object, void>()
      .use(skip)
      .handle(() => {})({}),
  ).rejects.toThrow('neither answered');
});
