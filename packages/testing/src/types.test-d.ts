/** What the tools for tests know of types: what compiles, and what does not. */
import {
  type Awaitable,
  type CallContext,
  compose,
  type Handler,
  type Middleware,
  pipeline,
  type Policy,
  wrap,
} from '@interpose/kernel';
import { expectTypeOf } from 'expect-type';
import {
  always,
  failingMiddleware,
  hangingMiddleware,
  middlewareContract,
  mockMiddleware,
  pending,
  recorder,
  stubHandler,
  TestContext,
  testMiddleware,
} from './index.ts';

interface Http {
  readonly path: string;
  readonly signal?: AbortSignal;
}
interface WithUser extends Http {
  readonly user: { readonly id: number };
}
declare const http: Http;
declare const authenticate: Middleware<Http, string, WithUser>;
declare const retry: () => Policy;

// A stub handler is a handler; its steps answer what the pipeline answers, and see its context.
const upstream = stubHandler<Http, string>(
  'ok',
  new Error('reset'),
  pending<string>(),
  ({ path }) => path,
  async () => 'later',
  always('ok'),
);
expectTypeOf(upstream).toExtend<Handler<Http, string>>();
expectTypeOf(upstream.calls[0]).toEqualTypeOf<{ readonly ctx: Http } | undefined>();
pipeline<Http, string>().handle(upstream);
// @ts-expect-error -- a step of another type
stubHandler<Http, string>(7);
// @ts-expect-error -- a step that answers another type later
stubHandler<Http, string>(async () => 7);

// A test context has its values with their types, and the methods of a context.
const ctx = new TestContext({ userId: 123, role: 'admin' });
expectTypeOf(ctx.userId).toEqualTypeOf<number>();
expectTypeOf(ctx.get('role')).toEqualTypeOf<string | undefined>();
expectTypeOf(ctx.require('userId')).toEqualTypeOf<number>();
// @ts-expect-error -- a value of another type
ctx.userId = 'ada';
// @ts-expect-error -- no such key
ctx.get('email');
// Part of what a middleware knows is enough, where the type is said.
expectTypeOf(new TestContext<{ userId: number; role?: string }>({ userId: 1 }).role).toEqualTypeOf<
  string | undefined
>();

// A mock knows its context; its result is whatever the pipeline answers.
const watched = mockMiddleware<Http>();
pipeline<Http, string>().use(watched).handle(upstream);
pipeline<Http, number>()
  .use(watched)
  .handle(() => 7);
expectTypeOf(watched.mock.before.calls[0]?.[0]).toEqualTypeOf<Http | undefined>();
expectTypeOf(mockMiddleware().mock.before.lastCall?.[0].funcName).toEqualTypeOf<
  string | undefined
>();
const wrapped = wrap(async (id: number) => `user ${id}`, mockMiddleware());
expectTypeOf(wrapped).parameters.toEqualTypeOf<[id: number]>();
expectTypeOf(wrapped(7)).toEqualTypeOf<Promise<string>>();
// @ts-expect-error -- it asks for a context that the pipeline has not
pipeline<{ name: string }, string>().use(watched);

// A mock of a narrower result fits where the results are that narrow.
const narrow = mockMiddleware<Http, string>();
expectTypeOf(narrow.mock.after.calls[0]?.[1]).toEqualTypeOf<string | undefined>();
pipeline<Http, 'a' | 'b'>().use(narrow);
// @ts-expect-error -- the results are numbers
pipeline<Http, number>().use(narrow);

// Recorders and failures fit every pipeline; what hangs needs a place for the signal.
const journal = recorder();
pipeline<Http, string>()
  .use(journal.middleware('a'))
  .use(failingMiddleware('reset'))
  .use(hangingMiddleware())
  .handle(journal.wrap(upstream));
expectTypeOf(journal.wrap((id: number) => `${id}`)).toEqualTypeOf<(id: number) => string>();
// @ts-expect-error -- a signal of another kind
pipeline<{ signal: string }, string>().use(hangingMiddleware());

// One middleware alone: the handler sees what the middleware provides, and so does the report.
const report = await testMiddleware(authenticate, ({ user }) => `hello ${user.id}`, http);
expectTypeOf(report.contextSeen).toEqualTypeOf<WithUser | undefined>();
expectTypeOf(report.result).toEqualTypeOf<string | undefined>();
if (report.ok) expectTypeOf(report.result).toEqualTypeOf<string>();
else expectTypeOf(report.error).toEqualTypeOf<unknown>();
await testMiddleware(retry(), upstream, http);
// @ts-expect-error -- not the context that the middleware needs
await testMiddleware(authenticate, () => 'ok', { method: 'GET' });
// @ts-expect-error -- the handler answers another type
await testMiddleware(authenticate, () => 7, http);

// A contract takes any middleware; its contexts and answers are those of the middleware.
middlewareContract(() => retry());
middlewareContract(async () => compose<Http, string>(journal.middleware('a')));
middlewareContract(({ clock, random }) => {
  expectTypeOf(clock.now()).toEqualTypeOf<number>();
  expectTypeOf(random).toEqualTypeOf<() => number>();
  return { handle: (_: Http, next: (ctx?: Http) => Awaitable<string>) => next() };
});
middlewareContract(() => authenticate, {
  context: (signal) => ({ path: '/', signal }),
  answer: () => 'ok',
  changesContext: true,
});
// @ts-expect-error -- not the context that the middleware needs
middlewareContract(() => authenticate, { context: () => ({ method: 'GET' }) });
// @ts-expect-error -- not what the rest of it answers
middlewareContract(() => authenticate, { answer: () => 7 });
// @ts-expect-error -- no middleware
middlewareContract(() => 'retry');

expectTypeOf<CallContext>().toExtend<{ funcName: string }>();
