/** What every server is given: middleware for fields, and limits for operations. */
import { checkNames, unexpected } from '@interpose/kernel/options';
import type { GraphQLSchema } from 'graphql';
import { type OperationLimit, operationLimits, type OperationLimits } from '../limits/operation.ts';
import type { ErrorMask } from '../operations/mask-errors.ts';

/** Something that makes a schema of a schema, as `fields()` does. */
export interface SchemaTransform {
  /** Gives the schema that is to be executed. */
  apply(schema: GraphQLSchema): GraphQLSchema;
}

/** What is mounted in a server. */
export interface ServerParts {
  /** Middleware for the fields of the schema. @default none */
  readonly fields?: SchemaTransform;
  /** Limits, and other validation rules: what needs variables is asked before execution, the others validate. @default none */
  readonly limits?: readonly OperationLimit[];
  /** What masks errors, such as `maskErrors()`. @default they are told as the server tells them */
  readonly errors?: ErrorMask;
}

/**
 * Checks the parts, and sorts the limits by when they are asked.
 *
 * @throws TypeError for something else
 */
export function checkedParts(
  of: string,
  parts: ServerParts,
  more: readonly string[] = [],
): OperationLimits {
  if (typeof parts !== 'object' || parts === null) throw unexpected('options', 'an object', parts);
  checkNames(of, parts, ['fields', 'limits', 'errors', ...more]);
  const { fields, limits = [], errors } = parts;
  if (fields !== undefined && typeof fields.apply !== 'function') {
    throw unexpected('fields', 'what fields() gives', fields);
  }
  if (!Array.isArray(limits)) throw unexpected('limits', 'a list', limits);
  if (errors !== undefined && typeof errors?.error !== 'function') {
    throw unexpected('errors', 'what maskErrors() gives', errors);
  }
  return operationLimits(...(limits as readonly OperationLimit[]));
}
