/** Typed contexts: wrong keys and wrong types do not compile, and what middleware add is counted. */
import { expectTypeOf } from 'expect-type';
import { provide, withContext } from './combinators.ts';
import { Context, createContext } from './context.ts';
import {
  createJobContext,
  createResolverContext,
  createTestContext,
  createWebContext,
} from './contexts.ts';
import { extend } from './extend.ts';
import { isolate } from './isolate.ts';
import type { Middleware } from './middleware.ts';
import { pipeline } from './pipeline.ts';
import type { CallContext } from './wrap.ts';

interface AppContext {
  userId: number;
  userRole: string;
  requestId: string;
  authToken?: string;
  note: string | null | undefined;
  permissions: readonly string[];
}
declare const ctx: Context<AppContext>;
declare const other: Context<AppContext>;

// Reading.
expectTypeOf(ctx.userId).toEqualTypeOf<number>();
expectTypeOf(ctx.get('userId')).toEqualTypeOf<number | undefined>();
expectTypeOf(ctx.get('authToken', 5)).toEqualTypeOf<string | number>();
expectTypeOf(ctx.get('note', 5)).toEqualTypeOf<string | null | number>();
expectTypeOf(ctx.require('note')).toEqualTypeOf<string>();
expectTypeOf(ctx.require('authToken')).toEqualTypeOf<string>();
expectTypeOf(ctx.keys()).toEqualTypeOf<(keyof AppContext)[]>();
expectTypeOf(ctx.copy()).toEqualTypeOf<Context<AppContext>>();
expectTypeOf(ctx.metadata).toEqualTypeOf<Map<string, unknown>>();
// @ts-expect-error -- an unknown key
void ctx.userName;
// @ts-expect-error -- an unknown key
ctx.get('userName');
// @ts-expect-error -- an unknown key
ctx.require('userName');
// @ts-expect-error -- it may be missing
const token: string = other.authToken;

// Writing.
ctx.userId = 1;
ctx.set('permissions', ['read']).update({ userRole: 'admin' }).delete('authToken');
// @ts-expect-error -- a wrong type
ctx.userId = 'ada';
// @ts-expect-error -- a wrong type
ctx.set('userId', 'ada');
// @ts-expect-error -- an unknown key
ctx.set('userName', 'ada');
// @ts-expect-error -- a wrong type
ctx.update({ userId: 'ada' });
// @ts-expect-error -- the metadata are there for good
ctx.metadata = new Map();

// One with more on it fits where less is needed.
declare const more: Context<AppContext & { locale: string }>;
const less: Context<AppContext> = more;
const least: Context<{ userId: number }> = less;
expectTypeOf(least.keys()).toEqualTypeOf<'userId'[]>();
expectTypeOf(new Context<Record<string, number>>().items()).toEqualTypeOf<[string, number][]>();
// @ts-expect-error -- and not the other way round
const tooMuch: Context<AppContext> = least;

// Making.
expectTypeOf(createContext({ a: 1 })).toEqualTypeOf<Context<{ a: number }>>();
expectTypeOf(new Context({ a: 1 }).a).toEqualTypeOf<number>();
expectTypeOf(new Context().get('anything')).toEqualTypeOf<unknown>();
const some = new Context<AppContext>({ userId: 1 });
// @ts-expect-error -- a wrong type
const wrong = new Context<AppContext>({ userId: 'ada' });
expectTypeOf(createWebContext({ method: 'GET' }).headers['Accept']).toEqualTypeOf<
  string | undefined
>();
expectTypeOf(createWebContext(new Request('http://localhost')).path).toEqualTypeOf<string>();
expectTypeOf(createJobContext({ name: 'mail', data: [1] }).data).toEqualTypeOf<number[]>();
expectTypeOf(
  createResolverContext({ parent: 1, args: { a: 1 }, context: 'c', info: null }).args.a,
).toEqualTypeOf<number>();
expectTypeOf(createTestContext({ role: 'admin' })).toEqualTypeOf<CallContext<{ role: string }>>();
// @ts-expect-error -- headers are for reading
createWebContext({}).headers['accept'] = 'x';

// Extending.
expectTypeOf(extend(ctx, { user: 'ada' }).user).toEqualTypeOf<string>();
expectTypeOf(extend(ctx, { user: 'ada' }).userId).toEqualTypeOf<number>();

// A chain adds up what its middleware add.
const needsUser: Middleware<Context<AppContext> & { user: { id: number } }, string> = (c, next) => {
  expectTypeOf(c.user.id).toEqualTypeOf<number>();
  return next();
};
const app = pipeline<Context<AppContext>, string>();
app
  .use(isolate({ copyBack: ['userId'] }))
  .use(withContext({ locale: 'en' }))
  .use(
    provide('user', (c: Context<AppContext> & { locale: string }) => ({
      id: c.userId,
      in: c.locale,
    })),
  )
  .use(needsUser)
  .handle((c) => {
    expectTypeOf(c.user.in).toEqualTypeOf<string>();
    expectTypeOf(c.locale).toEqualTypeOf<string>();
    return c.userRole;
  });
// @ts-expect-error -- nobody provides the user
app.use(needsUser);
// @ts-expect-error -- nobody provides the locale
app.handle((c) => c.locale);

export { some, token, tooMuch, wrong };
