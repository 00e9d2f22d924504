/** Contenders that put a middleware which does nothing round resolvers. */
import { useOnResolve } from '@envelop/on-resolve';
import { type FieldMiddleware, fields } from '@interpose/graphql';
import { defaultFieldResolver, type GraphQLSchema, isObjectType } from 'graphql';
import { applyMiddleware, applyMiddlewareToDeclaredResolvers } from 'graphql-middleware';
import { createSchema, runOn } from './rows.ts';

type Call = (contextValue: unknown) => unknown;

const nothing: FieldMiddleware = (ctx, next) => next(ctx);
const watched: FieldMiddleware = (ctx, next) => {
  let result: unknown;
  for (const one of [ctx]) result = next(one);
  return result;
};

/** graphql-js with nothing round anything. */
export const plain = (): Call => runOn(createSchema());

/** Ours round every field. */
export const oursAll = (): Call =>
  runOn(fields().use(nothing, { defaults: true }).apply(createSchema()));

/** Ours round every field, with a middleware that is watched as its text proves nothing. */
export const oursWatched = (): Call =>
  runOn(fields().use(watched, { defaults: true }).apply(createSchema()));

/** Seven of ours round every field. */
export const oursSeven = (): Call => {
  let stack = fields();
  for (let layer = 0; layer < 7; layer++)
    stack = stack.use((ctx, next) => next(ctx), { defaults: true });
  return runOn(stack.apply(createSchema()));
};

/** Ours round fields that have a resolver, as it is without options. */
export const oursOwn = (): Call => runOn(fields().use(nothing).apply(createSchema()));

/** By hand: each resolver replaced by one that calls it. */
export const byHandAll = (): Call => {
  const schema = createSchema();
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) {
      const resolve = field.resolve ?? defaultFieldResolver;
      field.resolve = (parent, args, context, info) => resolve(parent, args, context, info);
    }
  }
  return runOn(schema);
};

type Resolve = (...args: unknown[]) => unknown;

// What it is given has five parameters; to collect them costs no more than to name them.
const asynchronous = async (resolve: Resolve, ...args: readonly unknown[]): Promise<unknown> =>
  resolve(...args);
const synchronous = (resolve: Resolve, ...args: readonly unknown[]): unknown => resolve(...args);

const peer = (
  apply: (schema: GraphQLSchema, middleware: never) => GraphQLSchema,
  middleware: unknown,
): Call => runOn(apply(createSchema(), middleware as never));

/** graphql-middleware, with a middleware as its pages show it. */
export const peerAllAsync = (): Call => peer(applyMiddleware, asynchronous);
/** graphql-middleware, with a synchronous one. */
export const peerAllSync = (): Call => peer(applyMiddleware, synchronous);
/** graphql-middleware round declared resolvers alone. */
export const peerOwnAsync = (): Call => peer(applyMiddlewareToDeclaredResolvers, asynchronous);
/** graphql-middleware round declared resolvers alone, with a synchronous one. */
export const peerOwnSync = (): Call => peer(applyMiddlewareToDeclaredResolvers, synchronous);

/** Envelop's hook on resolvers, as its plugin puts it on a schema. */
const hooked = (skipDefaultResolvers: boolean): Call => {
  const schema = createSchema();
  const options = { skipIntrospection: true, skipDefaultResolvers };
  useOnResolve(() => {}, options).onSchemaChange?.({ schema } as never);
  return runOn(schema);
};

/** Envelop's hook on every field. */
export const hookAll = (): Call => hooked(false);
/** Envelop's hook on declared resolvers alone. */
export const hookOwn = (): Call => hooked(true);
