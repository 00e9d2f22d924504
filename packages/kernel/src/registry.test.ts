/** Registries: middleware by name, and functions that all get the same middleware. */
import { describe, expect, expectTypeOf, test } from 'vitest';
import { compose } from './compose-proven.ts';
import { UnknownMiddlewareError } from './errors.ts';
import { before } from './hooks.ts';
import { pipeline } from './pipeline.ts';
import { createFunctionRegistry, createRegistry } from './registry.ts';
import { define } from './layer.ts';
import { type CallContext, wrap } from './wrap.ts';

type Next = (ctx?: object) => unknown;
const pass = (_: object, next: Next): unknown => next();

describe('createRegistry', () => {
  test('M-29 X-28 registers by name, looks up, lists in the order of registration', () => {
    const registry = createRegistry();
    const timing = define(
      { name: 'timing', version: '1.2.0', description: 'Tells how long it took.' },
      (_: object, next: Next) => next(),
    );
    const stack = compose(pass, pass);
    const object = { handle: pass };
    expect(registry.list()).toEqual([]);
    expect(registry.register('timing', timing)).toBe(timing);
    registry.register('stack', stack as never);
    registry.register('object', object as never);
    expect(registry.get('timing')).toBe(timing);
    expect(registry.get('object')).toBe(object);
    expect(registry.has('timing')).toBe(true);
    expect(registry.has('other')).toBe(false);
    expect(registry.list()).toEqual([
      { name: 'timing', version: '1.2.0', description: 'Tells how long it took.' },
      { name: 'stack' },
      { name: 'object' },
    ]);
  });

  test('M-29 X-28 what is looked up runs', () => {
    const registry = createRegistry();
    registry.register(
      'double',
      (ctx: { n: number }, next: (ctx: object) => number) => next(ctx) * 2,
    );
    const serve = pipeline<{ n: number }, number>()
      .use(registry.get('double') as never)
      .handleSync((ctx) => ctx.n);
    expect(serve({ n: 21 })).toBe(42);
    expect(wrap((n: number) => n, registry.get('double'))(4)).toBe(8);
  });

  test('M-29 a name that is not there: an error that names it and suggests', () => {
    const registry = createRegistry();
    expect(() => registry.get('x')).toThrow('No middleware is registered as "x". There are: none.');
    registry.register('authenticate', pass);
    registry.register('audit', pass);
    const error = ((): unknown => {
      try {
        return registry.get('autenticate');
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(UnknownMiddlewareError);
    expect(error).toMatchObject({
      code: 'UNKNOWN_MIDDLEWARE',
      message: 'No middleware is registered as "autenticate". Did you mean "authenticate"?',
    });
    expect(() => registry.get('compression')).toThrow('There are: authenticate, audit.');
    for (const inherited of ['toString', '__proto__', 'constructor']) {
      expect(registry.has(inherited)).toBe(false);
      expect(() => registry.get(inherited)).toThrow(UnknownMiddlewareError);
    }
  });

  test('a name is taken until it is removed', () => {
    const registry = createRegistry();
    registry.register('log', pass);
    expect(() => registry.register('log', pass)).toThrow(
      'The name "log" is taken; remove it first.',
    );
    expect(registry.remove('log')).toBe(true);
    expect(registry.remove('log')).toBe(false);
    expect(() => registry.get('log')).toThrow(UnknownMiddlewareError);
    registry.register('log', pass);
    expect(registry.list()).toEqual([{ name: 'log' }]);
  });

  test('what is no middleware, and what is no name, is refused', () => {
    const registry = createRegistry();
    for (const wrong of [undefined, null, 5, {}, { handle: 5 }]) {
      expect(() => registry.register('wrong', wrong as never)).toThrow(
        /^Expected `wrong` to be a middleware, got `/,
      );
    }
    expect(() => registry.register('', pass)).toThrow(
      'Expected `name` to be a text that is not empty, got `` (string).',
    );
    expect(() => registry.register(undefined as never, pass)).toThrow(TypeError);
    expect(registry.list()).toEqual([]);
  });

  test('two registries share nothing', () => {
    const [one, other] = [createRegistry(), createRegistry()];
    one.register('log', pass);
    expect(other.has('log')).toBe(false);
  });
});

describe('createFunctionRegistry', () => {
  const marked =
    (name: string, log: string[]) =>
    ({ funcName }: CallContext, next: Next): unknown => {
      log.push(`${name} ${funcName}`);
      return next();
    };

  test('M-15 the defaults apply to every function, outside of what is given for it alone', async () => {
    const log: string[] = [];
    const functions = createFunctionRegistry([marked('a', log), marked('b', log)]);
    const charge = functions.register(
      async function charge(amount: number) {
        return amount * 2;
      },
      marked('own', log),
    );
    const refund = functions.register(function refund(amount: number) {
      return -amount;
    });
    expect(await charge(4)).toBe(8);
    expect(log).toEqual(['a charge', 'b charge', 'own charge']);
    log.length = 0;
    expect(refund(4)).toBe(-4);
    expect(log).toEqual(['a refund', 'b refund']);
    expect([charge.name, charge.length]).toEqual(['charge', 1]);
  });

  test('M-15 the functions are found by name, and the list tells what stands round each', () => {
    const named = (name: string) => define({ name }, (_: object, next: Next) => next());
    const functions = createFunctionRegistry([
      named('timing'),
      compose(named('log'), named('trace')),
    ]);
    const send = functions.register(function send() {
      return 1;
    }, named('retry'));
    functions.register(
      wrap(function receive() {
        return 2;
      }, named('inner')),
    );
    expect(functions.get('send')).toBe(send);
    expect(functions.get('nobody')).toBeUndefined();
    expect(functions.get('toString')).toBeUndefined();
    expect(functions.list()).toEqual([
      { name: 'send', middleware: ['timing', 'log', 'trace', 'retry'] },
      { name: 'receive', middleware: ['timing', 'log', 'trace', 'inner'] },
    ]);
  });

  test('M-15 a list that is changed afterwards changes nothing', () => {
    const log: string[] = [];
    const defaults = [marked('a', log)];
    const functions = createFunctionRegistry(defaults);
    defaults.push(marked('late', log));
    functions.register(function f() {
      return 1;
    })();
    expect(log).toEqual(['a f']);
  });

  test('names are needed, and are unique', () => {
    const functions = createFunctionRegistry([]);
    functions.register(function f() {});
    expect(() => functions.register(function f() {})).toThrow('The name "f" is taken.');
    expect(() =>
      functions.register(
        (
          () => () =>
            1
        )(),
      ),
    ).toThrow('Expected a function with a name to register');
    expect(() => functions.register(5 as never)).toThrow(
      'Expected `fn` to be a function, got `5` (number).',
    );
  });

  test('a default that is no middleware is refused when the registry is made', () => {
    expect(() => createFunctionRegistry([pass, {} as never])).toThrow(
      'Expected middleware 2 to be a function',
    );
  });

  test('types: the defaults count, too', () => {
    const later = async (_: object, next: Next): Promise<unknown> => next();
    const add = function add(a: number, b: number): number {
      return a + b;
    };
    const asynchronous = createFunctionRegistry([later]).register(add);
    expectTypeOf(asynchronous(1, 2)).toEqualTypeOf<Promise<number>>();
    expect(asynchronous(1, 2)).toBeInstanceOf(Promise);
    const plain = createFunctionRegistry([(ctx, next) => next(ctx)]).register(add);
    expectTypeOf(plain(1, 2)).toEqualTypeOf<number>();
    expect(plain(1, 2)).toBe(3);
    expect(createFunctionRegistry([before(() => {})]).register(add)(1, 2)).toBe(3);
  });
});
