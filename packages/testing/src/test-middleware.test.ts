/** One middleware alone, and the report of its run. */
import { DoubleNextError, type Middleware, repeats } from '@interpose/kernel';
import { describe, expect, test } from 'vitest';
import { stubHandler, testMiddleware } from './index.ts';

interface Http {
  readonly token?: string;
}

interface WithUser extends Http {
  readonly user: string;
}

const authenticate: Middleware<Http, string, WithUser> = async function authenticate(ctx, next) {
  return ctx.token ? next({ ...ctx, user: 'ada' }) : 'refused';
};

describe('testMiddleware', () => {
  test('M-172 M-184 runs one middleware alone and reports the result and what the rest saw', async () => {
    const report = await testMiddleware(authenticate, ({ user }) => `hello ${user}`, {
      token: 't',
    });
    expect(report).toEqual({
      ok: true,
      result: 'hello ada',
      error: undefined,
      nextCalls: 1,
      contextSeen: { token: 't', user: 'ada' },
      contextsSeen: [{ token: 't', user: 'ada' }],
      sync: false,
    });
  });

  test('M-172 reports a short-circuit', async () => {
    const report = await testMiddleware(authenticate, () => 'never', {});
    expect(report).toMatchObject({ ok: true, result: 'refused', nextCalls: 0, contextsSeen: [] });
    expect(report.contextSeen).toBeUndefined();
  });

  test('M-172 reports the error of the middleware or of the handler, the object itself', async () => {
    const error = new Error('no');
    const throws: Middleware<Http, string> = () => {
      throw error;
    };
    const own = await testMiddleware(throws, () => 'never', {});
    expect(own).toMatchObject({ ok: false, result: undefined, nextCalls: 0, sync: true });
    expect(own.error).toBe(error);
    const passed = await testMiddleware(authenticate, async () => Promise.reject(error), {
      token: 't',
    });
    expect(passed).toMatchObject({ ok: false, nextCalls: 1, sync: false });
    expect(passed.error).toBe(error);
  });

  test('tells whether a promise was needed', async () => {
    const pass: Middleware<Http, string> = (_, next) => next();
    expect((await testMiddleware(pass, () => 'ok', {})).sync).toBe(true);
    expect((await testMiddleware(pass, async () => 'ok', {})).sync).toBe(false);
  });

  test('holds it to the rules of a pipeline', async () => {
    const twice: Middleware<Http, string> = async function twice(_, next) {
      await next();
      return next();
    };
    const report = await testMiddleware(twice, () => 'ok', {});
    expect(report.nextCalls).toBe(1);
    expect(report.error).toBeInstanceOf(DoubleNextError);
  });

  test('lists the contexts of all runs of one that repeats', async () => {
    const again = repeats<Http, string>(async function again(ctx, next) {
      try {
        return await next();
      } catch {
        return next({ ...ctx, token: 'second' });
      }
    });
    const first = { token: 'first' };
    const report = await testMiddleware(
      again,
      stubHandler<Http, string>(new Error('reset'), 'ok'),
      first,
    );
    expect(report).toMatchObject({
      ok: true,
      result: 'ok',
      nextCalls: 2,
      contextSeen: { token: 'second' },
    });
    expect(report.contextsSeen[0]).toBe(first);
  });

  test('takes objects that act as a middleware', async () => {
    class Greeting {
      readonly word = 'hello';
      async handle(ctx: Http, next: (ctx?: Http) => PromiseLike<string> | string): Promise<string> {
        return `${this.word} ${await next(ctx)}`;
      }
    }
    expect(await testMiddleware(new Greeting(), () => 'ada', {})).toMatchObject({
      result: 'hello ada',
    });
  });

  test('refuses what is no middleware', async () => {
    await expect(testMiddleware({} as never, () => 'ok', {})).rejects.toThrow(TypeError);
  });
});
