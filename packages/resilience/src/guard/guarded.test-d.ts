/** What the compiler refuses: to let calls go past a middleware on which security rests. */
import { type Middleware, pipeline, type Runner } from '@interpose/kernel';
import { expectTypeOf } from 'expect-type';
import { guard } from './guard.ts';
import { guarded, type SecurityMiddleware } from './guarded.ts';
import { MiddlewareInvoker } from './middleware-invoker.ts';

interface Call {
  readonly path: string;
}

declare const auth: Middleware<Call, string, Call & { user: string }>;
declare const geo: Middleware<Call, string>;
declare const serve: Runner<Call, string>;
declare const names: readonly string[];

const safe = guarded({ security: true }, auth);
expectTypeOf(safe).toExtend<SecurityMiddleware>();

// The twin fits where the middleware fits, with what it adds.
pipeline<Call, string>()
  .use(safe)
  .use(guarded({ optional: true }, geo))
  .handle(({ user }) => user);

// @ts-expect-error -- security cannot be optional
guarded({ optional: true }, safe);
// @ts-expect-error -- nor both at once
guarded({ optional: true, security: true }, geo);
// @ts-expect-error -- a mark says something
guarded({}, geo);
// @ts-expect-error -- what is not optional is so by saying nothing
guarded({ optional: false }, geo);
guarded({ timeoutMs: 5 }, safe);

guard(serve);
guard(serve, { optional: ['geo'], security: ['auth'] });
guard(serve, { optional: names, security: names });
guard(serve, { optional: names, security: ['auth'] });
// @ts-expect-error -- one cannot be both
guard(serve, { optional: ['auth', 'geo'], security: ['auth'] });
export const invoker: MiddlewareInvoker<'geo', 'auth'> = new MiddlewareInvoker({
  optional: ['geo'],
  security: ['auth'],
  timeoutMs: 5,
});
invoker.guard(serve, serve);
// @ts-expect-error -- one cannot be both
export const wrong: unknown = new MiddlewareInvoker({ optional: ['auth'], security: ['auth'] });
// @ts-expect-error -- a limit is a number
guard(serve, { middlewareTimeouts: { auth: '5' } });
