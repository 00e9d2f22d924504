/** FieldFacts: what is known of a field when the schema is built. */
import { defaultFieldResolver, type GraphQLField, type GraphQLObjectType } from 'graphql';

/** One field of an object type, as the schema has it. */
export interface FieldFacts {
  readonly type: GraphQLObjectType;
  readonly field: GraphQLField<unknown, unknown>;
  /** Type and name with a dot between them, as in `User.email`. */
  readonly coordinate: string;
  /** Whether it has a resolver of its own, and not just the property of its name. */
  readonly hasResolver: boolean;
}

/** The facts of a field. */
export function fieldFacts(
  type: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
): FieldFacts {
  const { resolve, subscribe } = field;
  return {
    type,
    field,
    coordinate: `${type.name}.${field.name}`,
    hasResolver:
      (resolve !== undefined && resolve !== defaultFieldResolver) || subscribe !== undefined,
  };
}
