/** Tests of what the text of a middleware proves, and that a guard counts the same either way. */
import { type AnyMiddleware, pipeline, type Runner } from '@interpose/kernel';
import { fakeClock } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { guard } from './guard.ts';
import { isPrompt, isTailless, maySeeSignal } from './tail.ts';

// oxlint-disable no-eval -- as text, so that no formatter and no transformer changes what is proven
const made = (text: string): AnyMiddleware => (0, eval)(`(${text})`) as AnyMiddleware;

describe('isTailless', () => {
  const TAILLESS = [
    '(ctx, next) => next(ctx)',
    '(ctx, next) => next()',
    'async (ctx, next) => next(ctx)',
    'async (ctx, next) => await next(ctx)',
    '(ctx, next) => next({ ...ctx, user: load(ctx.id(1)) })',
    'function f(ctx, next) { return next(ctx); }',
    'async function f(ctx, next) { ctx.n++; return next(ctx) }',
    'async (ctx, next) => { const user = await load(ctx); return await next({ ...ctx, user }); }',
    'async (ctx, next) => { if (!ctx.user) throw new Error("no"); return next(ctx); }',
    '(ctx, next) => { if (ctx.user) return next(ctx); }',
    'async (ctx, next) => { const result = await next(ctx); return result; }',
    `async (ctx, next) => {
      // a comment of its own
      return next(ctx);
    }`,
  ];
  const TAILED = [
    'async (ctx, next) => { const result = await next(ctx); log(result); return result; }',
    'async (ctx, next) => { try { return await next(ctx); } finally { log(); } }',
    // The word alone is enough: Node 20 does not know the declaration yet.
    'async (ctx, next) => { const using = 1; return next(ctx); }',
    '(ctx, next) => next(ctx).then(log)',
    '(ctx, next) => next(ctx) ?? other(ctx)',
    'async (ctx, next) => { return log(await next(ctx)); }',
    '(ctx, next) => { return later(() => { return next(ctx); }); }',
    '(ctx, next) => { return next(ctx), log(); }',
    '(ctx, next) => { return next(ctx) || next(ctx); }',
    '(ctx, next) => { const result = next(ctx); return other; }',
    '(ctx, next) => { /* hidden */ return next(ctx); }',
    '(ctx, next) => { eval("log()"); return next(ctx); }',
    '(ctx, { call }) => call(ctx)',
    'function f() { return arguments[1](); }',
    '(...all) => all[1]()',
  ];
  test.each(TAILLESS)('does nothing after its next: %s', (text) => {
    expect(isTailless(made(text))).toBe(true);
  });
  test.each(TAILED)('may do something after it: %s', (text) => {
    expect(isTailless(made(text))).toBe(false);
  });

  test.each(TAILLESS.filter((text) => !text.includes('load') && !text.includes('user')))(
    'is counted as if nothing were known: %s',
    async (text) => {
      const clock = fakeClock();
      const measure = async (middleware: AnyMiddleware): Promise<object> => {
        const serve = pipeline<object, unknown>()
          .use(async (ctx, next) => next(ctx), { name: 'outer' })
          .use(middleware, { name: 'm' })
          .handle(() => new Promise((resolve) => void clock.setTimer(() => resolve(1), 50)));
        const { metrics } = guard(serve as Runner<object, unknown>, { clock });
        const call = serve({});
        await clock.advance(50);
        await call;
        const { lastExecutedAt: _, ...figures } = metrics.getMetrics('m');
        return figures;
      };
      const known = made(text);
      // A bound function shows no text.
      expect(await measure(known)).toEqual(await measure(known.bind(undefined)));
    },
  );
});

describe('isPrompt', () => {
  const PROMPT = [
    'async (ctx, next) => { const result = await next(ctx); return result; }',
    'async (ctx, next) => { const started = now(); const result = await next(ctx); report(now() - started); return result; }',
    'async (ctx, next) => { const result = await next(ctx); if (result.bad) { throw new Error("bad"); } return result }',
    'async (ctx, next) => { const t = now(); try { return await next(ctx); } finally { report(now() - t); } }',
    'async (ctx, next) => { try { return await next(ctx); } catch (error) { log(error); throw error; } finally { done(); } }',
    'async function f(ctx, next) { const result = await next(); ctx.n--; return result; }',
  ];
  const WAITING = [
    '(ctx, next) => { const result = next(ctx); log(); return result; }',
    'async (ctx, next) => { const result = await next(ctx); await log(); return result; }',
    'async (ctx, next) => { const result = await next(ctx); return log(result); }',
    'async (ctx, next) => { const result = await next(ctx); if (result) return result; }',
    'async (ctx, next) => { const result = await next(ctx); if (result) return result; return null; }',
    'async (ctx, next) => { const result = await next(ctx); items.map((item) => { return result; }); }',
    'async (ctx, next) => { let result = await next(ctx); result = later(); return result; }',
    'async (ctx, next) => { try { return next(ctx); } finally { log(); } }',
    'async (ctx, next) => { try { return await next(ctx); } catch { return later(); } }',
    'async (ctx, next) => { for await (const x of xs) log(x); const result = await next(ctx); return result; }',
    'async (ctx, next) => { const run = async () => { const r = await next(ctx); return r; } }',
  ];
  test.each(PROMPT)('waits for the rest alone: %s', (text) => {
    expect(isPrompt(made(text))).toBe(true);
  });
  test.each(WAITING)('may wait for more: %s', (text) => {
    expect(isPrompt(made(text))).toBe(false);
  });

  test('one that waits before its next is stopped all the same', async () => {
    const clock = fakeClock();
    const wait = (ms: number): Promise<void> =>
      new Promise((resolve) => void clock.setTimer(resolve, ms));
    const slow = async (ctx: object, next: (ctx: object) => unknown): Promise<unknown> => {
      const waited = wait(100);
      const result = await waited.then(() => next(ctx));
      return result;
    };
    const serve = pipeline<object, unknown>()
      .use(slow as AnyMiddleware, { name: 'slow' })
      .handle(() => 'answer');
    guard(serve as Runner<object, unknown>, { clock, timeoutMs: 50 });
    const failed = Promise.resolve(serve({})).catch((error: unknown) => error);
    await clock.advance(50);
    expect(await failed).toMatchObject({ middleware: 'slow' });
    await clock.advance(100);
  });

  test.each([
    ['a result', () => Promise.resolve('answer'), ['answer']],
    ['an error', () => Promise.reject(new Error('down')), [undefined, 'down']],
    ['nothing', () => Promise.resolve(undefined), [undefined]],
  ])(
    'is counted as if nothing were known, with %s of the rest',
    async (_, handler, [value, message]) => {
      const clock = fakeClock();
      const prompt = made(
        'async (ctx, next) => { ctx.spend(3); try { return await next(ctx); } finally { ctx.spend(4); } }',
      );
      const seen: unknown[] = [];
      for (const middleware of [prompt, prompt.bind(undefined)]) {
        const serve = pipeline<object, unknown>()
          .use(async (ctx, next) => next(ctx), { name: 'outer' })
          .use(middleware, { name: 'm' })
          .handle(handler);
        const { metrics } = guard(serve as Runner<object, unknown>, { clock });
        const call = Promise.resolve(serve({ spend: (ms: number) => clock.advanceSync(ms) }));
        const ended = await call.then(
          (result) => [result],
          (error: Error) => [undefined, error.message],
        );
        expect(ended).toEqual(message ? [value, message] : [value]);
        const { lastExecutedAt: _at, ...figures } = metrics.getMetrics('m');
        seen.push(figures);
      }
      expect(seen[0]).toMatchObject({ successes: 1, ownMs: { total: 7 } });
      expect(seen[0]).toEqual(seen[1]);
    },
  );
});

describe('maySeeSignal', () => {
  const BLIND = [
    '() => 1',
    '(ctx, next) => next(ctx)',
    '(ctx, next) => next({ ...ctx, user: ctx.user })',
    'async (ctx, next) => { ctx.n = 1; log(ctx.path, ctx.n); return next(ctx); }',
    '({ user }, next) => next()',
    '(_, next) => next()',
    'before(ctx) { ctx.startedAt = 1; }',
  ];
  const SEEING = [
    '(ctx, next) => load(ctx)',
    '(ctx, next) => load(ctx.signal)',
    '(ctx, next) => load(ctx["signal"])',
    '(ctx, next) => load({ ...ctx })',
    '(ctx, next) => ctx.load()',
    '(ctx, next) => ctx.load?.()',
    '({ signal }, next) => load(signal)',
    '({ ...all }, next) => load(all)',
    '({ [key]: value }, next) => load(value)',
    '(ctx, next) => { const { signal } = ctx; return load(signal); }',
    'function f() { return arguments[0].signal; }',
    '(...all) => load(all[0])',
    'ctx => load(ctx)',
    '(ctx, next) => c\\u0074x.signal',
  ];
  test.each(BLIND)('sees no signal: %s', (text) => {
    expect(
      maySeeSignal(
        text.startsWith('before')
          ? (made(`{ ${text} }`) as unknown as { before: unknown }).before
          : made(text),
      ),
    ).toBe(false);
  });
  test.each(SEEING)('may see it: %s', (text) => {
    expect(maySeeSignal(made(text))).toBe(true);
  });
  test('a bound or native function proves nothing', () => {
    const bound = made('(ctx, next) => next(ctx)').bind(undefined);
    expect([maySeeSignal(bound), isTailless(bound)]).toEqual([true, false]);
    expect([maySeeSignal(String), isTailless(String)]).toEqual([true, false]);
  });
});
