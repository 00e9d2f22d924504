/** onlooker: a middleware that hands everything on and is told of it; what mocks and recorders are made of. */
import { type Awaitable, isThenable } from '@interpose/kernel';

/** What an onlooker is told. */
export interface Looks<C, R> {
  before(ctx: C): void;
  after(ctx: C, result: R): void;
  onError(ctx: C, error: unknown): void;
}

/** A middleware for every pipeline whose contexts are a `C` and whose results are an `R`. */
export type Onlooker<C, R> = <T extends R>(ctx: C, next: (ctx?: C) => Awaitable<T>) => Awaitable<T>;

/** Makes one. It is as synchronous as the rest, and written by hand, so as not to rest on what it is to test. */
export function onlooker<C, R>(name: string, looks: Looks<C, R>): Onlooker<C, R> {
  const middleware: Onlooker<C, R> = (ctx, next) => {
    const answered = <T extends R>(result: T): T => {
      looks.after(ctx, result);
      return result;
    };
    const failed = (error: unknown): never => {
      looks.onError(ctx, error);
      throw error;
    };
    looks.before(ctx);
    let result: ReturnType<typeof next>;
    try {
      result = next(ctx);
    } catch (error) {
      return failed(error);
    }
    return isThenable(result) ? result.then(answered, failed) : answered(result);
  };
  return Object.defineProperty(middleware, 'name', { value: name });
}
