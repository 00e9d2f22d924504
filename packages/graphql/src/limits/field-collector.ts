/** FieldCollector: the fields that execution would run of some selection sets on one type, merged by the name of their answer. */
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  isAbstractType,
  Kind,
  type NamedTypeNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { fragmentsOf, isLeftOut, type VariableOf } from './selections.ts';

const VISITS_A_SELECTION = 40;

/** Thrown when a document would take more work to count than it may. */
export class EntangledDocument extends Error {}

/** Collects the fields of one operation. */
export class FieldCollector {
  /** How many selections were looked at. */
  visits = 0;
  // A document can merge in as many ways as it has paths; honest ones need a few visits for each of their selections.
  #maxVisits = 20_000;
  readonly #entered = new Set<readonly SelectionNode[]>();
  readonly #schema: GraphQLSchema;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #variableOf: VariableOf;

  constructor(schema: GraphQLSchema, document: DocumentNode, variableOf: VariableOf) {
    this.#schema = schema;
    this.#fragments = fragmentsOf(document);
    this.#variableOf = variableOf;
  }

  /** The fields by the name of their answer; on a type that nobody knows, those of all fragments. */
  fieldsOn(
    type: GraphQLObjectType | undefined,
    sets: readonly SelectionSetNode[],
  ): ReadonlyMap<string, readonly FieldNode[]> {
    const fields = new Map<string, FieldNode[]>();
    this.#walk(
      sets,
      (condition) => this.#fits(condition, type),
      (field) => {
        const name = (field.alias ?? field.name).value;
        const alike = fields.get(name);
        if (alike) alike.push(field);
        else fields.set(name, [field]);
      },
    );
    return fields;
  }

  /** The names of the types that fragments in some selection sets are for. */
  conditionsIn(sets: readonly SelectionSetNode[]): ReadonlySet<string> {
    const names = new Set<string>();
    const isFor = ({ name }: NamedTypeNode): boolean => {
      names.add(name.value);
      return true;
    };
    this.#walk(sets, isFor, () => {});
    return names;
  }

  /** Counts work, and ends it when it is too much. */
  visit(times = 1): void {
    this.visits += times;
    if (this.visits > this.#maxVisits) throw new EntangledDocument();
  }

  /** In the order of the document, each fragment once, and without recursion. */
  #walk(
    sets: readonly SelectionSetNode[],
    isFor: (condition: NamedTypeNode) => boolean,
    onField: (field: FieldNode) => void,
  ): void {
    const seen = new Set<string>();
    const open: { readonly list: readonly SelectionNode[]; at: number }[] = [];
    for (let at = sets.length - 1; at >= 0; at--) {
      open.push({ list: this.#enter(sets[at]), at: 0 });
    }
    for (let top = open.at(-1); top; top = open.at(-1)) {
      const selection = top.list[top.at++];
      if (!selection) {
        open.pop();
        continue;
      }
      this.visit(1 + (selection.directives?.length ?? 0));
      if (isLeftOut(selection, this.#variableOf)) continue;
      if (selection.kind === Kind.FIELD) {
        onField(selection);
        continue;
      }
      let of: FragmentDefinitionNode | typeof selection | undefined = selection;
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const name = selection.name.value;
        of = seen.has(name) ? undefined : this.#fragments.get(name);
        seen.add(name);
      }
      if (!of || !('selectionSet' in of)) continue;
      if (of.typeCondition && !isFor(of.typeCondition)) continue;
      open.push({ list: this.#enter(of.selectionSet), at: 0 });
    }
  }

  #enter(set: SelectionSetNode | undefined): readonly SelectionNode[] {
    const list = set?.selections ?? [];
    if (!this.#entered.has(list)) {
      this.#entered.add(list);
      this.#maxVisits += VISITS_A_SELECTION * list.length;
    }
    return list;
  }

  #fits({ name }: NamedTypeNode, type: GraphQLObjectType | undefined): boolean {
    return !type || this.#isOf(name.value, type);
  }

  /** A type that nobody knows fits all: what is too much is refused, what is too little is not noticed. */
  #isOf(name: string, type: GraphQLObjectType): boolean {
    if (name === type.name) return true;
    const named = this.#schema.getType(name);
    return !named || (isAbstractType(named) && this.#schema.isSubType(named, type));
  }
}
