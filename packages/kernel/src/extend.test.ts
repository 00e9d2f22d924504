/** extend: a copy of the same kind with more on it; the original stays as it is. */
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { COPY, extend } from './extend.ts';

describe('plain contexts', () => {
  test('gives a new object with both, and touches neither', () => {
    const ctx: { a: number; shared: { n: number } } = Object.freeze({ a: 1, shared: { n: 1 } });
    const adds: { a: number; b: number } = Object.freeze({ a: 2, b: 3 });
    const out = extend(ctx, adds);
    expect(out).toEqual({ a: 2, shared: { n: 1 }, b: 3 });
    expect(out.shared).toBe(ctx.shared);
    expect(ctx).toEqual({ a: 1, shared: { n: 1 } });
    out.b = 4;
    expect(adds.b).toBe(3);
  });

  test('keeps symbols, and an object without a prototype stays without', () => {
    const tag = Symbol('tag');
    const ctx = Object.assign(Object.create(null) as object, { [tag]: 1 });
    const out = extend(ctx, { b: 2 });
    expect(Object.getPrototypeOf(out)).toBeNull();
    expect((out as Record<symbol, unknown>)[tag]).toBe(1);
    expect(Object.getPrototypeOf(extend({}, {}))).toBe(Object.prototype);
  });

  test('law: it is what a spread is', () => {
    const object = fc.dictionary(
      fc.oneof(fc.string(), fc.constant('__proto__'), fc.constant('constructor')),
      fc.anything(),
    );
    fc.assert(
      fc.property(object, object, (ctx, adds) => {
        const [out, spread] = [extend(ctx, adds), { ...ctx, ...adds }];
        expect(Reflect.ownKeys(out)).toEqual(Reflect.ownKeys(spread));
        for (const key of Object.keys(spread)) {
          expect(Object.getOwnPropertyDescriptor(out, key)?.value).toBe(
            Object.getOwnPropertyDescriptor(spread, key)?.value,
          );
        }
      }),
    );
  });
});

describe('contexts of a class', () => {
  class Request {
    readonly raw = 'raw';
    get path(): string {
      return `/${this.raw}`;
    }
    shout(): string {
      return this.path.toUpperCase();
    }
  }

  test('are copied as that class, getters and methods and all', () => {
    const ctx = new Request();
    const out = extend(ctx, { user: 'ada' });
    expect(out).toBeInstanceOf(Request);
    expect(out.shout()).toBe('/RAW');
    expect(out.user).toBe('ada');
    expect('user' in ctx).toBe(false);
  });

  test('what is added may bear the name of a getter, and goes on to the next copy', () => {
    const out = extend(extend(new Request(), { path: '/other' }), { n: 1 });
    expect(out.path).toBe('/other');
    expect(out.shout()).toBe('/OTHER');
    out.n = 2;
    expect(out.n).toBe(2);
  });

  test('with private fields are copied in their own way', () => {
    class Private {
      #secret: number;
      constructor(secret: number) {
        this.#secret = secret;
      }
      get n(): number {
        return this.#secret;
      }
      [COPY](): Private {
        return new Private(this.#secret);
      }
    }
    const tag = Symbol('tag');
    const ctx = new Private(7);
    const out = extend(ctx, { user: 'ada', [tag]: 1 });
    expect(out).toBeInstanceOf(Private);
    expect(out).not.toBe(ctx);
    expect(out.n).toBe(7);
    expect(out[tag]).toBe(1);
    expect(extend(ctx, { n: 8 } as object as { m: number }).n).toBe(8);
    out.user = 'eve';
    expect(out.user).toBe('eve');
    expect(Object.keys(out)).toContain('user');
  });

  test('a setter of the prototype is not run, and a hostile key changes no prototype', () => {
    const set = vi.fn();
    class Watched {
      set user(value: string) {
        set(value);
      }
      [COPY](): Watched {
        return new Watched();
      }
    }
    const adds = JSON.parse('{"__proto__": {"isAdmin": true}, "user": "ada"}') as {
      user: string;
      isAdmin?: boolean;
    };
    for (const ctx of [new Watched(), Object.assign(new Watched(), { [COPY]: undefined })]) {
      const out = extend(ctx, adds);
      expect(out.user).toBe('ada');
      expect(out).toBeInstanceOf(Watched);
      expect(out.isAdmin).toBeUndefined();
    }
    expect(set).not.toHaveBeenCalled();
  });

  test('one symbol for all copies of the package', () => {
    expect(COPY).toBe(Symbol.for('interpose.copy'));
  });
});
