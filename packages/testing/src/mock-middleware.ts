/** mockMiddleware: a middleware that writes down what passes through it. */
import type { CallContext } from '@interpose/kernel';
import { type Onlooker, onlooker } from './onlooker.ts';

/** A function that does nothing but remember its calls. */
export interface Spy<Args extends readonly unknown[]> {
  (...args: Args): void;
  /** The arguments of each call. */
  readonly calls: readonly Args[];
  /** Whether there was a call. */
  readonly called: boolean;
  /** The arguments of the last call. */
  readonly lastCall: Args | undefined;
}

/** What a mock middleware has seen. */
export interface Mock<C, R> {
  /** Called before the rest. */
  readonly before: Spy<readonly [ctx: C]>;
  /** Called when the rest has answered. */
  readonly after: Spy<readonly [ctx: C, result: R]>;
  /** Called when the rest has failed. */
  readonly onError: Spy<readonly [ctx: C, error: unknown]>;
}

/** A middleware for every pipeline whose contexts are a `C`. */
export type MockMiddleware<C, R> = Onlooker<C, R> & {
  /** What it has seen. */
  readonly mock: Mock<C, R>;
};

/**
 * A middleware that hands everything on as it is, and calls a spy before the rest, after it, and when it fails. It is
 * as synchronous as the rest.
 *
 * @example
 * const watched = mockMiddleware();
 * await wrap(sendMail, watched)('ada@example.com');
 * expect(watched.mock.before.lastCall?.[0].funcName).toBe('sendMail');
 * expect(watched.mock.onError.called).toBe(false);
 */
export function mockMiddleware<C = CallContext, R = unknown>(): MockMiddleware<C, R> {
  const mock: Mock<C, R> = { before: spy(), after: spy(), onError: spy() };
  return Object.assign(onlooker('mockMiddleware', mock), { mock });
}

/** A function that remembers its calls. */
export function spy<Args extends readonly unknown[]>(): Spy<Args> {
  const calls: Args[] = [];
  const remember = (...args: Args): void => void calls.push(args);
  return Object.defineProperties(remember, {
    calls: { value: calls },
    called: { get: () => calls.length > 0 },
    lastCall: { get: () => calls.at(-1) },
  }) as Spy<Args>;
}
