/** What selections of a document say of themselves: which fragment they mean, and whether they are left out. */
import {
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type SelectionNode,
} from 'graphql';

/** The fragments of a document by name; of two of one name the first, as validation refuses the second. */
export function fragmentsOf(document: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION && !fragments.has(node.name.value)) {
      fragments.set(node.name.value, node);
    }
  }
  return fragments;
}

/** The value of a variable by its name; `undefined` for one that nobody knows. */
export type VariableOf = (name: string) => unknown;

const NOBODY_KNOWS: VariableOf = () => undefined;

/** Whether `@skip` or `@include` leaves a selection out for certain. What depends on a variable that nobody knows is not left out. */
export function isLeftOut(node: SelectionNode, variableOf: VariableOf = NOBODY_KNOWS): boolean {
  const { directives } = node;
  if (!directives || directives.length === 0) return false;
  return directives.some(
    (directive) =>
      (directive.name.value === 'skip' && conditionOf(directive, variableOf) === true) ||
      (directive.name.value === 'include' && conditionOf(directive, variableOf) === false),
  );
}

function conditionOf(directive: DirectiveNode, variableOf: VariableOf): unknown {
  const value = directive.arguments?.find(({ name }) => name.value === 'if')?.value;
  if (value?.kind === Kind.BOOLEAN) return value.value;
  return value?.kind === Kind.VARIABLE ? variableOf(value.name.value) : undefined;
}

/** Whether a field asks for the schema itself. */
export function isIntrospection(fieldName: string): boolean {
  return fieldName === '__schema' || fieldName === '__type';
}
