/** complexityLimit: refuses operations that may cost more than they may, before anything is executed. */
import {
  GraphQLError,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type ValidationContext,
} from 'graphql';
import {
  type ComplexityOptions,
  type ComplexitySettings,
  checkedComplexity,
} from './complexity-options.ts';
import { CostAnalysis, EstimateFault } from './cost-analysis.ts';
import { CostBook } from './cost-book.ts';
import { MOST } from './list-length.ts';
import { type Operation, type OperationLimit, operationsOf, titleOf } from './operation.ts';
import { refusal } from './refusal.ts';

/** A validation rule that takes variables as unknown, and the check that knows them. */
export interface ComplexityLimit extends OperationLimit {
  /** The errors for which an operation must not be executed; none if it may. */
  readonly check: (operation: Operation) => readonly GraphQLError[];
  /** What the operation costs; the dearest if it is not said which. Without variables they count as unknown. */
  readonly complexityOf: (operation: Operation) => number;
}

/** The operation, or the dearest of several. */
type Variables = Readonly<Record<string, unknown>> | undefined;

/**
 * A limit to what an operation costs: each field costs 1 unless it is said what it costs, and what is asked of the items of a list
 * costs as often as there may be items. Fields are merged as execution merges them, so it is the same through fragments.
 *
 * As a validation rule it does not know variables and assumes `unknownListSize`; `check` knows them.
 *
 * @throws TypeError or RangeError for options that are none; when it first meets a schema, TypeError for a field that is not in it
 * @example
 * const limit = complexityLimit({ maxComplexity: 1000, costs: { 'Query.search': 20 } });
 * const errors = limit.check({ schema, document, variableValues: { first: 50 } });
 */
export function complexityLimit(options: ComplexityOptions = {}): ComplexityLimit {
  const settings = checkedComplexity(options, 'complexityLimit()');
  const books = new WeakMap<GraphQLSchema, CostBook>();
  const bookOf = (schema: GraphQLSchema): CostBook => {
    let book = books.get(schema);
    if (!book) books.set(schema, (book = new CostBook(schema, settings)));
    return book;
  };
  const errorsOf = (operation: Operation, variables: Variables): readonly GraphQLError[] => {
    const book = bookOf(operation.schema);
    return operationsOf(operation.document, operation.operationName).flatMap((node) =>
      refusals(new CostAnalysis(book, operation.document, node, variables), node, settings),
    );
  };
  const rule = function complexityLimit(context: ValidationContext) {
    const operation = { schema: context.getSchema(), document: context.getDocument() };
    for (const error of errorsOf(operation, undefined)) context.reportError(error);
    return {};
  };
  return Object.assign(rule, {
    check: (operation: Operation) => errorsOf(operation, operation.variableValues ?? {}),
    complexityOf: ({ schema, document, operationName, variableValues }: Operation) =>
      operationsOf(document, operationName)
        .map((node) =>
          new CostAnalysis(bookOf(schema), document, node, variableValues ?? undefined).cost(),
        )
        .reduce((most, { complexity }) => Math.max(most, complexity), 0),
  });
}

/**
 * What an operation costs. For one of many, make a `complexityLimit` and ask its `complexityOf`, which remembers the schema.
 *
 * @throws what an estimator throws, in an error that says of which field
 */
export function queryComplexity(operation: Operation, options: ComplexityOptions = {}): number {
  return complexityLimit(options).complexityOf(operation);
}

function refusals(
  analysis: CostAnalysis,
  operation: OperationDefinitionNode,
  { maxComplexity, onReject }: ComplexitySettings,
): readonly GraphQLError[] {
  let cost;
  try {
    cost = analysis.cost();
  } catch (error) {
    if (!(error instanceof EstimateFault)) throw error;
    const { message, node, cause } = error;
    const originalError = cause instanceof Error ? cause : error;
    const extensions = { code: 'INTERNAL_SERVER_ERROR' };
    return [new GraphQLError(message, { nodes: [node], originalError, extensions })];
  }
  const { complexity, beyond } = cost;
  if (complexity <= maxComplexity) return [];
  const isEndless = complexity >= MOST;
  const costs = isEndless ? 'more than can be counted' : String(complexity);
  const parts = {
    message: `${titleOf(operation)} costs ${costs}; ${maxComplexity} is allowed.`,
    code: 'COMPLEXITY_LIMIT_EXCEEDED',
    operation,
    node: beyond ?? operation,
    limit: maxComplexity,
    found: isEndless ? Infinity : complexity,
    figures: isEndless ? { maxComplexity } : { complexity, maxComplexity },
  };
  return [refusal(parts, onReject)];
}
