/** No signal is made by those who put resources on the context of a call. */
import { Context, pipeline } from '@interpose/kernel';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { timeout } from '../timeout/timeout.ts';
import { lazy } from './lazy.ts';
import { pooled } from './pooled.ts';
import { quietExtend } from './quiet-copy.ts';
import { ResourcePool } from './resource-pool.ts';

interface Call {
  readonly signal?: AbortSignal;
}

const Platform = globalThis.AbortController;
let made = 0;
beforeEach(() => {
  made = 0;
  globalThis.AbortController = class extends Platform {
    constructor() {
      super();
      made++;
    }
  };
});
afterEach(() => {
  globalThis.AbortController = Platform;
});

describe('a call in a timeout makes no signal that nobody reads', () => {
  const layers = [
    ['lazy', lazy({ db: { load: () => 1 } })],
    ['pooled', pooled(new ResourcePool(() => ({})), { as: 'db' })],
  ] as const;

  test.each(layers)('with %s', async (_, layer) => {
    let context: Call | undefined;
    const serve = pipeline<Call, string>()
      .use(timeout({ timeoutMs: 1000 }))
      .use<object>(layer)
      .handle(async (ctx) => {
        context = ctx;
        return 'done';
      });
    expect(await serve({})).toBe('done');
    expect(made).toBe(0);
    expect(context?.signal).toBeInstanceOf(AbortSignal);
    expect(made).toBe(1);
  });
});

test('a copy has what the original has, and more; the original has not', () => {
  const original = { a: 1, b: 2 };
  const copy = quietExtend(original, { b: 3, c: 4 });
  expect(copy).toStrictEqual({ a: 1, b: 3, c: 4 });
  expect(original).toStrictEqual({ a: 1, b: 2 });
  const context = new Context({ a: 1 });
  const more = quietExtend(context, { b: 2 }) as Context<{ a: number; b: number }>;
  expect(more).toBeInstanceOf(Context);
  expect([more.get('b'), context.has('b' as never)]).toEqual([2, false]);
});
