/** What wrapping does to the type of a function: nothing, unless a middleware makes its result a promise. */
import { expectTypeOf } from 'expect-type';
import { wrap as wrapAmbient } from './ambient.ts';
import { before, createMiddleware } from './hooks.ts';
import type { AnyMiddleware, Awaitable, Middleware, Policy, SyncMiddleware } from './middleware.ts';
import { createFunctionRegistry } from './registry.ts';
import { type CallContext, type FunctionMiddleware, wrap, wrapWithContext } from './wrap.ts';

declare const retry: Policy;
declare const sync: SyncMiddleware<CallContext, number>;
declare const perhaps: FunctionMiddleware;
declare const perhapsNumber: Middleware<CallContext, number>;
declare const later: (ctx: CallContext, next: () => unknown) => Promise<unknown>;
declare const opaque: AnyMiddleware;

const add = (a: number, b = 1): number => a + b;

// A function that is not asynchronous stays as it is among synchronous middleware.
expectTypeOf(wrap(add)).toExtend<typeof add>();
expectTypeOf(wrap(add, sync)(1, 2)).toEqualTypeOf<number>();
expectTypeOf(wrap(add, (ctx, next) => next(ctx))(1)).toEqualTypeOf<number>();
expectTypeOf(wrap(add, (_, next) => (next() as number) + 1)(1)).toEqualTypeOf<number>();
expectTypeOf(wrap(wrap(add, sync), sync)(1)).toEqualTypeOf<number>();

// Asynchronous middleware make a promise of its result; those that may be either make it perhaps one.
expectTypeOf(wrap(add, later)(1)).toEqualTypeOf<Promise<number>>();
expectTypeOf(wrap(add, async (_, next) => next() as unknown)(1)).toEqualTypeOf<Promise<number>>();
expectTypeOf(wrap(add, sync, later)(1)).toEqualTypeOf<Promise<number>>();
expectTypeOf(wrap(wrap(add, later), sync)(1)).toEqualTypeOf<Promise<number>>();
for (const one of [
  wrap(add, retry)(1),
  wrap(add, perhaps)(1),
  wrap(add, perhapsNumber)(1),
  wrap(add, opaque)(1),
  wrap(
    add,
    before(() => {}),
  )(1),
  wrap(add, createMiddleware<CallContext, number>({ finally() {} }))(1),
]) {
  expectTypeOf(one).toEqualTypeOf<Awaitable<number>>();
}

// An asynchronous function is asynchronous already, whatever stands round it.
const load = async (id: number): Promise<{ id: number }> => ({ id });
expectTypeOf(wrap(load, retry, later, sync)).toExtend<typeof load>();
expectTypeOf(wrap(load, retry)(1)).toEqualTypeOf<Promise<{ id: number }>>();
async function* list(from: number): AsyncGenerator<number, string, boolean> {
  yield from;
  return 'end';
}
expectTypeOf(wrap(list, later)(1)).toEqualTypeOf<AsyncGenerator<number, string, boolean>>();

// Generics, overloads, optional and rest parameters, `this`, and properties stay.
const first = wrap(async <T>(items: readonly T[]): Promise<T | undefined> => items[0], retry);
expectTypeOf(first([1])).toEqualTypeOf<Promise<number | undefined>>();
expectTypeOf(first(['a'])).toEqualTypeOf<Promise<string | undefined>>();
const same = wrap(<T>(value: T): T => value, sync);
expectTypeOf(same('a' as const)).toEqualTypeOf<'a'>();
function parse(text: string): string[];
function parse(number: number, radix?: number): number;
function parse(value: string | number): string[] | number {
  return typeof value === 'string' ? [value] : value;
}
const parsed = wrap(parse, sync);
expectTypeOf(parsed('a')).toEqualTypeOf<string[]>();
expectTypeOf(parsed(1, 2)).toEqualTypeOf<number>();
expectTypeOf(wrap(add, later)).parameters.toEqualTypeOf<[a: number, b?: number | undefined]>();
expectTypeOf(wrap((...all: string[]) => all.length, later)).parameters.toEqualTypeOf<string[]>();
expectTypeOf(wrap(Object.assign(add, { version: 1 }), sync).version).toEqualTypeOf<number>();
expectTypeOf(
  wrap(wrap(Object.assign(add, { version: 1 }), later), perhaps).version,
).toEqualTypeOf<number>();
const scaled = wrap(function (this: { scale: number }, n: number): number {
  return n * this.scale;
}, later);
expectTypeOf(scaled.call({ scale: 2 }, 1)).toEqualTypeOf<Promise<number>>();
// @ts-expect-error -- called without the object that it needs
void scaled(1);

// @ts-expect-error -- a wrong argument
void wrap(add, later)('1');
// @ts-expect-error -- too many arguments
void wrap(add, sync)(1, 2, 3);
// @ts-expect-error -- no function
wrap(5, sync);
// @ts-expect-error -- no middleware
wrap(add, 5);
// @ts-expect-error -- a promise is no number
const number: number = wrap(add, later)(1);
// @ts-expect-error -- nor is what may be one
const perhapsOne: number = wrap(add, perhaps)(1);

// The context of a call.
const look: FunctionMiddleware = (ctx, next) => {
  expectTypeOf(ctx.funcName).toEqualTypeOf<string>();
  expectTypeOf(ctx.args).toEqualTypeOf<unknown[]>();
  // @ts-expect-error -- nobody has put a user there
  void ctx.user;
  return next();
};
type WithUser = CallContext<{ user: string }>;
const needsUser: Middleware<WithUser, string> = (ctx, next) => {
  expectTypeOf(ctx.user).toEqualTypeOf<string>();
  expectTypeOf(ctx.require('user')).toEqualTypeOf<string>();
  return next();
};

// A function that asks for its context.
const greet = wrapWithContext(
  (ctx: WithUser, name: string, mark?: '!' | '?') => `${ctx.user}${name}${mark}`,
  needsUser,
);
expectTypeOf(greet).parameters.toEqualTypeOf<[name: string, mark?: '!' | '?' | undefined]>();
expectTypeOf(greet.withContext).parameters.toEqualTypeOf<
  [ctx: object, name: string, mark?: '!' | '?' | undefined]
>();
expectTypeOf(greet.withContext({ user: 'ada' }, 'x')).toEqualTypeOf<Awaitable<string>>();
wrapWithContext((ctx, n: number) => expectTypeOf(ctx.funcName).toEqualTypeOf<string>() && n);
// @ts-expect-error -- the context is not for callers to pass
greet({ user: 'ada' }, 'x');

// The same through the other doors.
expectTypeOf(wrapAmbient(load, retry)(1)).toEqualTypeOf<Promise<{ id: number }>>();
expectTypeOf(wrapAmbient(add, later)(1)).toEqualTypeOf<Promise<number>>();
expectTypeOf(createFunctionRegistry([later, sync]).register(add)(1)).toEqualTypeOf<
  Promise<number>
>();
expectTypeOf(createFunctionRegistry([sync]).register(add, retry)(1)).toEqualTypeOf<
  Awaitable<number>
>();
expectTypeOf(createFunctionRegistry([]).register(add)(1)).toEqualTypeOf<number>();

export { look, number, perhapsOne };
