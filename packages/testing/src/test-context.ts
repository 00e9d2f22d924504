/** TestContext: a context that a test has filled. */
import { Context } from '@interpose/kernel';

/** A context of these values, with their types. */
export type TestContext<T extends object = Record<string, unknown>> = Context<T>;

class PresetContext extends (Context as new (values?: object) => object) {}
Object.defineProperty(PresetContext, 'name', { value: 'TestContext' });

/**
 * A context with preset values, each of the type it was given with. It is a `Context` in all it can do, and takes its
 * own copy of the values: what middleware write does not reach the object they came from.
 *
 * @throws TypeError if a value bears the name of a method of the context
 * @example
 * const admin = new TestContext({ userId: 123, role: 'admin' });
 * expect(await removeUser.withContext(admin, 7)).toBe('removed');
 */
export const TestContext: new <T extends object>(values?: T | Partial<T>) => TestContext<T> =
  PresetContext as never;
