/** Rules that stand in the schema itself: as a directive, or under `extensions`. */
import {
  type ConstDirectiveNode,
  type DirectiveNode,
  getDirectiveValues,
  type GraphQLDirective,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
  valueFromASTUntyped,
} from 'graphql';
import type { FieldFacts } from '../field-facts.ts';

/** Where rules stand in a schema. */
export interface SchemaRules {
  readonly schema: GraphQLSchema;
  /** The name of the directive; its argument `requires` is the rule. */
  readonly directive: string;
  /** The name under `extensions` of a field or a type. */
  readonly extension: string;
}

type Holder = GraphQLObjectType | GraphQLInterfaceType;

/** A rule with where it stands. */
export interface Placed {
  readonly at: string;
  readonly rule: unknown;
}

/** The rules of a field: its own, or else those of its type; and besides them those that interfaces have for it. */
export function schemaRulesOf({ type, field }: FieldFacts, where: SchemaRules): readonly Placed[] {
  return [type, ...type.getInterfaces()].flatMap((holder) => {
    const own = holder.getFields()[field.name];
    return own ? rulesAt(holder, own, where) : [];
  });
}

function rulesAt(holder: Holder, field: FieldFacts['field'], where: SchemaRules): Placed[] {
  const coordinate = `${holder.name}.${field.name}`;
  const directives = [
    directivesOf(coordinate, [field.astNode], where),
    directivesOf(holder.name, [holder.astNode, ...holder.extensionASTNodes], where),
  ];
  const extensions = [
    extensionOf(coordinate, field.extensions, where),
    extensionOf(holder.name, holder.extensions, where),
  ];
  const first = (lists: readonly Placed[][]): Placed[] => lists.find(({ length }) => length) ?? [];
  return [...first(directives), ...first(extensions)];
}

interface Directed {
  readonly directives?: readonly (DirectiveNode | ConstDirectiveNode)[] | undefined;
}

function directivesOf(
  at: string,
  nodes: readonly (Directed | null | undefined)[],
  { schema, directive }: SchemaRules,
): Placed[] {
  const known = schema.getDirective(directive);
  return nodes.flatMap((node) =>
    (node?.directives ?? [])
      .filter(({ name }) => name.value === directive)
      .map((found) => {
        // With its definition, for then it may have a default.
        const values = known
          ? getDirectiveValues(known, { directives: [found] })
          : Object.fromEntries(
              (found.arguments ?? []).map(({ name, value }) => [
                name.value,
                valueFromASTUntyped(value),
              ]),
            );
        const place = `@${directive} on ${at}`;
        const rule = values?.['requires'] ?? undefined;
        if (rule === undefined) checkWords(place, Object.keys(values ?? {}), known);
        return { at: place, rule: rule ?? SOMEBODY };
      }),
  );
}

/** A directive that says who in words of its own would let everybody in who is somebody. */
function checkWords(
  place: string,
  said: readonly string[],
  known: GraphQLDirective | null | undefined,
): void {
  if (said.length === 0 || known?.args.some(({ name }) => name === 'requires')) return;
  const words = said.map((name) => `\`${name}\``).join(', ');
  throw new TypeError(
    `${place} says ${words}, which is no rule here. Call the argument \`requires\`, or give fieldAuth() another \`directive\`.`,
  );
}

/** What a directive asks for that says nothing: that it is known who asks. */
export const SOMEBODY: unique symbol = Symbol('somebody');

function extensionOf(at: string, extensions: object, { extension }: SchemaRules): Placed[] {
  if (!Object.hasOwn(extensions, extension)) return [];
  const rule = (extensions as Readonly<Record<string, unknown>>)[extension];
  return rule === undefined ? [] : [{ at: `extensions.${extension} of ${at}`, rule }];
}
