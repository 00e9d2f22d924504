/** What a middleware adds to the context is known further in, and only there. */
import { retry, timeout } from '@interpose/resilience';
import { expectTypeOf } from 'expect-type';
import type { FieldMiddleware } from './field-context.ts';
import { type ContextOf, fields } from './fields.ts';
import { provideContext } from './provide-context.ts';

interface App {
  readonly request: Request;
}
interface User {
  readonly id: number;
}
declare const findUser: (request: Request) => Promise<User>;

const authenticate: FieldMiddleware<App, App & { user: User }> = async (ctx, next) =>
  next({ ...ctx, context: { ...ctx.context, user: await findUser(ctx.context.request) } });
const needsUser: FieldMiddleware<{ user: User }> = (ctx, next) => {
  expectTypeOf(ctx.context.user.id).toEqualTypeOf<number>();
  return next(ctx);
};
const anything: FieldMiddleware = (ctx, next) => {
  expectTypeOf(ctx.context).toEqualTypeOf<unknown>();
  return next();
};

// Provider before consumer; policies fit between and lose nothing.
const stack = fields<App>()
  .use(anything)
  .use(retry())
  .use(authenticate)
  .use(timeout())
  .use(needsUser)
  .on('Query.me', needsUser)
  .use((ctx, next) => {
    expectTypeOf(ctx.context.user).toEqualTypeOf<User>();
    return next(ctx);
  });
expectTypeOf<ContextOf<typeof stack>>().toExtend<App & { user: User }>();
expectTypeOf<ContextOf<typeof stack>['user']>().toEqualTypeOf<User>();

// @ts-expect-error nobody provides the user yet
fields<App>().use(needsUser);
// @ts-expect-error what runs round some fields provides nothing to the others
fields<App>().on('Query.me', authenticate).use(needsUser);
// @ts-expect-error nor to those that are put round some fields
fields<App>().on('Query.me', needsUser);
// @ts-expect-error the server's context has no request
fields<{ tenant: string }>().use(authenticate);
// @ts-expect-error forgetting to hand the user on
const forgets: FieldMiddleware<App, App & { user: User }> = (_, next) => next();
void forgets;

const provided = fields<App>()
  .use(provideContext('user', ({ context }) => findUser(context.request)))
  .use(needsUser);
expectTypeOf<ContextOf<typeof provided>['user']>().toEqualTypeOf<User>();
const account = fields<App>().use(
  provideContext('account', ({ context }) => findUser(context.request)),
);
// @ts-expect-error it provides another name
account.use(needsUser);
