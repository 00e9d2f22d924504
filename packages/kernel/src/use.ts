/** The decorator `@use`: middleware round a method. */
import type { Composable } from './compose.ts';
import { type AnyFunction, wrap } from './wrap.ts';

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
export function use(
  ...middleware: readonly Composable[]
): <F extends AnyFunction>(method: F, context: ClassMethodDecoratorContext) => F {
  return (method, { kind, name }) => {
    if (kind !== 'method') throw new TypeError(`Expected @use on a method, got the ${kind as string} "${String(name)}".`);
    return wrap(method, ...middleware) as unknown as typeof method;
  };
}
