/** Refusals of operations: errors of GraphQL with a code and figures, and the one who is told of them. */
import { type ASTNode, GraphQLError, type OperationDefinitionNode } from 'graphql';
import { unexpected } from '@interpose/kernel/options';
import { unharmed } from '@interpose/kernel/unharmed';

/** What is told of an operation that a limit refused. */
export interface Refusal {
  readonly code: string;
  /** The name of the operation, if it has one. */
  readonly operationName: string | undefined;
  readonly limit: number;
  /** What it came to; `Infinity` if it has no end. */
  readonly found: number;
}

/** Told of each operation that is refused; what it throws is ignored. */
export type OnReject = (refusal: Refusal) => void;

/** What a refusal is made of. */
export interface RefusalParts {
  readonly message: string;
  readonly code: string;
  readonly operation: OperationDefinitionNode;
  /** Where the limit was passed. */
  readonly node: ASTNode;
  readonly limit: number;
  readonly found: number;
  /** The figures by name, as the client gets them. */
  readonly figures: Readonly<Record<string, number>>;
}

/** Makes the error of a refusal, and tells of it. */
export function refusal(parts: RefusalParts, onReject: OnReject | undefined): GraphQLError {
  const { message, code, operation, node, limit, found, figures } = parts;
  if (onReject) {
    const told = { code, operationName: operation.name?.value, limit, found };
    unharmed(() => onReject(told));
  }
  return new GraphQLError(message, { nodes: [node], extensions: { code, ...figures } });
}

/** Checks the option `onReject`. */
export function checkOnReject(value: unknown): OnReject | undefined {
  if (value !== undefined && typeof value !== 'function') {
    throw unexpected('onReject', 'a function', value);
  }
  return value as OnReject | undefined;
}
