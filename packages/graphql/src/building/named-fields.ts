/** The object types and fields of a schema by name, and what is said to somebody who asks for one that it does not have. */
import { suggestion } from '@interpose/kernel/options';
import {
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isUnionType,
} from 'graphql';
import { UnknownFieldError } from '../errors.ts';

/** The object types of a schema, without those of introspection. */
export function objectTypesOf(schema: GraphQLSchema): readonly GraphQLObjectType[] {
  return Object.values(schema.getTypeMap()).filter(
    (type): type is GraphQLObjectType => isObjectType(type) && !isIntrospectionType(type),
  );
}

/** Types that have fields which can be selected. */
const typesWithFields = (
  schema: GraphQLSchema,
): readonly (GraphQLObjectType | GraphQLInterfaceType)[] => [
  ...objectTypesOf(schema),
  ...Object.values(schema.getTypeMap()).filter(isInterfaceType),
];

/**
 * Gives the type of that name.
 *
 * @throws UnknownFieldError if it has no fields that could be selected, or is not there at all
 */
export function checkType(
  schema: GraphQLSchema,
  name: string,
  by: string,
): GraphQLObjectType | GraphQLInterfaceType {
  const known = typesWithFields(schema);
  const found = known.find((type) => type.name === name);
  if (found) return found;
  const other = schema.getType(name);
  if (isUnionType(other)) {
    const members = other.getTypes().map((type) => type.name);
    throw new UnknownFieldError(
      `"${by}" names the union "${name}", which has no fields of its own. It is of: ${members.join(', ')}.`,
    );
  }
  throw new UnknownFieldError(
    `"${by}" names the type "${name}"; the schema has none with fields. ${suggestion(
      name,
      known.map((type) => type.name),
    )}`,
  );
}

/**
 * Checks that there is such a field.
 *
 * @throws UnknownFieldError that names the nearest one
 */
export function checkField(
  schema: GraphQLSchema,
  [typeName, fieldName]: readonly [string, string],
  by: string,
): void {
  const names = Object.keys(checkType(schema, typeName, by).getFields());
  if (names.includes(fieldName)) return;
  throw new UnknownFieldError(
    `"${by}" names the field "${fieldName}"; type "${typeName}" has none. ${suggestion(fieldName, names)}`,
  );
}

/**
 * Checks that some type has a field of that name.
 *
 * @throws UnknownFieldError that names the nearest one
 */
export function checkFieldAnywhere(schema: GraphQLSchema, fieldName: string, by: string): void {
  const names = new Set(objectTypesOf(schema).flatMap((type) => Object.keys(type.getFields())));
  if (names.has(fieldName)) return;
  throw new UnknownFieldError(
    `"${by}" names the field "${fieldName}"; no type has one. ${suggestion(fieldName, names)}`,
  );
}
