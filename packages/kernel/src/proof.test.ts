/** The proof: what it recognises, what it must not, and that it never holds for a middleware that misbehaves. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compose as composeProven } from './compose-proven.ts';
import { compose } from './compose-watched.ts';
import type { AnyMiddleware } from './middleware.ts';
import { prove } from './proof.ts';

const from = (text: string): AnyMiddleware => new Function(`return (${text});`)() as AnyMiddleware;

describe('recognises the plain forms', () => {
  const plain: [string, { passes: boolean; holds: boolean }][] = [
    ['(ctx, next) => next(ctx)', { passes: true, holds: false }],
    ['(ctx, next) => next()', { passes: false, holds: false }],
    ['async (ctx, next) => await next()', { passes: false, holds: false }],
    ['(ctx, next) => { return next(ctx); }', { passes: true, holds: false }],
    [
      'async function timing(ctx, next) { mark(ctx); return next({ ...ctx, at: 1 }); }',
      { passes: true, holds: false },
    ],
    [
      'async (ctx, next) => {\n  // the rest first\n  const result = await next(ctx);\n  ctx.n += 1;\n  return result;\n}',
      { passes: true, holds: false },
    ],
    ['(ctx, next) => { const r = next(ctx); ctx.n++; return r; }', { passes: true, holds: true }],
    ['async(a,b)=>{const c=await b(a);a.n++;return c}', { passes: true, holds: false }],
    [
      'async (ctx, next) => { const t = now(); try { return await next(); } finally { if (t) { done(t); } } }',
      { passes: false, holds: false },
    ],
    [
      'async (ctx, next) => { if (ctx.on) { ctx.n++; } return await next(ctx); }',
      { passes: true, holds: false },
    ],
  ];
  test.each(plain)('%s', (text, proof) => {
    expect(prove(from(text))).toEqual(proof);
  });

  const guards = [
    '(ctx, next) => { if (!ctx.user) return 401; return next(ctx); }',
    'async (ctx, next) => { const user = await find(ctx); if (!user) { return deny(ctx); } return next(extend(ctx, { user })); }',
    'async (ctx, next) => { const user = await find(ctx); return user ? next({ ...ctx, user }) : new Response(null, { status: 401 }); }',
    '(ctx, next) => { return ctx.ok && ctx.on ? next() : refuse(ctx); }',
    'async (ctx, next) => { if (ctx.hit) return; return await next(ctx); }',
  ];
  test.each(guards)('may answer by itself: %s', (text) => {
    expect(prove(from(text))).toEqual({ passes: false, holds: false, guards: true });
  });

  test('a method', () => {
    const object = {
      async handle(ctx: { n: number }, next: (ctx: object) => Promise<unknown>) {
        ctx.n += 1;
        return next(ctx);
      },
    };
    expect(prove(object.handle)).toBeDefined();
  });
});

describe('doubts everything else', () => {
  const doubtful = [
    '(ctx, next) => { next(ctx); }',
    '(ctx, next) => { if (ctx.ok) return next(ctx); }',
    '(ctx, next) => { if (ctx.ok)\n return next(ctx);\n }',
    '(ctx, next) => { if (ctx.no) ctx.n++; else return next(ctx); }',
    'async (ctx, next) => { while (ctx.n--) await next(ctx); return 1; }',
    'async (ctx, next) => { for (const r = await next(ctx); ;) { return r; } }',
    'async (ctx, next) => { const go = () => next(ctx); await go(); return go(); }',
    'async (ctx, next) => { const o = { go() { const r = next(ctx); return r; } }; }',
    '(ctx, next) => { const r = next(ctx); return 5; }',
    'async (ctx, next) => { const r = await next(ctx); if (ctx.bare) return; return r; }',
    'async (ctx, next) => { const r = next(ctx); await 1; return 2; }',
    'async (ctx, next) => { const r = await next(ctx); ctx.go = next; return r; }',
    '(ctx, next) => { return\nnext(ctx); }',
    '(ctx, next) => { arguments[1](ctx); return next(ctx); }',
    '(ctx, next) => { eval("ne" + "xt(ctx)"); return next(ctx); }',
    '(ctx, next) => { n\\u0065xt(ctx); return next(ctx); }',
    '(ctx, next) => { ctx.n++; /* ; return next(ctx); */ }',
    '(ctx, next) => { ctx.n++; // ; return next(ctx);\n }',
    '(ctx, next) => { call(next); return 1; }',
    '(ctx, next, more) => next(ctx)',
    '({ n }, next) => next()',
    '(ctx, next = 1) => next(ctx)',
    '(...both) => both[1]()',
    'async (ctx, next) => { let r = await next(ctx); r = undefined; return r; }',
    '(ctx, next) => next(ctx) && next(ctx)',
    '(ctx, next) => next(other())',
    'async (ctx, next) => { try { return await next(ctx); } catch { } }',
    'async (ctx, next) => { try { return next(ctx); } finally { ctx.n++; } }',
    'function* (ctx, next) { return next(ctx); }',
    '(ctx, next) => { return wrap(ctx.ok ? next(ctx) : 1); }',
    '(ctx, next) => { return ctx.ok ? next(ctx) : 1, 5; }',
    '(ctx, next) => { return ctx.ok ? next(ctx) : deny(1), deny(2); }',
    '(ctx, next) => { return [ctx.ok ? next(ctx) : 1]; }',
    'async (ctx, next) => { return ctx.ok ? next(ctx) + 1 : 1; }',
    '(ctx, next) => { if (ctx.a) return 1; else return next(ctx); }',
  ];
  test.each(doubtful)('%s', (text) => {
    expect(prove(from(text))).toBeUndefined();
  });

  test('functions without a text to read', () => {
    expect(prove(from('(ctx, next) => next(ctx)').bind(null))).toBeUndefined();
    expect(prove(new Proxy(from('(ctx, next) => next(ctx)'), {}))).toBeUndefined();
    expect(prove(class {})).toBeUndefined();
  });

  test('a commented-out return does not count as one', () => {
    expect(
      prove(from('async (ctx, next) => {\n  ctx.n++;\n  // return next(ctx);\n}')),
    ).toBeUndefined();
  });
});

/** Pieces from which middleware are put together that behave well, badly, or neither here nor there. */
const statements = fc.constantFrom(
  'ctx.n += 1;',
  'const r = await next(ctx);',
  'const r = next(ctx);',
  'const r = await next();',
  'await next(ctx);',
  'next(ctx);',
  'if (ctx.n > 0) return next(ctx);',
  'if (ctx.n > 0) { ctx.n -= 1; }',
  'if (ctx.n > 5) return;',
  'while (ctx.n-- > 0) await next(ctx);',
  'for (let i = 0; i < 2; i++) { await next(ctx); }',
  'try { return await next(ctx); } finally { ctx.n += 1; }',
  'try { return await next(ctx); } catch { }',
  'const go = () => next(ctx);',
  'const text = "return next(ctx);";',
  '// return next(ctx);\n',
  '/* next(ctx) */',
  'return next(ctx);',
  'return await next({ ...ctx });',
  'return r;',
  'return 1;',
  'if (ctx.n > 3) return 2;',
  'if (ctx.n > 3) return undefined;',
  'return ctx.n > 2 ? next(Object.assign({}, ctx)) : 3;',
  'return ctx.n > 2 ? await next() : undefined;',
  'return [ctx.n ? next(ctx) : 1];',
  'return next(ctx), 5;',
  'return;',
);

test('what is proven ends exactly as it would under watch: the same result, the same error, the same calls', async () => {
  const proven = { plain: 0, guards: 0 };
  const endOf = async (composed: unknown, n: number, result: unknown): Promise<unknown> => {
    let calls = 0;
    const handler = async (): Promise<unknown> => {
      calls++;
      await Promise.resolve();
      return result;
    };
    try {
      const value = await (composed as (ctx: object, next: unknown) => unknown)({ n }, handler);
      return { calls, value };
    } catch (error) {
      return { calls, code: (error as { code?: unknown }).code ?? String(error) };
    }
  };
  const bodies = fc.array(statements, { maxLength: 4 });
  // A handler may give nothing; then a middleware that hands it on has lost nothing.
  const results = fc.constantFrom(7, undefined);
  await fc.assert(
    fc.asyncProperty(
      bodies,
      fc.integer({ min: 0, max: 6 }),
      fc.boolean(),
      results,
      async (body, n, later, result) => {
        let middleware: AnyMiddleware;
        try {
          middleware = from(`${later ? 'async ' : ''}(ctx, next) => { ${body.join(' ')} }`);
        } catch {
          return; // No JavaScript.
        }
        const proof = prove(middleware);
        if (!proof) return;
        proven[proof.guards ? 'guards' : 'plain']++;
        expect(await endOf(composeProven(middleware), n, result)).toEqual(
          await endOf(compose(middleware), n, result),
        );
      },
    ),
    { numRuns: 20_000 },
  );
  expect(proven.plain).toBeGreaterThan(30);
  expect(proven.guards).toBeGreaterThan(30);
});

test('a guard may hand on that there is nothing, at once or after waiting', async () => {
  const guards = [
    '(ctx, next) => { if (ctx.no) return 401; return next(ctx); }',
    'async (ctx, next) => { await ctx.user; if (ctx.no) return 401; return next(ctx); }',
  ];
  for (const text of guards) {
    const run = composeProven(from(text)) as unknown as (ctx: object, next: unknown) => unknown;
    expect(await run({}, async () => undefined)).toBeUndefined();
    expect(await run({ no: true }, async () => undefined)).toBe(401);
  }
});
