/** Tests of sight: what a handler's text proves, and that it comes to the same either way. */
import { pipeline } from '@interpose/kernel';
import { fakeClock } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { isBlind } from './sight.ts';
import { timeout } from './timeout/timeout.ts';

// oxlint-disable no-eval -- as text, so that no formatter and no transformer changes what is proven
const made = (text: string): unknown => (0, eval)(`(${text})`);

describe('isBlind', () => {
  const BLIND = [
    '() => 1',
    'async () => load()',
    'async()=>load()',
    '(ctx) => (ctx.n ? ctx.a : ctx.b)',
    'ctx => load(ctx.n)',
    'async (ctx) => load(ctx.user.id, ctx.args)',
    '(ctx) => { const found = load(ctx.id); return found; }',
    '($) => load($.id)',
  ];
  const SEEING = [
    'function () { return arguments[0].signal; }',
    'async function f() {}',
    '(...all) => all[0]',
    '({ signal }) => signal',
    '(ctx = {}) => ctx.n',
    '(ctx) => ctx',
    '(ctx) => load(ctx)',
    '(ctx) => ctx.signal',
    '(ctx) => load(ctx.signal)',
    '(ctx) => load(ctx?.n)',
    '(ctx) => ctx.fetch()',
    '(ctx) => ctx.fetch`x`',
    '(ctx) => ctx["signal"]',
    '(ctx) => { ctx.n = 1; return ctx.n; }',
    '(ctx) => { ctx.n++; return 1; }',
    '(ctx) => { ++ctx.n; return 1; }',
    '(ctx) => { delete ctx.n; return 1; }',
    '(ctx) => ({ ...ctx })',
    '(ctx) => { [ctx.n] = [1]; return 1; }',
    '(ctx) => { ({ a: ctx.n } = { a: 1 }); return 1; }',
    '(ctx) => { const { signal } = ctx; return signal; }',
    '(ctx) => eval("c" + "tx.signal")',
    '(ctx) => c\\u0074x.signal',
    '(ctx, other) => ctx.n',
    '(ctx) => `${ctx}`',
  ];

  test.each(BLIND)('sees no signal: %s', (text) => {
    expect(isBlind(made(text))).toBe(true);
  });

  test.each(SEEING)('may see one: %s', (text) => {
    expect(isBlind(made(text))).toBe(false);
  });

  test('a bound or native function proves nothing', () => {
    const one = function one(this: unknown) {
      return this;
    };
    expect(isBlind(one.bind(1))).toBe(false);
    expect(isBlind(String)).toBe(false);
  });
});

test('whether a context is copied or not, the handler finds the same on it', () => {
  const clock = fakeClock();
  const read = (ctx: { n: number }): unknown => ctx.n;
  const see = (ctx: { n: number; signal?: AbortSignal }): unknown => [ctx, ctx.n][1];
  const serve = (handler: typeof read): unknown =>
    pipeline<{ n: number }, unknown>().use(timeout({ clock })).handle(handler)({ n: 7 });
  expect(serve(read)).toBe(7);
  expect(serve(see)).toBe(7);
});
