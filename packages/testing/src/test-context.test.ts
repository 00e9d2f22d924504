/** Contexts that a test has filled. */
import { Context, wrapWithContext, type CallContext, before } from '@interpose/kernel';
import { describe, expect, test } from 'vitest';
import { TestContext } from './index.ts';

class PermissionError extends Error {}

interface User {
  userId?: number;
  role?: string;
}

describe('TestContext', () => {
  test('M-171 is a context with preset values', () => {
    const ctx = new TestContext({ userId: 123, role: 'admin' });
    expect(ctx).toBeInstanceOf(Context);
    expect(ctx.userId).toBe(123);
    expect(ctx.get('role')).toBe('admin');
    expect(ctx.items()).toEqual([
      ['userId', 123],
      ['role', 'admin'],
    ]);
    expect(new TestContext().keys()).toEqual([]);
  });

  test('M-171 a wrapped function runs with it', () => {
    const authenticate = before((ctx: CallContext<User>) => {
      if (ctx.userId === undefined) throw new PermissionError('Who is there?');
    });
    const secret = wrapWithContext(
      (ctx: CallContext<User>) => `success for ${ctx.role}`,
      authenticate,
    );
    const admin = new TestContext({ userId: 123, role: 'admin' });
    expect(secret.withContext(admin)).toBe('success for admin');
    expect(() => secret.withContext(new TestContext())).toThrow(PermissionError);
  });

  test('keeps its own copy of the values', () => {
    const values = { userId: 1 };
    const ctx = new TestContext(values);
    ctx.userId = 2;
    expect(values.userId).toBe(1);
  });

  test('copies are test contexts, too, and its text hides secrets', () => {
    const ctx = new TestContext({ user: 'ada', authToken: 'hunter2' });
    expect(ctx.copy()).toBeInstanceOf(TestContext);
    expect(ctx.copy()).toEqual(ctx);
    expect(String(ctx)).toContain('ada');
    expect(String(ctx)).not.toContain('hunter2');
  });

  test('refuses a value that bears the name of a method', () => {
    expect(() => new TestContext({ keys: 1 })).toThrow('keys');
  });
});
