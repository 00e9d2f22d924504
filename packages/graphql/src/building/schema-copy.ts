/** copySchema: a schema like another, with other resolvers; the other stays as it is. */
import {
  type GraphQLFieldConfig,
  GraphQLInterfaceType,
  GraphQLList,
  GraphQLNonNull,
  type GraphQLNamedType,
  GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLSchema,
  type GraphQLType,
  GraphQLUnionType,
  isInterfaceType,
  isIntrospectionType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
} from 'graphql';

/** The configuration of a field, as graphql-js has it. */
export type FieldConfig = GraphQLFieldConfig<unknown, unknown>;

/** The resolvers that a field shall have. */
export interface FieldChange {
  readonly resolve: FieldConfig['resolve'] | undefined;
  readonly subscribe: FieldConfig['subscribe'] | undefined;
}

/** Gives the resolvers that a field shall have, or nothing if it stays as it is. */
export type ChangeField = (typeName: string, fieldName: string) => FieldChange | undefined;

/**
 * Copies a schema. Only types that lead to an object type are made anew; scalars, enums and inputs, which know no
 * resolvers, are shared.
 */
export function copySchema(schema: GraphQLSchema, change: ChangeField): GraphQLSchema {
  const copies = new Map<GraphQLNamedType, GraphQLNamedType>();
  const named = <T extends GraphQLNamedType>(type: T): T => {
    let copy = copies.get(type);
    if (!copy) copies.set(type, (copy = copyType(type, { named, change })));
    return copy as T;
  };
  const config = schema.toConfig();
  return new GraphQLSchema({
    ...config,
    query: config.query && named(config.query),
    mutation: config.mutation && named(config.mutation),
    subscription: config.subscription && named(config.subscription),
    types: config.types.map(named),
  });
}

interface Copying {
  readonly named: <T extends GraphQLNamedType>(type: T) => T;
  readonly change: ChangeField;
}

/** Types refer to each other in circles, so what they refer to is asked for later. */
function copyType(type: GraphQLNamedType, copying: Copying): GraphQLNamedType {
  if (isIntrospectionType(type)) return type;
  if (isObjectType(type)) {
    const config = type.toConfig();
    return new GraphQLObjectType({
      ...config,
      interfaces: () => config.interfaces.map(copying.named),
      fields: () => copyFields(type.name, config.fields, copying),
    });
  }
  if (isInterfaceType(type)) {
    const config = type.toConfig();
    const fields = config.fields;
    return new GraphQLInterfaceType({
      ...config,
      interfaces: () => config.interfaces.map(copying.named),
      fields: () => copyFields(undefined, fields, copying),
    });
  }
  if (!isUnionType(type)) return type;
  const config = type.toConfig();
  return new GraphQLUnionType({ ...config, types: () => config.types.map(copying.named) });
}

function copyFields<C extends FieldConfig>(
  typeName: string | undefined,
  fields: Readonly<Record<string, C>>,
  { named, change }: Copying,
): Record<string, C> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, config]) => [
      name,
      {
        ...config,
        type: copyWrapped(config.type, named) as GraphQLOutputType,
        ...(typeName !== undefined && change(typeName, name)),
      } as C,
    ]),
  );
}

function copyWrapped(type: GraphQLType, named: Copying['named']): GraphQLType {
  if (isNonNullType(type)) {
    return new GraphQLNonNull(copyWrapped(type.ofType as GraphQLType, named) as GraphQLNamedType);
  }
  if (isListType(type)) return new GraphQLList(copyWrapped(type.ofType as GraphQLType, named));
  return named(type);
}
