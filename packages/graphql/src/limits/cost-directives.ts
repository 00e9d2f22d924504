/** What `@cost` and `@listSize` in the text of a schema say, in the sense of the GraphQL cost directives. */
import {
  type ConstDirectiveNode,
  type GraphQLField,
  type GraphQLNamedType,
  valueFromASTUntyped,
} from 'graphql';
import type { ListSize } from './complexity-options.ts';

/** The weight that a field or a type has, if it has one. */
export function costDirective(
  of: GraphQLField<unknown, unknown> | GraphQLNamedType,
): number | undefined {
  const weight = Number(argumentsOf(directiveOf(of, 'cost'))?.['weight'] ?? NaN);
  return Number.isFinite(weight) && weight >= 0 ? weight : undefined;
}

/** What a field says of the length of its list. */
export function listSizeDirective(field: GraphQLField<unknown, unknown>): ListSize | undefined {
  const said = argumentsOf(directiveOf(field, 'listSize'));
  if (!said) return undefined;
  const { assumedSize, slicingArguments, sizedFields } = said;
  return {
    ...(Number.isSafeInteger(assumedSize) && Number(assumedSize) > 0
      ? { assumedSize: Number(assumedSize) }
      : {}),
    ...(slicingArguments == null ? {} : { slicingArguments: textsOf(slicingArguments) }),
    ...(sizedFields == null ? {} : { sizedFields: textsOf(sizedFields) }),
  };
}

function directiveOf(
  of: GraphQLField<unknown, unknown> | GraphQLNamedType,
  name: string,
): ConstDirectiveNode | undefined {
  return of.astNode?.directives?.find((directive) => directive.name.value === name);
}

function argumentsOf(
  directive: ConstDirectiveNode | undefined,
): Record<string, unknown> | undefined {
  if (!directive) return undefined;
  return Object.fromEntries(
    (directive.arguments ?? []).map(({ name, value }) => [name.value, valueFromASTUntyped(value)]),
  );
}

/** A list may be written as its only item. */
function textsOf(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.filter((one) => typeof one === 'string');
}
