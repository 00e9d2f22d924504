/** A value is made once an operation, and all fields further in share one context. */
import { define } from '@interpose/kernel';
import { describe, expect, test } from 'vitest';
import type { ExecutionResult } from 'graphql';
import { ask, dataOf, schemaOf } from '../test-kit/schema-of.ts';
import { fields } from './fields.ts';
import { provideContext } from './provide-context.ts';

interface App {
  readonly token: string;
}
const build = (seen: unknown[]) =>
  schemaOf('type Query { me: String you: String }', {
    'Query.me': (_: never, __: unknown, context: { user: string }) => {
      seen.push(context);
      return context.user;
    },
    'Query.you': (_: never, __: unknown, context: { user: string }) => {
      seen.push(context);
      return context.user;
    },
  });

describe('provideContext', () => {
  test('a value that is there at once keeps the operation synchronous; one context for all fields', () => {
    const seen: unknown[] = [];
    let made = 0;
    const stack = fields<App>().use(
      provideContext('user', ({ context }) => `${context.token} ${++made}`),
    );
    const contextValue = { token: 'ada' };
    const schema = stack.apply(build(seen));
    const result = ask(schema, '{ me you }', { contextValue });
    expect(result).not.toBeInstanceOf(Promise);
    expect(dataOf(result as ExecutionResult)).toEqual({ me: 'ada 1', you: 'ada 1' });
    expect(seen[0]).toBe(seen[1]);
    expect(contextValue).toEqual({ token: 'ada' });
    expect(dataOf(ask(schema, '{ me }', { contextValue }) as ExecutionResult)).toEqual({
      me: 'ada 2',
    });
  });

  test('one that comes later is waited for once', async () => {
    const seen: unknown[] = [];
    let made = 0;
    const stack = fields<App>().use(
      provideContext('user', async ({ context }) => `${context.token} ${++made}`),
    );
    const result = ask(stack.apply(build(seen)), '{ me you }', { contextValue: { token: 'ada' } });
    expect(dataOf(await result)).toEqual({ me: 'ada 1', you: 'ada 1' });
    expect(seen[0]).toBe(seen[1]);
  });

  test('a failure fails every field that needs it, and does not outlive the operation', async () => {
    let made = 0;
    const stack = fields<App>().use(
      provideContext('user', async () => {
        if (++made === 1) throw new Error('directory is down');
        return 'ada';
      }),
    );
    const schema = stack.apply(build([]));
    const contextValue = { token: 'x' };
    const failed = await ask(schema, '{ me you }', { contextValue });
    expect(failed.errors?.map(({ message }) => message)).toEqual([
      'directory is down',
      'directory is down',
    ]);
    expect(dataOf(await ask(schema, '{ me }', { contextValue }))).toEqual({ me: 'ada' });
  });

  test('a class instance stays of its class; a key like __proto__ is a key; without a context there is one', () => {
    class Session {
      readonly token: string;
      constructor(token: string) {
        this.token = token;
      }
      greet(): string {
        return `hello ${this.token}`;
      }
    }
    let seen: unknown;
    const schema = (key: string) =>
      fields<Session>()
        .use(provideContext(key, () => 'given'))
        .on('Query.me', (ctx) => {
          seen = ctx.context;
          return null;
        })
        .apply(build([]));
    dataOf(ask(schema('user'), '{ me }', { contextValue: new Session('ada') }) as ExecutionResult);
    expect((seen as Session).greet()).toBe('hello ada');
    dataOf(
      ask(schema('__proto__'), '{ me }', { contextValue: new Session('ada') }) as ExecutionResult,
    );
    expect(Object.getOwnPropertyDescriptor(seen, '__proto__')?.value).toBe('given');
    expect(seen).toBeInstanceOf(Session);
    dataOf(ask(schema('user'), '{ me }') as ExecutionResult);
    expect(seen).toEqual({ user: 'given' });
  });

  test('says what it provides, and refuses what is no name or no function', () => {
    const needs = define({ requires: ['user'] }, (ctx: never, next: (ctx: never) => unknown) =>
      next(ctx),
    );
    const stack = fields<App>()
      .use(provideContext('user', () => 1))
      .use(needs as never);
    expect(() => stack.apply(build([]))).not.toThrow();
    expect(() => provideContext('', () => 1)).toThrow('Expected `key` to be a name');
    expect(() => provideContext('user', 1 as never)).toThrow('Expected `make` to be a function');
  });
});
