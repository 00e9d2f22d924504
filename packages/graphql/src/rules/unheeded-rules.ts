/** checkHeeded: rules of a schema stand where they protect something. */
import { type GraphQLSchema, isEnumType, isInputObjectType, isIntrospectionType } from 'graphql';
import type { SchemaRules } from './schema-rules.ts';

/** Anything of a schema that may bear marks. */
interface Marked {
  readonly extensions?: object;
  readonly astNode?: Directed | null | undefined;
  readonly extensionASTNodes?: readonly Directed[] | undefined;
}

interface Directed {
  readonly directives?: readonly { readonly name: { readonly value: string } }[] | undefined;
}

/**
 * Rules are heeded on fields, and on types that have fields. One on a union, a scalar, an enum, an input or an argument would
 * protect nothing.
 *
 * @throws TypeError that names the place
 */
export function checkHeeded(schema: GraphQLSchema, { directive, extension }: Marks): void {
  const check = (place: string, { astNode, extensionASTNodes = [], extensions }: Marked): void => {
    const isDirected = [astNode, ...extensionASTNodes].some((node) =>
      node?.directives?.some(({ name }) => name.value === directive),
    );
    if (!isDirected && !(extensions && Object.hasOwn(extensions, extension))) return;
    const mark = isDirected ? `@${directive}` : `extensions.${extension}`;
    throw new TypeError(
      `${mark} on ${place} would protect nothing: rules are heeded on fields, object types and interfaces.`,
    );
  };
  for (const type of Object.values(schema.getTypeMap())) {
    if (isIntrospectionType(type)) continue;
    if (isEnumType(type)) {
      for (const value of type.getValues()) check(`${type.name}.${value.name}`, value);
    }
    if (!('getFields' in type)) {
      check(type.name, type);
      continue;
    }
    if (isInputObjectType(type)) check(type.name, type);
    for (const field of Object.values(type.getFields())) {
      if (isInputObjectType(type)) check(`${type.name}.${field.name}`, field);
      const args = 'args' in field ? field.args : [];
      for (const arg of args) check(`${type.name}.${field.name}(${arg.name}:)`, arg);
    }
  }
}

type Marks = Pick<SchemaRules, 'directive' | 'extension'>;
