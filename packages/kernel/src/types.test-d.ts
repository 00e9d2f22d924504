/** What does not compile, and what does: the types are the feature. */
import { expectTypeOf } from 'expect-type';
import { provide, when } from './combinators.ts';
import { answer } from './hook.ts';
import { after, before, createMiddleware } from './hooks.ts';
import type { Awaitable, Middleware, Policy, SyncMiddleware } from './middleware.ts';
import { pipeline } from './pipeline.ts';
import { wrap } from './wrap.ts';

interface Http {
  headers: Record<string, string>;
}
interface User {
  id: number;
}
declare const response: Response;
declare const findUser: (headers: Http['headers']) => Promise<User | undefined>;
declare const retry: () => Policy;

const authenticate: Middleware<Http, Response, Http & { user: User }> = async (ctx, next) => {
  const user = await findUser(ctx.headers);
  return user ? next({ ...ctx, user }) : new Response(null, { status: 401 });
};
const needsUser: Middleware<Http & { user: User }, Response> = (ctx, next) => {
  expectTypeOf(ctx.user.id).toEqualTypeOf<number>();
  return next();
};

// Provider before consumer; the context of the handler has what was provided.
pipeline<Http, Response>()
  .use(retry())
  .use(authenticate)
  .use(needsUser)
  .handle((ctx) => {
    expectTypeOf(ctx.user).toEqualTypeOf<User>();
    expectTypeOf(ctx.headers).toEqualTypeOf<Record<string, string>>();
    return response;
  });

// @ts-expect-error -- wrong order: the consumer stands outside its provider
pipeline<Http, Response>().use(needsUser).use(authenticate);

// @ts-expect-error -- missing provider
pipeline<Http, Response>().use(needsUser);

// @ts-expect-error -- missing provider, asked for by the handler
pipeline<Http, Response>().handle((ctx) => ctx.user);

// @ts-expect-error -- forgetting to provide: next() without the user
const forgets: Middleware<Http, Response, Http & { user: User }> = (_, next) => next();

type ProvidesUser = Middleware<Http, Response, Http & { user: User }>;

// @ts-expect-error -- a wrong key
const wrongKey: ProvidesUser = (ctx, next) => next({ ...ctx, usr: { id: 1 } });

// @ts-expect-error -- a wrong type
const wrongType: ProvidesUser = (ctx, next) => next({ ...ctx, user: 5 });

// @ts-expect-error -- a wrong result
const wrongResult: Middleware<Http, Response> = () => 'text';

// What `next` gives may be a value or a promise, so it is awaited and not chained.
const chained: Middleware<Http, Response> = (_, next) => {
  const result = next();
  expectTypeOf(result).toEqualTypeOf<Awaitable<Response>>();
  // @ts-expect-error -- a plain value has no `then`
  result.then(() => {});
  return result;
};

// A middleware written in place gets the context that has been provided so far.
pipeline<Http, Response>()
  .use(authenticate)
  .use((ctx, next) => {
    expectTypeOf(ctx).toEqualTypeOf<Http & (Http & { user: User })>();
    return next();
  });

// One that needs less than there is fits everywhere, and takes nothing away.
const logging: Middleware<{ headers: Record<string, string> }, Response> = (_, next) => next();
pipeline<Http, Response>().use(authenticate).use(logging).use(needsUser);

// What a conditional middleware provides is there perhaps.
pipeline<Http, Response>()
  .use(when((ctx: Http) => 'authorization' in ctx.headers, authenticate))
  .handle((ctx) => {
    expectTypeOf(ctx.user).toEqualTypeOf<User | undefined>();
    return response;
  });
pipeline<Http, Response>()
  .use(when((ctx: Http) => 'authorization' in ctx.headers, authenticate))
  // @ts-expect-error -- it needs the user for certain
  .use(needsUser);

// provide() and hooks.
pipeline<Http, Response>()
  .use(provide('user', async (ctx: Http) => (await findUser(ctx.headers)) ?? { id: 0 }))
  .use(needsUser)
  .use(before((ctx: Http & { user: User }) => void ctx.user.id))
  .use(before((ctx: Http) => (ctx.headers['stop'] ? answer(response) : undefined)))
  .use(after((_: Http, result: Response) => answer(new Response(result.body))))
  .handle((ctx) => {
    expectTypeOf(ctx.user).toEqualTypeOf<User>();
    return response;
  });

// @ts-expect-error -- a hook answers what the pipeline answers
pipeline<Http, Response>().use(before((ctx: Http) => answer(ctx.headers)));

// @ts-expect-error -- a hook does not return an answer bare
createMiddleware<Http, Response>({ before: () => response });

// Synchronous pipelines are called synchronously.
const sync: SyncMiddleware<{ n: number }, number> = (ctx, next) => next(ctx) + 1;
const run = pipeline<{ n: number }, number>().handleSync((ctx) => ctx.n);
expectTypeOf(run({ n: 1 })).toEqualTypeOf<number>();
expectTypeOf(pipeline<{ n: number }, number>().handle((ctx) => ctx.n)({ n: 1 })).toEqualTypeOf<
  Awaitable<number>
>();

// wrap keeps the signature; only an asynchronous middleware makes a promise of a plain result.
const add = (a: number, b: number): number => a + b;
const wrapped = wrap(add, sync as never);
expectTypeOf(wrapped).parameters.toEqualTypeOf<[number, number]>();
expectTypeOf(
  wrap(
    add,
    before(() => {}),
  )(1, 2),
).toEqualTypeOf<Awaitable<number>>();
expectTypeOf(wrap(add, async (_: object, next: () => unknown) => next())(1, 2)).toEqualTypeOf<
  Promise<number>
>();
expectTypeOf(wrap(async (id: number) => `${id}`, retry())(1)).toEqualTypeOf<Promise<string>>();
const first = wrap(async <T>(list: T[]): Promise<T | undefined> => list[0], retry());
expectTypeOf(first([1, 2])).toEqualTypeOf<Promise<number | undefined>>();
expectTypeOf(wrapped.withContext).parameter(0).toEqualTypeOf<object>();

export { chained, forgets, wrongKey, wrongResult, wrongType };
