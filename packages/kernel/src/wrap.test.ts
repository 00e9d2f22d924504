/** The function host: a wrapped function is called as before, and what stands round it knows who is called with what. */
import { settle } from '@interpose/testing';
import fc from 'fast-check';
import { describe, expect, expectTypeOf, test, vi } from 'vitest';
import { withContext } from './combinators.ts';
import { compose } from './compose-proven.ts';
import { Context, createContext } from './context.ts';
import { extend } from './extend.ts';
import { before, createMiddleware } from './hooks.ts';
import type { Awaitable } from './middleware.ts';
import { type AnyFunction, type CallContext, layersAround, wrap, wrapWithContext } from './wrap.ts';

type Ctx = CallContext<{ user?: string; log?: string[] }>;
type Next = (ctx?: object) => unknown;
type Layer = (ctx: Ctx, next: Next) => unknown;

const pass: Layer = (ctx, next) => next(ctx);
const passLater: Layer = async (_, next) => next();
const boom = new Error('boom');

/** Writes down what it sees on the way in and out, as synchronously as the rest. */
const marked =
  (name: string, log: string[]): Layer =>
  (_, next) => {
    log.push(`${name}-before`);
    const result = next();
    log.push(`${name}-after`);
    return result;
  };

describe('name, length and call form', () => {
  class Service {
    readonly n = 10;
    find(id: number, _deep?: boolean): number {
      return this.n + id;
    }
    static make(a: string, b: string): string {
      return a + b;
    }
    [Symbol.search](): string {
      return 'found';
    }
    get size(): number {
      return 3;
    }
  }
  const size = Object.getOwnPropertyDescriptor(Service.prototype, 'size')?.get as AnyFunction;
  const functions: [string, AnyFunction, string, number][] = [
    [
      'function',
      function add(a: number, b: number) {
        return a + b;
      },
      'add',
      2,
    ],
    ['arrow', ({ arrow: (a: number) => a } as { arrow: AnyFunction }).arrow, 'arrow', 1],
    ['async', async function load(_a: number, _b: number, _c: number) {}, 'load', 3],
    ['default and rest', function many(_a: number, _b = 2, ..._c: number[]) {}, 'many', 1],
    ['method', Service.prototype.find, 'find', 2],
    ['static method', Service.make, 'make', 2],
    ['symbol method', Service.prototype[Symbol.search], '[Symbol.search]', 0],
    ['getter', size, 'get size', 0],
    ['bound', Service.prototype.find.bind(new Service()), 'bound find', 2],
    ['anonymous', (() => () => {})(), '', 0],
    [
      'async generator',
      async function* list(_from: number) {
        yield 1;
      },
      'list',
      1,
    ],
  ];

  test.each(functions)(
    'M-03 a wrapped %s keeps both, however often it is wrapped',
    (_, fn, name, length) => {
      for (const wrapped of [
        wrap(fn),
        wrap(fn, pass),
        wrap(wrap(wrap(fn, pass), passLater), pass),
      ]) {
        expect(wrapped).not.toBe(fn);
        expect(wrapped.name).toBe(name);
        expect(wrapped.length).toBe(length);
        expect(Object.getOwnPropertyDescriptor(wrapped, 'name')).toMatchObject({
          writable: false,
          configurable: true,
        });
      }
      expect(fn.name).toBe(name);
    },
  );

  test('M-03 the wrapper may be wrapped: the last wrapping is the outermost', () => {
    const log: string[] = [];
    const fn = (n: number): number => {
      log.push('fn');
      return n * 2;
    };
    const wrapped = wrap(wrap(fn, marked('b', log), marked('c', log)), marked('a', log));
    expect(wrapped(21)).toBe(42);
    expect(log).toEqual([
      'a-before',
      'b-before',
      'c-before',
      'fn',
      'c-after',
      'b-after',
      'a-after',
    ]);
    expect(layersAround(wrapped)).toHaveLength(3);
  });

  test('M-03 what the function has as properties, the wrapped one has as well', () => {
    const schema = { type: 'object' };
    const fn = Object.assign(() => 1, { schema, [Symbol.for('x')]: 2 });
    const wrapped = wrap(fn, pass);
    expect(wrapped.schema).toBe(schema);
    expect(wrapped[Symbol.for('x') as never]).toBe(2);
    const again = wrap(Object.assign(wrapped, { version: 3 }), pass);
    expect(again.version).toBe(3);
    expect(again.schema).toBe(schema);
    expect(Object.keys(fn)).toEqual(['schema']);
  });

  test('M-03 passes on all arguments, also more than it has parameters, and `this`', () => {
    const seen: unknown[][] = [];
    const fn = function (this: unknown, ...args: unknown[]): number {
      seen.push([this, ...args]);
      return args.length;
    };
    const wrapped = wrap(
      fn,
      pass,
      passLater as never,
      before(() => {}),
    );
    const self = { wrapped };
    void self.wrapped(1, undefined, 3);
    void wrapped();
    void wrapped.call('me', 'x');
    expect(seen).toEqual([[self, 1, undefined, 3], [undefined], ['me', 'x']]);
  });

  test('M-03 `this` survives whatever context a middleware passes on', () => {
    const counter = {
      n: 5,
      spread: wrap(
        function (this: { n: number }) {
          return this.n;
        },
        (ctx: Ctx, next: Next) => next({ ...ctx }),
      ),
      copy: wrap(
        function (this: { n: number }) {
          return this.n;
        },
        (ctx: Ctx, next: Next) => next(ctx.copy()),
      ),
      extended: wrap(
        function (this: { n: number }) {
          return this.n;
        },
        (ctx: Ctx, next: Next) => next(extend(ctx, { a: 1 })),
      ),
    };
    expect([counter.spread(), counter.copy(), counter.extended()]).toEqual([5, 5, 5]);
  });

  test('M-03 with no middleware at all it is the function', () => {
    const wrapped = wrap((a: number, b: number) => a - b);
    expect(wrapped(5, 3)).toBe(2);
    expect(layersAround(wrapped)).toEqual([]);
    expect(layersAround(() => {})).toEqual([]);
  });

  test('what is no function, and what is no middleware, is refused', () => {
    expect(() => wrap(5 as never)).toThrow('Expected `fn` to be a function, got `5` (number).');
    expect(() => wrapWithContext(undefined as never)).toThrow(TypeError);
    expect(() => wrap(() => 1, {} as never)).toThrow(
      'Expected middleware 1 to be a function or have handle()',
    );
  });
});

describe('synchronous and asynchronous', () => {
  const sync = (n: number): number => n + 1;
  const later = async (n: number): Promise<number> => n + 1;

  test('M-04 sync middleware, sync function: a plain value, without await', () => {
    const wrapped = wrap(sync, pass, (_, next) => (next() as number) * 10);
    const result: unknown = wrapped(1);
    expect(result).toBe(20);
    expect(
      wrap(
        sync,
        before(() => {}),
        createMiddleware<Ctx, number>({ finally() {} }),
      )(1),
    ).toBe(2);
  });

  test('M-04 sync middleware, async function: a promise, inside a running loop', async () => {
    const wrapped = wrap(later, pass);
    const result = wrapped(1);
    expect(result).toBeInstanceOf(Promise);
    expect(await result).toBe(2);
    expect(await (async () => wrapped(await wrapped(1)))()).toBe(3);
  });

  test('M-04 async middleware, sync function: a promise', async () => {
    const result: unknown = wrap(sync, passLater)(1);
    expect(result).toBeInstanceOf(Promise);
    expect(await result).toBe(2);
  });

  test('M-04 async middleware, async function: a promise', async () => {
    const result = wrap(later, passLater, pass, passLater)(1);
    expect(result).toBeInstanceOf(Promise);
    expect(await result).toBe(2);
  });

  test('M-04 law: no mix fails, and only what is wholly synchronous gives a plain value', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { maxLength: 6 }),
        fc.boolean(),
        async (kinds, fnLater) => {
          const layers = kinds.map((isLater) => (isLater ? passLater : pass));
          const result: unknown = wrap(fnLater ? later : (sync as AnyFunction), ...layers)(1);
          expect(result instanceof Promise).toBe(fnLater || kinds.includes(true));
          expect(await result).toBe(2);
        },
      ),
    );
  });

  test('an async function gives a promise also when a synchronous middleware answers or throws', async () => {
    const answered = wrap(later, () => 7)(1);
    expect(answered).toBeInstanceOf(Promise);
    expect(await answered).toBe(7);
    expect(wrap(later.bind(null), () => 7)(1)).toBeInstanceOf(Promise);
    const thrown = wrap(later, () => {
      throw boom;
    })(1);
    expect(thrown).toBeInstanceOf(Promise);
    await expect(thrown).rejects.toBe(boom);
  });

  test('an async function costs no promise more than its own', async () => {
    let handed: unknown;
    const look: Layer = (_, next) => (handed = next());
    expect(wrap(later, look)(1)).toBe(handed);
    expect(handed).toBeInstanceOf(Promise);
  });

  test('a result that is only thenable becomes a promise', async () => {
    const thenable = wrap(later, () => ({
      then: (resolve: (n: number) => void) => resolve(5),
    }))(1);
    expect(thenable).toBeInstanceOf(Promise);
    expect(await thenable).toBe(5);
  });

  test('a synchronous function throws synchronously, the very error', () => {
    const wrapped = wrap(() => {
      throw boom;
    }, pass);
    expect(wrapped).toThrow(boom);
  });
});

describe('context', () => {
  test('M-09 X-04 one fresh context a call, shared by all layers and the function', async () => {
    const seen = new Map<string, Set<object>>();
    const see = (id: string, ctx: object): void =>
      void seen.set(id, (seen.get(id) ?? new Set()).add(ctx));
    const layer: Layer = async (ctx, next) => {
      see(ctx.args[0] as string, ctx);
      await settle();
      const result = await next();
      see(ctx.args[0] as string, ctx);
      return result;
    };
    const fn = wrap(
      wrapWithContext((ctx: Ctx, id: string) => {
        see(id, ctx);
        ctx.user = id;
        return ctx.user;
      }, layer),
      layer,
    );
    const ids = ['a', 'b', 'c'];
    expect(await Promise.all(ids.map((id) => fn(id)))).toEqual(ids);
    expect(ids.map((id) => seen.get(id)?.size)).toEqual([1, 1, 1]);
    expect(new Set(ids.flatMap((id) => [...(seen.get(id) as Set<object>)])).size).toBe(3);
  });

  test('M-09 X-04 what one call leaves on its context is not there in the next, nor in a call inside', () => {
    const seen: unknown[] = [];
    const note: Layer = (ctx, next) => {
      seen.push(ctx.user);
      ctx.user = 'left behind';
      return next();
    };
    const inner = wrap(() => 'inner', note);
    const outer = wrap(() => inner(), note);
    outer();
    outer();
    expect(seen).toEqual([undefined, undefined, undefined, undefined]);
  });

  test('M-10 funcName and args are always set, for each kind of middleware', async () => {
    const seen: unknown[] = [];
    const note = ({ funcName, args }: CallContext): void => void seen.push([funcName, args]);
    const hook = createMiddleware<CallContext, string>({ before: note, after: note });
    const layer: Layer = (ctx, next) => {
      note(ctx);
      return next();
    };
    const fn = wrap(
      async function fetchUser(id: number, deep: boolean) {
        return `${id}${deep}`;
      },
      layer,
      hook,
    );
    await fn(7, true);
    expect(seen).toEqual(Array.from({ length: 3 }, () => ['fetchUser', [7, true]]));
    expect(createContext({}).has('funcName')).toBe(false);
    wrap(
      (
        () => () =>
          1
      )(),
      layer,
    )();
    expect(seen.at(-1)).toEqual(['anonymous', []]);
  });

  test('M-10 the keys for a batch can be made of them', () => {
    const keys: string[] = [];
    const batch: Layer = (ctx, next) => {
      keys.push(`${ctx.funcName}:${String(ctx.args[0])}`);
      return next();
    };
    wrap(function query(table: string, _id: number) {
      return table;
    }, batch)('users', 1);
    expect(keys).toEqual(['query:users']);
  });

  test('M-10 the function gets the arguments that stand on the context when its turn comes', () => {
    const fn = vi.fn((...args: number[]) => args.length);
    wrap(fn as (...args: number[]) => number, (ctx: Ctx, next: Next) => {
      ctx.args = [...ctx.args, 4];
      return next();
    })(1, 2);
    wrap(fn as (...args: number[]) => number, (ctx: Ctx, next: Next) =>
      next(extend(ctx, { args: [9] })),
    )(1, 2);
    expect(fn.mock.calls).toEqual([[1, 2, 4], [9]]);
  });

  test('it is a Context, with the call as its only data', () => {
    let shown = '';
    wrap(
      function greet(_name: string) {
        return 1;
      },
      (ctx: Ctx, next: Next) => {
        expect(ctx).toBeInstanceOf(Context);
        shown = String(ctx);
        return next();
      },
    )('ada');
    expect(shown).toBe('Context(funcName: "greet", args: ["ada"])');
  });
});

describe('forms of functions', () => {
  test('M-11 arguments stay as they are given: none, data, a request, a path, a resolver', async () => {
    const none = wrap(() => 'none', pass);
    const data = wrap(async (data: { n: number }) => data.n, passLater);
    const path = wrap((filePath: string) => filePath.length, pass);
    const resolver = wrap(
      async (
        parent: { id: number },
        args: { first: number },
        context: { user: string },
        info: { fieldName: string },
      ) => `${parent.id}${args.first}${context.user}${info.fieldName}`,
      passLater,
    );
    expect(none()).toBe('none');
    expect(await data({ n: 3 })).toBe(3);
    expect(path('a/b')).toBe(3);
    expect(await resolver({ id: 1 }, { first: 2 }, { user: 'u' }, { fieldName: 'f' })).toBe('12uf');
    expectTypeOf(resolver).parameters.toEqualTypeOf<
      [{ id: number }, { first: number }, { user: string }, { fieldName: string }]
    >();
  });

  test('M-11 a function that asks for the context gets it first; callers do not pass it', () => {
    const greet = wrapWithContext(
      (ctx: Ctx, name: string, mark?: string) => `${ctx.user}, ${ctx.funcName}: ${name}${mark}`,
      withContext({ user: 'eve' }),
    );
    expect(greet('ada', '!')).toMatch(/^eve, .*: ada!$/);
    expectTypeOf(greet).parameters.toEqualTypeOf<[name: string, mark?: string | undefined]>();
    const named = wrapWithContext(function hello(ctx: Ctx, _a: number, _b: number) {
      return ctx.funcName;
    });
    expect(named.name).toBe('hello');
    expect(named.length).toBe(2);
    expect(wrap(wrap(named, pass), pass).length).toBe(2);
    expect(wrap(named, pass)(1, 2)).toBe('hello');
    expect(
      wrapWithContext(function none() {
        return 1;
      }).length,
    ).toBe(0);
  });

  test('M-11 and keeps its this', () => {
    const service = {
      n: 3,
      add: wrapWithContext(function (this: { n: number }, ctx: Ctx, by: number) {
        return this.n + by + ctx.args.length;
      } as (ctx: Ctx, by: number) => number),
    };
    expect(service.add(4)).toBe(8);
  });
});

describe('withContext', () => {
  test('M-12 calls with a given context', async () => {
    const fn = wrapWithContext(async (ctx: Ctx) => `${ctx.user} in ${ctx.funcName}`, passLater);
    const ctx = createContext({ user: 'ada' });
    expect(await fn.withContext(ctx)).toMatch(/^ada in /);
    expect(ctx.get('args' as never)).toEqual([]);
    expect(await fn.withContext({ user: 'plain' })).toMatch(/^plain in /);
  });

  test('M-12 with arguments, and for a function with a composed stack round it', async () => {
    const seen: (string | undefined)[] = [];
    const note: Layer = async (ctx, next) => {
      seen.push(ctx.user);
      return next();
    };
    const fn = wrap(async (a: number, b: number) => a + b, compose(note, compose(note)));
    expect(await fn.withContext(createContext({ user: 'ada' }), 1, 2)).toBe(3);
    expect(seen).toEqual(['ada', 'ada']);
    expectTypeOf(fn.withContext).parameters.toEqualTypeOf<[ctx: object, a: number, b: number]>();
  });

  test('M-12 a middleware withContext gives every call the same values', async () => {
    const seen: unknown[] = [];
    const note: Layer = (ctx, next) => {
      seen.push(ctx.user);
      return next();
    };
    const fn = wrap(() => 1, withContext({ user: 'ada' }), note);
    fn();
    fn();
    expect(seen).toEqual(['ada', 'ada']);
  });

  test('M-12 a method is called on its object by call(), also with a context that had another call', () => {
    const method = wrap(
      function (this: unknown, ..._: number[]) {
        return this;
      },
      (ctx, next) => next(ctx),
    );
    const [one, other, ctx] = [{ method }, { method }, createContext({})];
    const { withContext: calling } = method;
    expect(one.method.withContext.call(one as never, ctx, 4)).toBe(one);
    expect(calling.call(other as never, ctx, 4)).toBe(other);
    expect(calling.call(undefined as never, ctx)).toBeUndefined();
    // The function itself is no object that it could be a method of.
    expect(one.method.withContext(ctx)).toBeUndefined();
  });

  test('what is no context is refused', () => {
    const fn = wrap(() => 1);
    expect(() => fn.withContext(undefined as never)).toThrow(
      'Expected `ctx` to be an object, got `undefined` (undefined).',
    );
    expect(() => fn.withContext('x' as never)).toThrow(TypeError);
  });
});

describe('kinds of middleware', () => {
  class Counting {
    calls = 0;
    handle(_ctx: Ctx, next: Next): unknown {
      this.calls++;
      return next();
    }
  }

  test('M-13 an instance of a class, and a plain object, with their this', () => {
    const counting = new Counting();
    const plain = {
      calls: 0,
      handle(_: Ctx, next: Next): unknown {
        this.calls++;
        return next();
      },
    };
    const fn = wrap((n: number) => n, counting as never, plain as never);
    expect([fn(1), fn(2)]).toEqual([1, 2]);
    expect([counting.calls, plain.calls]).toEqual([2, 2]);
    expect(compose(counting as never)({} as never, (() => 'rest') as never)).toBe('rest');
    expect(counting.calls).toBe(3);
  });

  test('M-25 a stack reused on many functions: state belongs to the instance, contexts to the call', async () => {
    const limiter = (): { layer: Layer; counts: Map<string, number> } => {
      const counts = new Map<string, number>();
      return {
        counts,
        layer: async (ctx, next) => {
          counts.set(ctx.funcName, (counts.get(ctx.funcName) ?? 0) + 1);
          expect(ctx.user).toBeUndefined();
          ctx.user = ctx.funcName;
          return next();
        },
      };
    };
    const [one, other] = [limiter(), limiter()];
    const stack = compose<Ctx, unknown>(one.layer, passLater);
    const first = wrap(async function first(n: number) {
      await settle();
      return `first ${n}`;
    }, stack);
    const second = wrap(async function second(n: number) {
      return `second ${n}`;
    }, stack);
    const third = wrap(async function third() {
      return 3;
    }, other.layer);
    expect(await Promise.all([first(1), second(2), first(3), third()])).toEqual([
      'first 1',
      'second 2',
      'first 3',
      3,
    ]);
    expect([...one.counts]).toEqual([
      ['first', 2],
      ['second', 1],
    ]);
    expect([...other.counts]).toEqual([['third', 1]]);
  });
});

describe('generators and streams', () => {
  async function* count(to: number): AsyncGenerator<number, string, string> {
    for (let n = 1; n <= to; n++) yield n;
    return 'done';
  }
  const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
    const all: T[] = [];
    for await (const item of items) all.push(item);
    return all;
  };

  test.each([
    ['synchronous', pass],
    ['asynchronous', passLater],
  ])(
    'an async generator function gives an async generator, with %s middleware',
    async (_, layer) => {
      const wrapped = wrap(count, layer);
      expect(await collect(wrapped(3))).toEqual([1, 2, 3]);
      const steps = wrapped(1);
      expect(await steps.next()).toEqual({ done: false, value: 1 });
      expect(await steps.next('x')).toEqual({ done: true, value: 'done' });
      expectTypeOf(wrapped(1)).toEqualTypeOf<AsyncGenerator<number, string, string>>();
    },
  );

  test('what is sent in arrives, and giving up runs its finally', async () => {
    const log: unknown[] = [];
    const fn = wrap(async function* (): AsyncGenerator<string, void, string> {
      try {
        log.push(yield 'a');
        try {
          yield 'b';
        } catch (error) {
          log.push(error);
          yield 'c';
        }
      } finally {
        log.push('closed');
      }
    }, passLater);
    const steps = fn();
    await steps.next();
    await steps.next('sent');
    expect(await steps.throw(boom)).toEqual({ done: false, value: 'c' });
    await steps.return();
    expect(log).toEqual(['sent', boom, 'closed']);
  });

  test('its middleware run when it is first asked for something, and what they throw comes then', async () => {
    const log: string[] = [];
    const refuse: Layer = () => {
      log.push('asked');
      throw boom;
    };
    const steps = wrap(count, refuse)(3);
    await settle();
    expect(log).toEqual([]);
    await expect(steps.next()).rejects.toBe(boom);
    expect(log).toEqual(['asked']);
    expect(await collect(wrap(count, (() => [7, 8]) as never)(3))).toEqual([7, 8]);
  });

  test('it keeps its this', async () => {
    const source = {
      items: [1, 2],
      list: wrap(async function* (this: { items: number[] }) {
        yield* this.items;
      }, passLater),
    };
    expect(await collect(source.list())).toEqual([1, 2]);
  });

  test('a plain generator stays one', () => {
    const wrapped = wrap(
      function* two() {
        yield 1;
        yield 2;
      },
      (ctx, next) => next(ctx),
    );
    expect([...wrapped()]).toEqual([1, 2]);
  });

  test('a ReadableStream is handed on as it is', async () => {
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue('a');
        controller.enqueue('b');
        controller.close();
      },
    });
    expect(wrap(() => stream, pass)()).toBe(stream);
    const read = wrap(async () => stream, passLater);
    expect(await read()).toBe(stream);
    expect(await collect(stream)).toEqual(['a', 'b']);
  });
});

test('a call defines no property, lists no entries and folds nothing anew', () => {
  const names = [
    'defineProperty',
    'defineProperties',
    'entries',
    'keys',
    'getOwnPropertyDescriptors',
  ] as const;
  const real = Object.fromEntries(names.map((name) => [name, Object[name]])) as Record<
    string,
    unknown
  >;
  const called: string[] = [];
  const wrapped = wrap(
    (n: number) => n,
    pass,
    before(() => {}),
    (ctx: Ctx, next: Next) => next(ctx),
  );
  wrapped(1);
  const spied = Object.fromEntries(
    names.map((name) => [
      name,
      (...args: never[]): unknown => {
        called.push(name);
        return (real[name] as AnyFunction)(...args) as unknown;
      },
    ]),
  );
  Object.assign(Object, spied);
  try {
    wrapped(2);
  } finally {
    Object.assign(Object, real);
  }
  expect(called).toEqual([]);
});

test('types: a result that may be a promise is awaited', () => {
  const fn = wrap((n: number) => n, withContext({ a: 1 }));
  expectTypeOf(fn(1)).toEqualTypeOf<Awaitable<number>>();
  expect(fn(1)).toBe(1);
});
