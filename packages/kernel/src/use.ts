/** The decorator `@use`: middleware round a method. */
import type { Composable } from './compose.ts';
import { type AnyFunction, type Gives, type Later, wrap } from './wrap.ts';

/** A decorator cannot make a synchronous method asynchronous; to try does not compile. */
type Fits<F extends AnyFunction, M> =
  'promise' extends Gives<M>
    ? [ReturnType<F>] extends [Later]
      ? unknown
      : 'This middleware is asynchronous, so the method must be async.'
    : unknown;

/**
 * Puts middleware round a method; a TC39 decorator. Works on instance, static and private methods and on async
 * generators, and keeps `this`.
 *
 * @throws TypeError when put on anything but a method
 * @example
 * class Users {
 *   @use(timing, retry())
 *   async find(id: number) { … }
 * }
 */
export function use<M extends readonly Composable[]>(
  ...middleware: M
): <F extends AnyFunction>(
  method: F & Fits<F, M[number]>,
  context: ClassMethodDecoratorContext,
) => F {
  return (method, { kind, name }) => {
    if (kind !== 'method')
      throw new TypeError(
        `Expected @use on a method, got the ${kind as string} "${String(name)}".`,
      );
    return wrap(method, ...middleware) as unknown as typeof method;
  };
}
