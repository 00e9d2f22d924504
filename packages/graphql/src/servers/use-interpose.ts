/** useInterpose: middleware for fields and limits for operations as a plugin of Envelop and GraphQL Yoga. */
import type { GraphQLError, GraphQLSchema, ValidationRule } from 'graphql';
import type { Operation } from '../limits/operation.ts';
import { checkedParts, type ServerParts } from './server-parts.ts';

/** What Envelop tells a plugin when there is a schema. */
export interface SchemaChange {
  // oxlint-disable-next-line typescript/no-explicit-any -- Envelop has it so
  readonly schema: any;
  replaceSchema(schema: GraphQLSchema): void;
}

/** What Envelop tells a plugin before an operation is executed. */
export interface OperationStart {
  // oxlint-disable-next-line typescript/no-explicit-any -- the arguments of `execute`, of whatever version
  readonly args: any;
  setResultAndStopExecution(result: { readonly errors: readonly GraphQLError[] }): void;
}

/** What Envelop tells a plugin of a result. */
export interface OperationResult {
  // oxlint-disable-next-line typescript/no-explicit-any -- a result, or an async iterable of results
  readonly result: any;
  // oxlint-disable-next-line typescript/no-explicit-any -- the same
  setResult(result: any): void;
}

/** A plugin of Envelop, as far as it is used here; it needs nothing of Envelop's. */
export interface InterposePlugin {
  onSchemaChange(change: SchemaChange): void;
  onValidate(validation: { addValidationRule(rule: ValidationRule): void }): void;
  onExecute(start: OperationStart): { onExecuteDone(done: OperationResult): void };
  onSubscribe(start: OperationStart): { onSubscribeResult(done: OperationResult): void };
}

/**
 * Puts middleware round the fields of whatever schema the server has, once a schema, and limits operations. When another plugin makes a
 * new schema, that one is wrapped; what has been wrapped before is not wrapped twice.
 *
 * @throws TypeError for parts that are none
 * @example
 * const yoga = createYoga({ schema, plugins: [useInterpose({ fields: fields().use(timing), limits: [depthLimit()] })] });
 */
export function useInterpose(parts: ServerParts): InterposePlugin {
  const { validationRules, check } = checkedParts('useInterpose()', parts);
  const { fields, errors: mask } = parts;
  const refuse = ({ args, setResultAndStopExecution }: OperationStart): void => {
    const errors = check(args as Operation);
    if (errors.length > 0) setResultAndStopExecution({ errors });
  };
  const masked = ({ result, setResult }: OperationResult): void => {
    if (mask) setResult(mask(result as unknown));
  };
  return {
    onSchemaChange({ schema, replaceSchema }) {
      if (!fields) return;
      const given = schema as GraphQLSchema;
      const wrapped = fields.apply(given);
      if (wrapped !== given) replaceSchema(wrapped);
    },
    onValidate({ addValidationRule }) {
      for (const rule of validationRules) addValidationRule(rule);
    },
    onExecute(start) {
      refuse(start);
      return { onExecuteDone: masked };
    },
    onSubscribe(start) {
      refuse(start);
      return { onSubscribeResult: masked };
    },
  };
}
