/** Marks that a schema puts on fields and types: directives and extensions. */
import { suggestion } from '@interpose/kernel/options';
import type { GraphQLField, GraphQLObjectType, GraphQLSchema } from 'graphql';
import { UnknownFieldError } from '../errors.ts';
import type { FieldFacts } from '../field-facts.ts';
import { objectTypesOf } from './named-fields.ts';

type Marked = GraphQLObjectType | GraphQLField<unknown, unknown>;

/** Names of the directives on something: as they are written in the schema, or kept in `extensions.directives`. */
function directivesOn(one: Marked): readonly string[] {
  const nodes = [one.astNode, ...('extensionASTNodes' in one ? one.extensionASTNodes : [])];
  const written = nodes.flatMap((node) => node?.directives ?? []).map(({ name }) => name.value);
  const kept = one.extensions['directives'];
  if (Array.isArray(kept)) {
    return [...written, ...kept.map((entry: { readonly name?: unknown }) => String(entry?.name))];
  }
  return typeof kept === 'object' && kept !== null ? [...written, ...Object.keys(kept)] : written;
}

/** Extensions that are switched off do not count. */
const extensionsOn = (one: Marked): readonly string[] =>
  Object.keys(one.extensions).filter((name) => (one.extensions[name] ?? false) !== false);

/** True if the field or its type bears the directive. */
export function carriesDirective({ type, field }: FieldFacts, name: string): boolean {
  return directivesOn(field).includes(name) || directivesOn(type).includes(name);
}

/** True if the field or its type has the extension. */
export function carriesExtension({ type, field }: FieldFacts, name: string): boolean {
  return extensionsOn(field).includes(name) || extensionsOn(type).includes(name);
}

/**
 * Checks that the schema declares the directive, or has it somewhere without a declaration.
 *
 * @throws UnknownFieldError that names the nearest one
 */
export function checkDirective(schema: GraphQLSchema, name: string): void {
  const declared = schema.getDirectives().map((directive) => directive.name);
  if (declared.includes(name)) return;
  const used = new Set(marked(schema).flatMap(directivesOn));
  if (used.has(name)) return;
  throw new UnknownFieldError(
    `"@${name}" names a directive that the schema does not have. ${suggestion(name, new Set([...declared, ...used]))}`,
  );
}

/**
 * Checks that something in the schema has the extension.
 *
 * @throws UnknownFieldError that names the nearest one
 */
export function checkExtension(schema: GraphQLSchema, name: string): void {
  const used = new Set(marked(schema).flatMap(extensionsOn));
  if (used.has(name)) return;
  throw new UnknownFieldError(
    `No field and no type has the extension "${name}". ${suggestion(name, used)}`,
  );
}

const marked = (schema: GraphQLSchema): readonly Marked[] =>
  objectTypesOf(schema).flatMap((type) => [type, ...Object.values(type.getFields())]);
