/** What an API stack provides to its handler, and what does not compile. */
import { type Awaitable, type Middleware, pipeline } from '@interpose/kernel';
import { expectTypeOf } from 'expect-type';
import { apiStack, type DoesNotFit } from './api-stack.ts';
import type { Problem } from '../boundary/problem.ts';
import { cache } from '../cache/cache.ts';
import { authenticate } from '../checks/authenticate.ts';
import { requireRole } from '../checks/require.ts';
import { sanitize } from '../checks/sanitize.ts';
import type { StandardSchema } from '../checks/standard-schema.ts';
import { transaction } from '../checks/transaction.ts';
import { validate } from '../checks/validate.ts';
import type { Span, Tracer } from '../observing/tracer.ts';
import { rateLimit } from '../rate-limiter/rate-limiter.ts';

interface Call {
  readonly token: string;
  readonly body: unknown;
}
interface User {
  readonly name: string;
}
declare const find: (token: string) => Promise<User | undefined>;
declare const order: StandardSchema<unknown, { readonly pieces: number }>;
declare const tracer: Tracer;

const auth = authenticate({ verify: ({ token }: Call) => find(token) });
const needsUser: Middleware<{ readonly user: User }, string | Problem> = (ctx, next) => next(ctx);
const start = pipeline<Call, string | Problem>();

const serve = apiStack(start, {
  tracer,
  rateLimit: rateLimit({ limit: 10 }),
  auth,
  permission: needsUser,
  cache: cache({ key: ({ token }: Call) => token }),
  validation: validate(order, { read: ({ body }: Call) => body }),
  sanitization: sanitize(),
  transaction: transaction({ begin: () => 5, commit: () => {}, rollback: () => {} }),
}).handle((ctx) => {
  expectTypeOf(ctx.user).toEqualTypeOf<User>();
  expectTypeOf(ctx.requestId).toEqualTypeOf<string>();
  expectTypeOf(ctx.span).toEqualTypeOf<Span>();
  expectTypeOf(ctx.input.pieces).toEqualTypeOf<number>();
  expectTypeOf(ctx.transaction).toEqualTypeOf<number>();
  expectTypeOf(ctx.token).toEqualTypeOf<string>();
  return 'done';
});
expectTypeOf(serve({ token: 'x', body: 1 })).toEqualTypeOf<Awaitable<string | Problem>>();

// Without any part there is an id, and no more.
apiStack(start, {}).handle((ctx) => {
  expectTypeOf(ctx.requestId).toEqualTypeOf<string>();
  // @ts-expect-error -- nobody provides a user
  return ctx.user;
});

// Nobody provides the user that the permission asks for.
expectTypeOf(apiStack(start, { permission: needsUser })).toEqualTypeOf<DoesNotFit<'permission'>>();
// @ts-expect-error -- so there is nothing to be done with it
apiStack(start, { permission: needsUser }).handle(() => 'done');

// The rate limit stands further out than those who know the user.
expectTypeOf(apiStack(start, { rateLimit: needsUser, auth })).toEqualTypeOf<
  DoesNotFit<'rateLimit'>
>();

// @ts-expect-error -- results of another kind need a boundary of their own
apiStack(pipeline<Call, Response>(), {});
apiStack(pipeline<Call, Response>(), { errorBoundary: false }).handle(() => new Response());

declare const number: Middleware<Call, number>;
// A part with another result, and no part at all.
expectTypeOf(apiStack(start, { cors: number })).toEqualTypeOf<DoesNotFit<'cors'>>();
expectTypeOf(apiStack(start, { corse: auth })).toEqualTypeOf<DoesNotFit<'corse'>>();

apiStack(start, { requestId: false, permission: requireRole('admin') }).handle((ctx) => {
  // @ts-expect-error -- somebody said that there is to be none
  return ctx.requestId;
});
