/** CostAnalysis: what an operation costs at most, counting each field as often as execution would run it. */
import type {
  DocumentNode,
  FieldNode,
  GraphQLCompositeType,
  GraphQLObjectType,
  OperationDefinitionNode,
  SelectionSetNode,
} from 'graphql';
import type { CostBook, FieldFacts } from './cost-book.ts';
import { checkCost } from './complexity-options.ts';
import { EntangledDocument, FieldCollector } from './field-collector.ts';
import {
  lengthHandedOn,
  lengthOf,
  type SizedFields,
  MOST,
  times,
  wantedLength,
} from './list-length.ts';
import { OperationValues } from './operation-values.ts';
import { isIntrospection } from './selections.ts';
import { TypeChoice } from './type-choice.ts';

/** How far fields may lie one in the other to be counted at all. */
const MAX_LEVELS = 200;

/** What an operation costs, and the field at which it passed the limit. */
export interface OperationCost {
  readonly complexity: number;
  readonly beyond: FieldNode | undefined;
}

/** Thrown when an estimator threw, or gave something that is no cost. */
export class EstimateFault extends Error {
  readonly node: FieldNode;

  constructor(field: string, node: FieldNode, cause: unknown) {
    super(`The cost of \`${field}\` could not be estimated.`, { cause });
    this.node = node;
  }
}

/** Selection sets that are merged, on the type that they are asked of. */
interface Asked {
  readonly sets: readonly SelectionSetNode[];
  readonly type: GraphQLCompositeType | undefined;
  readonly sized: SizedFields | undefined;
  readonly level: number;
}

/** The analysis of one operation. Equal selections of fragments are counted once, wherever they are spread. */
export class CostAnalysis {
  readonly collector: FieldCollector;
  readonly #book: CostBook;
  readonly #choice: TypeChoice;
  readonly #operation: OperationDefinitionNode;
  readonly #values: OperationValues;
  readonly #numbers = new Map<SelectionSetNode, number>();
  /** What was counted already; `undefined` for what is being counted. */
  readonly #known = new Map<string, number | undefined>();

  constructor(
    book: CostBook,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables?: Readonly<Record<string, unknown>>,
  ) {
    this.#book = book;
    this.#operation = operation;
    this.#values = new OperationValues(operation, variables);
    this.collector = new FieldCollector(book.schema, document, this.#values.variableOf);
    this.#choice = new TypeChoice(book, this.collector);
  }

  /** @throws EstimateFault if an estimator does not give a cost */
  cost(): OperationCost {
    const { schema, settings } = this.#book;
    const type = schema.getRootType(this.#operation.operation) ?? undefined;
    const asked = { sets: [this.#operation.selectionSet], type, sized: undefined, level: 0 };
    try {
      let complexity = 0;
      let beyond: FieldNode | undefined;
      for (const nodes of this.collector.fieldsOn(type, asked.sets).values()) {
        complexity = sum(complexity, this.#ofField(nodes, type, asked));
        if (complexity > settings.maxComplexity) beyond ??= nodes[0];
      }
      return { complexity, beyond };
    } catch (error) {
      if (!(error instanceof EntangledDocument)) throw error;
      return { complexity: MOST, beyond: undefined };
    }
  }

  /** The cost of the dearest type that it may turn out to be. */
  #of(asked: Asked): number {
    if (asked.level > MAX_LEVELS) throw new EntangledDocument();
    const key = this.#keyOf(asked);
    if (this.#known.has(key)) {
      const known = this.#known.get(key);
      // It lies in itself.
      if (known === undefined) throw new EntangledDocument();
      return known;
    }
    this.#known.set(key, undefined);
    let most = 0;
    for (const { type, fields } of this.#choice.of(asked.type, asked.sets)) {
      let total = 0;
      for (const nodes of fields.values()) total = sum(total, this.#ofField(nodes, type, asked));
      most = Math.max(most, total);
    }
    this.#known.set(key, most);
    return most;
  }

  /** One field, which may be asked for in many places. Execution takes its arguments from the first. */
  #ofField(
    nodes: readonly FieldNode[],
    type: GraphQLCompositeType | undefined,
    { sized, level }: Asked,
  ): number {
    const [node] = nodes as readonly [FieldNode];
    const name = node.name.value;
    const { objectCost, scalarCost } = this.#book.settings;
    if (name === '__typename') return node.alias ? scalarCost : 0;
    const facts = type && this.#book.factsOf(type, name);
    const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    const { settings } = this.#book;
    const wanted = facts && wantedLength(facts, this.#values.sizeOf(node, facts), settings);
    const inherited = sized?.names.includes(name) ? sized.size : undefined;
    const size = facts ? lengthOf(facts, wanted ?? inherited, settings) : 1;
    const children =
      sets.length === 0
        ? 0
        : this.#of({
            sets,
            type: facts?.returns ?? this.#introspected(name),
            sized: facts && lengthHandedOn(facts, wanted),
            level: level + 1,
          });
    const own = facts?.own ?? (sets.length > 0 ? objectCost : scalarCost);
    const estimate = facts && type && this.#estimate(facts, { type, node, children, size });
    if (estimate !== undefined) return Math.min(estimate, MOST);
    return facts && !facts.returns ? times(size, own) : sum(own, times(size, children));
  }

  #estimate(
    facts: FieldFacts,
    of: { type: GraphQLCompositeType; node: FieldNode; children: number; size: number },
  ): number | undefined {
    const { field, estimators, own } = facts;
    if (!field || estimators.length === 0) return undefined;
    const { type, node, children, size } = of;
    try {
      const args = this.#values.argumentsOf(node, field);
      const asked = { type, field, node, args, childComplexity: children };
      for (const estimator of estimators) {
        const cost = estimator({ ...asked, listSize: size, fieldCost: own });
        if (cost !== undefined) return checkCost('the cost', cost);
      }
      return undefined;
    } catch (error) {
      throw new EstimateFault(`${type.name}.${field.name}`, node, error);
    }
  }

  #introspected(name: string): GraphQLCompositeType | undefined {
    if (!isIntrospection(name)) return undefined;
    const type = this.#book.schema.getType(name === '__schema' ? '__Schema' : '__Type');
    return type && 'getFields' in type ? (type as GraphQLObjectType) : undefined;
  }

  #keyOf({ sets, type, sized }: Asked): string {
    const numbers = new Set<number>();
    for (const set of sets) {
      let number = this.#numbers.get(set);
      if (number === undefined) this.#numbers.set(set, (number = this.#numbers.size));
      numbers.add(number);
    }
    const size = sized ? `${sized.size} ${sized.names.join(' ')}` : '';
    return `${[...numbers].join(' ')}|${type?.name ?? ''}|${size}`;
  }
}

const sum = (one: number, other: number): number => Math.min(one + other, MOST);
