/** Operation: what a limit is asked about, in the words of graphql-js, and what a limit is. */
import {
  type DocumentNode,
  type GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type ValidationRule,
} from 'graphql';

/** An operation that is about to be executed. The arguments of `execute` are one. */
export interface Operation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  /** Which operation of the document is meant; all of them if it is not said. */
  readonly operationName?: string | null | undefined;
  readonly variableValues?: Readonly<Record<string, unknown>> | null | undefined;
  readonly contextValue?: unknown;
}

/**
 * A validation rule. One that has `check` knows more when variables and context are known: a server that can ask it before
 * execution does that, and leaves the rule out.
 */
export interface OperationLimit extends ValidationRule {
  /** The errors for which an operation must not be executed; none if it may. It never throws for an operation that is wrong. */
  readonly check?: (operation: Operation) => readonly GraphQLError[];
}

/** The limits of a server, sorted by when they are asked. */
export interface OperationLimits {
  /** To be added to those of the server's validation. */
  readonly validationRules: readonly ValidationRule[];
  /** To be asked when variables and context are known, before execution; errors mean that it must not begin. */
  readonly check: (operation: Operation) => readonly GraphQLError[];
}

/** Sorts limits: those that need no more than the document become validation rules, the others are asked before execution. */
export function operationLimits(...limits: readonly OperationLimit[]): OperationLimits {
  for (const limit of limits) {
    if (typeof limit !== 'function') {
      throw new TypeError('Expected every limit to be a validation rule.');
    }
  }
  const checks = limits.flatMap(({ check }) => (check ? [check] : []));
  return {
    validationRules: limits.filter(({ check }) => !check),
    check: (operation) => checks.flatMap((check) => check(operation)),
  };
}

/** The operations of a document that are meant: the one of that name, or all. */
export function operationsOf(
  document: DocumentNode,
  operationName?: string | null,
): readonly OperationDefinitionNode[] {
  return document.definitions.filter(
    (node): node is OperationDefinitionNode =>
      node.kind === Kind.OPERATION_DEFINITION &&
      (operationName == null || operationName === '' || node.name?.value === operationName),
  );
}

/** How an operation is called in a message. */
export function titleOf(operation: OperationDefinitionNode): string {
  return operation.name ? `Operation "${operation.name.value}"` : 'The operation';
}
