/** selectedFields: which fields of its result an operation asks a resolver for. */
import {
  getDirectiveValues,
  GraphQLIncludeDirective,
  type GraphQLResolveInfo,
  GraphQLSkipDirective,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/**
 * The names of the fields that are selected of what the resolver gives, each once, sorted; also those in fragments, for whatever type. Names
 * that begin with two underscores are GraphQL's own and not among them. With a path it looks further in: `selectedFields(info, 'edges.node')`.
 *
 * @example
 * const users = (parent, args, context, info) => db.select(selectedFields(info)).from('users');
 */
export function selectedFields(info: GraphQLResolveInfo, path = ''): readonly string[] {
  let sets = info.fieldNodes.flatMap(({ selectionSet }) => selectionSet ?? []);
  for (const name of path.split('.').filter(Boolean)) {
    const found: SelectionSetNode[] = [];
    visit(info, sets, (field) => {
      if (field.name.value === name && field.selectionSet) found.push(field.selectionSet);
    });
    sets = found;
  }
  const names = new Set<string>();
  visit(info, sets, ({ name }) => {
    if (!name.value.startsWith('__')) names.add(name.value);
  });
  return [...names].toSorted();
}

type FieldNode = Extract<SelectionNode, { readonly kind: Kind.FIELD }>;

/** Each field once that is selected there, without recursion: fragments may lie in fragments as deep as a client likes. */
function visit(
  info: GraphQLResolveInfo,
  sets: readonly SelectionSetNode[],
  tell: (field: FieldNode) => void,
): void {
  const spread = new Set<string>();
  const open = [...sets];
  for (let set = open.pop(); set; set = open.pop()) {
    for (const node of set.selections) {
      if (!isIncluded(node, info)) continue;
      if (node.kind === Kind.FIELD) tell(node);
      else if (node.kind === Kind.INLINE_FRAGMENT) open.push(node.selectionSet);
      else if (!spread.has(node.name.value)) {
        spread.add(node.name.value);
        const fragment = info.fragments[node.name.value];
        if (fragment) open.push(fragment.selectionSet);
      }
    }
  }
}

function isIncluded(node: SelectionNode, { variableValues }: GraphQLResolveInfo): boolean {
  if (!node.directives || node.directives.length === 0) return true;
  const values = variableValues as Record<string, unknown>;
  if (getDirectiveValues(GraphQLSkipDirective, node, values)?.['if'] === true) return false;
  return getDirectiveValues(GraphQLIncludeDirective, node, values)?.['if'] !== false;
}
