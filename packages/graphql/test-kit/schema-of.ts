/** schemaOf: an executable schema made of text and resolvers, for tests. */
import {
  buildSchema,
  execute,
  type ExecutionResult,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  isObjectType,
  parse,
} from 'graphql';

/** A resolver, or the two functions of a field of `Subscription`. */
export type FieldFunctions =
  | GraphQLFieldResolver<never, never>
  | {
      readonly resolve?: GraphQLFieldResolver<never, never>;
      readonly subscribe?: GraphQLFieldResolver<never, never>;
    };

/** Puts resolvers on the fields of a schema that is written as text. */
export function schemaOf(
  text: string,
  resolvers: Readonly<Record<string, FieldFunctions>> = {},
): GraphQLSchema {
  const schema = buildSchema(text);
  for (const [coordinate, given] of Object.entries(resolvers)) {
    const [typeName = '', fieldName = ''] = coordinate.split('.');
    const type = schema.getType(typeName);
    const field = isObjectType(type) ? type.getFields()[fieldName] : undefined;
    if (!field) throw new Error(`There is no ${coordinate}.`);
    Object.assign(field, typeof given === 'function' ? { resolve: given } : given);
  }
  return schema;
}

/** Runs a query. A wholly synchronous one gives its result at once. */
export function ask(
  schema: GraphQLSchema,
  query: string,
  more: { readonly contextValue?: unknown; readonly rootValue?: unknown } = {},
): ExecutionResult | Promise<ExecutionResult> {
  return execute({ schema, document: parse(query), ...more }) as
    | ExecutionResult
    | Promise<ExecutionResult>;
}

/** The data of a result as plain objects; throws the first error if there is one. */
export function dataOf(result: ExecutionResult): unknown {
  const [error] = result.errors ?? [];
  if (error) throw error;
  return JSON.parse(JSON.stringify(result.data));
}
