/** Test contexts: calls a guarded function as anybody you like, without a login, a server or a request. */
import { pathToFileURL } from 'node:url';
import { CodedError, type ContextPolicy, type Wrapped, wrap } from '@interpose/kernel';
import { TestContext } from '@interpose/testing';

/** Who calls, once something further out has found out. */
export interface Identity {
  readonly userId?: number;
  readonly role?: string;
}

/** Whoever calls may not. */
export class PermissionError extends CodedError {
  static override readonly code: string = 'PERMISSION';
}

/** Lets nobody pass who is not known. */
export const auth: ContextPolicy<Identity> = function auth(ctx, next) {
  if (ctx.userId === undefined) throw new PermissionError('Log in first.');
  return next(ctx);
};

/** Lets nobody pass but admins. */
export const adminsOnly: ContextPolicy<Identity> = function adminsOnly(ctx, next) {
  if (ctx.role !== 'admin') throw new PermissionError(`User ${ctx.userId} is no admin.`);
  return next(ctx);
};

/** The function under test. Its callers pass no context; a test does, by `withContext`. */
export const removeUser: Wrapped<(id: number) => Promise<string>> = wrap(
  async function removeUser(id: number): Promise<string> {
    return `user ${id} is removed`;
  },
  auth,
  adminsOnly,
);

/** Calls it as an admin, as a member and as nobody. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  const admin = new TestContext({ userId: 123, role: 'admin' });
  const member = new TestContext({ userId: 124, role: 'member' });
  for (const ctx of [admin, member, new TestContext()]) {
    print(`${ctx.toString()}: ${await removeUser.withContext(ctx, 7).catch(String)}`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
