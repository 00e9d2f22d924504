/** The stub handler follows its script, step by step, and says when it has run out. */
import { describe, expect, test } from 'vitest';
import { always, pending, ScriptEndedError, settle, stubHandler } from './index.ts';

interface Ctx {
  readonly id: number;
}

describe('stubHandler', () => {
  test('answers values at once, throws errors at once', () => {
    const error = new Error('reset');
    const handler = stubHandler<Ctx, string>(error, 'ok', '');
    expect(() => handler({ id: 1 })).toThrow(error);
    expect(handler({ id: 2 })).toBe('ok');
    expect(handler({ id: 3 })).toBe('');
  });

  test('answers undefined where the script says so', () => {
    expect(stubHandler<Ctx, undefined>(undefined)({ id: 1 })).toBeUndefined();
  });

  test('calls functions with the context; their error is its own', async () => {
    const error = new Error('rejected');
    const handler = stubHandler<Ctx, number | Error>(
      ({ id }) => id * 2,
      async () => Promise.reject(error),
      () => error,
    );
    expect(handler({ id: 21 })).toBe(42);
    await expect(handler({ id: 2 })).rejects.toBe(error);
    expect(handler({ id: 3 })).toBe(error);
  });

  test('remembers each call with the context itself, and how many steps are left', () => {
    const handler = stubHandler<Ctx, string>('a', 'b');
    const contexts = [{ id: 1 }, { id: 2 }] as const;
    expect([handler.calls.length, handler.left]).toEqual([0, 2]);
    for (const ctx of contexts) void handler(ctx);
    expect(handler.calls.map(({ ctx }) => ctx)).toEqual(contexts);
    expect(handler.calls[1]?.ctx).toBe(contexts[1]);
    expect(handler.left).toBe(0);
  });

  test('stays pending until the test settles it', async () => {
    const slow = pending<string>();
    const handler = stubHandler<Ctx, string>(slow);
    let answer: string | undefined;
    void (async () => (answer = await handler({ id: 1 })))();
    await settle();
    expect(answer).toBeUndefined();
    slow.resolve('late');
    await settle();
    expect(answer).toBe('late');
  });

  test('a rejected promise may wait for its turn', async () => {
    const error = new Error('too early');
    const handler = stubHandler<Ctx, string>('first', Promise.reject(error));
    await settle();
    expect(handler({ id: 1 })).toBe('first');
    await expect(handler({ id: 2 })).rejects.toBe(error);
  });

  test('throws when the script has run out, counts that call too, and says what to do', () => {
    const handler = stubHandler<Ctx, string>('only');
    void handler({ id: 1 });
    const call = (): unknown => handler({ id: 2 });
    expect(call).toThrow(ScriptEndedError);
    expect(call).toThrow(
      'Call 3 of a stub handler whose script has 1 step. Add a step, or end the script with always().',
    );
    expect([handler.calls.length, handler.left]).toEqual([3, 0]);
    expect(() => stubHandler<Ctx, string>()({ id: 1 })).toThrow('whose script has 0 steps');
  });

  test('always ends a script', () => {
    const handler = stubHandler<Ctx, string | number>(
      'first',
      always(({ id }) => id),
    );
    expect([1, 2, 3].map((id) => handler({ id }))).toEqual(['first', 2, 3]);
    expect(handler.left).toBe(Infinity);
    expect(() => stubHandler<Ctx, string>(always('a'), 'b')).toThrow(
      'Expected always() at the end of the script, got it as step 1 of 2.',
    );
  });
});
