/** What the compiler must accept and refuse of typed contexts. Nothing here runs. */
import { createContext, extend, type Middleware, pipeline, provide } from '@interpose/kernel';
import { expectTypeOf } from 'vitest';
import {
  type AppContext,
  type AppData,
  authenticate,
  type Identity,
  type Incoming,
} from './main.ts';

declare const ctx: AppContext;

// Keys and their types.
expectTypeOf(ctx.userId).toEqualTypeOf<number>();
expectTypeOf(ctx.userRole).toEqualTypeOf<string>();
expectTypeOf(ctx.requestId).toEqualTypeOf<string>();
expectTypeOf(ctx.authToken).toEqualTypeOf<string | undefined>();
expectTypeOf(ctx.permissions).toEqualTypeOf<readonly string[]>();
expectTypeOf(ctx.get('userId')).toEqualTypeOf<number | undefined>();
expectTypeOf(ctx.get('authToken', 'none')).toEqualTypeOf<string>();
expectTypeOf(ctx.require('authToken')).toEqualTypeOf<string>();
expectTypeOf(ctx.keys()).toEqualTypeOf<(keyof AppData)[]>();

// @ts-expect-error -- no such key
void ctx.userName;
// @ts-expect-error -- no such key
ctx.get('userName');
// @ts-expect-error -- no such key
ctx.require('userName');
// @ts-expect-error -- no such key
ctx.update({ userName: 'ada' });
// @ts-expect-error -- userId is a number
ctx.userId = '1';
// @ts-expect-error -- userId is a number
ctx.set('userId', '1');
// @ts-expect-error -- userRole is a text
ctx.update({ userRole: 1 });
// @ts-expect-error -- a list of texts
ctx.permissions = 'read';
// @ts-expect-error -- a token is there or not; it is never set to undefined
ctx.authToken = undefined;
// @ts-expect-error -- the permissions are missing
createContext<AppData>({ userId: 1, userRole: 'admin', requestId: 'r1' });

// What middleware add.
pipeline<Incoming, string>()
  .use(authenticate)
  .use(provide('label', ({ userRole }: Identity) => userRole.length))
  .handle((ctx) => {
    expectTypeOf(ctx.requestId).toEqualTypeOf<string>();
    expectTypeOf(ctx.userId).toEqualTypeOf<number>();
    expectTypeOf(ctx.label).toEqualTypeOf<number>();
    // @ts-expect-error -- nobody provides it
    return ctx.tenant;
  });

// @ts-expect-error -- nobody has provided the user before the handler asks
pipeline<Incoming, string>().handle((ctx) => ctx.userRole);

const label = provide('label', (ctx: Identity) => ctx.userRole);
pipeline<Incoming, string>().use(authenticate).use(label);
// @ts-expect-error -- the label needs the role, which `authenticate` provides only further in
pipeline<Incoming, string>().use(label).use(authenticate);

// @ts-expect-error -- it has promised the identity, and may not go on without
export const forgetful: Middleware<Incoming, string, Incoming & Identity> = (_, next) => next();

export const half: Middleware<Incoming, string, Incoming & Identity> = (ctx, next) =>
  // @ts-expect-error -- a part of the identity is not enough
  next(extend(ctx, { userId: 1 }));
