/** schemaOf: an executable schema made of text and resolvers. */
import { buildSchema, type GraphQLFieldResolver, type GraphQLSchema, isObjectType } from 'graphql';

type Resolver = GraphQLFieldResolver<never, never>;

/** Puts functions on the fields of a schema that is written as text. */
export function schemaOf(
  text: string,
  functions: Readonly<
    Record<string, { readonly resolve?: Resolver; readonly subscribe?: Resolver }>
  >,
): GraphQLSchema {
  const schema = buildSchema(text);
  for (const [coordinate, given] of Object.entries(functions)) {
    const [typeName = '', fieldName = ''] = coordinate.split('.');
    const type = schema.getType(typeName);
    const field = isObjectType(type) ? type.getFields()[fieldName] : undefined;
    if (!field) throw new Error(`There is no ${coordinate}.`);
    Object.assign(field, given);
  }
  return schema;
}
