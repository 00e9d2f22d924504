/** The proof: what it recognises, what it must not, and that it never holds for a middleware that misbehaves. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compose } from './compose-watched.ts';
import { ConductError } from './errors.ts';
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
  'return;',
);

test('whatever is proven never breaks a rule when it is watched', async () => {
  let proven = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(statements, { maxLength: 4 }),
      fc.integer({ min: 0, max: 6 }),
      async (body, n) => {
        let middleware: AnyMiddleware;
        try {
          middleware = from(`async (ctx, next) => { ${body.join(' ')} }`);
        } catch {
          return; // No JavaScript.
        }
        if (!prove(middleware)) return;
        proven++;
        let calls = 0;
        const handler = async (): Promise<number> => {
          calls++;
          await Promise.resolve();
          return 7;
        };
        try {
          const watched = compose(middleware) as unknown as (
            ctx: object,
            next: unknown,
          ) => Promise<unknown>;
          expect(await watched({ n }, handler)).toBe(7);
          expect(calls).toBe(1);
        } catch (error) {
          expect(error).not.toBeInstanceOf(ConductError);
          throw error;
        }
      },
    ),
    { numRuns: 20_000 },
  );
  expect(proven).toBeGreaterThan(100);
});
