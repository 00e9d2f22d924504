/** Checks a guarded function as different callers, and its guards alone. */
import { compose, Context, wrap, wrapWithContext } from '@interpose/kernel';
import { stubHandler, TestContext, testMiddleware } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { adminsOnly, auth, type Identity, PermissionError, removeUser } from './main.ts';

const admin = () => new TestContext({ userId: 123, role: 'admin' });

describe('a context for tests', () => {
  test('M-171 000-13 has the values that it was made with', () => {
    const ctx = admin();
    expect(ctx).toBeInstanceOf(Context);
    expect(ctx.userId).toBe(123);
    expect(ctx.get('role')).toBe('admin');
    expect(ctx.keys()).toEqual(['userId', 'role']);
  });

  test('M-171 000-13 has none when it was given none', () => {
    expect(new TestContext().keys()).toEqual([]);
  });
});

describe('a guarded function', () => {
  test('M-12 M-171 000-13 runs for an admin', async () => {
    expect(await removeUser.withContext(admin(), 7)).toBe('user 7 is removed');
  });

  test.each([
    ['nobody', new TestContext(), 'Log in first.'],
    ['a member', new TestContext({ userId: 124, role: 'member' }), 'User 124 is no admin.'],
  ])('M-12 M-171 000-13 refuses %s with a permission error', async (_, ctx, message) => {
    await expect(removeUser.withContext(ctx, 7)).rejects.toThrow(new PermissionError(message));
  });

  test('000-13 refuses a plain call, which knows nobody', async () => {
    await expect(removeUser(7)).rejects.toBeInstanceOf(PermissionError);
  });
});

test('M-12 000-13 a function without parameters is called with the context alone, also in a composed stack', async () => {
  const plain = wrap(async () => 'success', auth);
  const composed = wrap(async () => 'success', compose(auth, adminsOnly));

  for (const fn of [plain, composed]) {
    expect(await fn.withContext(admin())).toBe('success');
    await expect(fn.withContext(new TestContext())).rejects.toBeInstanceOf(PermissionError);
  }
});

test('M-12 000-13 middleware and function see that very context', () => {
  const seen: unknown[] = [];
  const ctx = admin();
  const fn = wrapWithContext(
    (inner, text: string) => {
      seen.push(inner);
      return `${inner.funcName || 'unnamed'} ${text}`;
    },
    (outer: unknown, next: (ctx: unknown) => unknown) => {
      seen.push(outer);
      return next(outer);
    },
  );

  expect(fn.withContext(ctx, 'ran')).toBe('anonymous ran');

  expect(seen).toHaveLength(2);
  expect(seen[0]).toBe(ctx);
  expect(seen[1]).toBe(ctx);
});

describe('a guard alone', () => {
  test('M-172 000-13 lets a known caller through, with the same context', async () => {
    const ctx: Identity = admin();
    const handler = stubHandler<Identity, string>('success');

    const report = await testMiddleware<Identity, string>(auth, handler, ctx);

    expect(report).toMatchObject({ ok: true, result: 'success', nextCalls: 1 });
    expect(report.contextSeen).toBe(ctx);
    expect(handler.calls).toEqual([{ ctx }]);
  });

  test('M-172 000-13 stops an unknown one before the handler', async () => {
    const handler = stubHandler<Identity, string>('success');

    const report = await testMiddleware<Identity, string>(
      auth,
      handler,
      new TestContext<Identity>(),
    );

    expect(report).toMatchObject({ ok: false, nextCalls: 0, contextSeen: undefined });
    expect(report.error).toBeInstanceOf(PermissionError);
    expect(handler.calls).toEqual([]);
  });
});
